/**
 * Compiles the suite: `filters/<name>/index.ts` → `filters/dist/<name>.wasm`, and the bundles of filters/bundles.json.
 * A module of which no input has changed stays: its record lists every file that the compiler read, with a hash.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { buildBundle, namedFilter } from './bundle.ts'
import { root } from './checks/sources.ts'
import { compileFilter, readText, type Compilation } from './compile-filter.ts'

const folder = join(root, 'filters')
const dist = join(folder, 'dist')
const records = join(root, 'node_modules/.sluice/modules')
/** What makes modules without being read by the compiler: it loads the transform as code. */
const TOOLS = [
  ...readdirSync(join(root, 'sdk/transform')).map((name) => `sdk/transform/${name}`),
  'tools/build-filters.ts',
  'tools/bundle.ts',
  'tools/compile-filter.ts',
  'tools/shrink.js',
  'filters/bundles.json',
  'package-lock.json',
]

const moduleOf = (name: string): string => join(dist, `${name}.wasm`)
const recordOf = (name: string): string => join(records, `${name}.json`)

/** Hash of a file by path from the root; null for one that is not there. */
function hashOf(path: string): string | null {
  const text = readText(path)
  return text === null ? null : createHash('sha256').update(text).digest('hex')
}

function isCurrent(name: string): boolean {
  if (!existsSync(moduleOf(name)) || !existsSync(recordOf(name))) return false
  const record = JSON.parse(readFileSync(recordOf(name), 'utf8')) as Record<string, string | null>
  return Object.entries(record).every(([path, hash]) => hashOf(path) === hash)
}

/** Compiles one module unless it is current; the compiler's faults, or null. */
async function build(name: string, compile: () => Promise<Compilation>): Promise<string | null> {
  if (isCurrent(name)) return null
  rmSync(recordOf(name), { force: true })
  const { fault, inputs } = await compile()
  const record = [...inputs, ...TOOLS].map((path) => [path, hashOf(path)])
  if (fault === null) writeFileSync(recordOf(name), JSON.stringify(Object.fromEntries(record)))
  return fault
}

/** Takes away what a filter or a bundle left that is no longer in the suite. */
function removeOthers(names: readonly string[]): void {
  for (const file of readdirSync(dist)) {
    if (!names.includes(file.replace(/\.(?:wasm|wasm\.map|ts)$/, ''))) rmSync(join(dist, file))
  }
}

const filters = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'index.ts')))
const bundles = JSON.parse(readFileSync(join(folder, 'bundles.json'), 'utf8')) as Record<string, string[]>
for (const path of [dist, dirname(recordOf(''))]) mkdirSync(path, { recursive: true })
removeOthers([...filters, ...Object.keys(bundles)])
const faults: (string | null)[] = []
for (const name of filters)
  faults.push(await build(name, () => compileFilter(`filters/${name}/index.ts`, `filters/dist/${name}.wasm`)))
for (const [name, list] of Object.entries(bundles))
  faults.push(await build(name, () => buildBundle(moduleOf(name), list.map(namedFilter))))
const seen = faults.filter((fault) => fault !== null)
if (seen.length > 0) console.log(seen.join('\n'))
process.exitCode = seen.length === 0 ? 0 : 1
