/** Compiles the suite: `filters/<name>/index.ts` → `filters/dist/<name>.wasm`, and the bundles of filters/bundles.json. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildBundle, namedFilter } from './bundle.ts'
import { root } from './checks/sources.ts'
import { compileFilter } from './compile-filter.ts'

const folder = join(root, 'filters')
const dist = join(folder, 'dist')

const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'index.ts')))
const bundles = JSON.parse(readFileSync(join(folder, 'bundles.json'), 'utf8')) as Record<string, string[]>
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
const results = [
  ...names.map((name) => compileFilter(`filters/${name}/index.ts`, `filters/dist/${name}.wasm`)),
  ...Object.entries(bundles).map(([name, list]) => buildBundle(join(dist, `${name}.wasm`), list.map(namedFilter))),
]
const faults = results.filter((fault) => fault !== null)
console.log(faults.length === 0 ? `compiled ${results.length} modules` : faults.join('\n'))
process.exitCode = faults.length === 0 ? 0 : 1
