/** The gate: formatter, linter, types, floors, filter rules, names. `npm run check` and the start of `npm test`. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { checkDependencies } from './checks/dependencies.ts'
import { checkFilterSources } from './checks/filter-sources.ts'
import { checkFloors } from './checks/floors.ts'
import { checkNames } from './checks/names.ts'
import { checkRepository } from './checks/repository.ts'
import { root } from './checks/sources.ts'

function tool(command: string, ...args: string[]): () => string[] {
  return () => {
    const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
    if (result.error !== undefined) return [`cannot run ${command}: ${result.error.message}`]
    return result.status === 0 ? [] : [`${result.stdout}${result.stderr}`.trim()]
  }
}

const CHECKS: readonly { readonly name: string; readonly faults: () => string[]; readonly next: string }[] = [
  { name: 'format', faults: tool('oxfmt', '--check', '.'), next: 'npm run format' },
  { name: 'lint', faults: tool('oxlint', '--deny-warnings', '.'), next: 'oxlint --fix .' },
  { name: 'types', faults: tool('tsc', '-p', '.'), next: 'see tsconfig.json' },
  { name: 'floors', faults: checkFloors, next: 'docs/ARCHITECTURE.md, floors' },
  { name: 'filter sources', faults: checkFilterSources, next: 'docs/ADDING-A-FILTER.md, rules' },
  { name: 'names', faults: checkNames, next: 'give one of them another name' },
  { name: 'dependencies', faults: checkDependencies, next: 'tools/checks/allowed-dependencies.json, docs/RATIONALE.md' },
  { name: 'repository', faults: checkRepository, next: 'CONTRIBUTING.md' },
]

let failed = 0
for (const { name, faults, next } of CHECKS) {
  if (name === 'repository' && !existsSync(`${root}/.git`)) continue
  const found = faults()
  console.log(`check ${name}: ${found.length === 0 ? 'ok' : `failed\n${found.join('\n')}\n  next: ${next}`}`)
  if (found.length > 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
