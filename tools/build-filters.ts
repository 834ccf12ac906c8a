/** Compiles every filter of the suite: `filters/<name>/index.ts` → `filters/dist/<name>.wasm`, its source map beside it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './checks/sources.ts'

const folder = join(root, 'filters')

function compile(name: string): string | null {
  const output = `filters/dist/${name}.wasm`
  const args = [`filters/${name}/index.ts`, '--config', 'filters/asconfig.json', '--sourceMap', '-o', output]
  const result = spawnSync('asc', args, { cwd: root, encoding: 'utf8' })
  if (result.error !== undefined) return `cannot run asc: ${result.error.message}`
  return result.status === 0 ? null : `${name}: ${result.stdout}${result.stderr}`
}

const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'index.ts')))
rmSync(join(folder, 'dist'), { recursive: true, force: true })
mkdirSync(join(folder, 'dist'), { recursive: true })
const faults = names.map(compile).filter((fault) => fault !== null)
console.log(faults.length === 0 ? `compiled ${names.length} filters` : faults.join('\n'))
process.exitCode = faults.length === 0 ? 0 : 1
