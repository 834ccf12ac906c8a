/**
 * Builds the publishable packages into `.staging/<package>` and packs them: sources run as they are in the
 * repository, so the compiled form and the manifests that point at it exist only here.
 * Usage: node tools/pack.ts [FOLDER]   (tarballs go to FOLDER, default `.staging`)
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { root } from './checks/sources.ts'

interface Manifest {
  exports?: unknown
  bin?: Record<string, string>
  files?: string[]
  [field: string]: unknown
}

interface Package {
  readonly folder: string
  readonly staged: string
  /** Fills the staging folder and changes the manifest for publication. */
  build(target: string, manifest: Manifest): void
}

const staging = join(root, '.staging')

/** Where the host's package is built. */
export const stagedHost = join(staging, 'sluice')

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stdout}${result.stderr}`)
  return result.stdout
}

/** AssemblyScript packages ship their sources: asc compiles them in the user's project. */
function copySources(folder: string, target: string): void {
  const skipped = new Set(['node_modules', 'package.json', 'test'])
  const filter = (path: string): boolean => !skipped.has(basename(path)) && !path.endsWith('.wasm.map')
  cpSync(join(root, folder), target, { recursive: true, filter })
}

/** `./x.ts` of the repository is `./x.js` with its declarations in the package. */
function compiledExports(exports: Readonly<Record<string, string>>): Record<string, { types: string; default: string }> {
  const entries = Object.entries(exports).map(([name, path]) => {
    const stem = path.replace(/\.ts$/, '')
    return [name, { types: `${stem}.d.ts`, default: `${stem}.js` }] as const
  })
  return Object.fromEntries(entries)
}

/** What the conformance kit reads when it runs: the guests, and the record of what Envoy does. */
const KIT_FILES = ['conformance/dist', 'conformance/record']

function buildHost(target: string, manifest: Manifest): void {
  run('tsc', ['-p', 'tools/tsconfig.pack.json'], root)
  for (const folder of KIT_FILES) cpSync(join(root, 'host', folder), join(target, folder), { recursive: true })
  manifest.exports = compiledExports(manifest.exports as Record<string, string>)
  manifest.bin = { sluice: './cli/main.js' }
}

const PACKAGES: readonly Package[] = [
  { folder: 'sdk', staged: 'sdk', build: (target) => copySources('sdk', target) },
  { folder: 'filters', staged: 'filters', build: (target) => copySources('filters', target) },
  { folder: 'host', staged: 'sluice', build: buildHost },
]

function pack({ folder, staged, build }: Package, output: string): string {
  const target = join(staging, staged)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
  build(target, manifest)
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', output], target)) as [{ filename: string }]
  return join(output, packed.filename)
}

/** Builds and packs every publishable package; returns the tarballs' paths. */
export function packAll(output: string): string[] {
  mkdirSync(output, { recursive: true })
  return PACKAGES.map((item) => pack(item, output))
}

if (import.meta.main) console.log(packAll(resolve(process.argv[2] ?? staging)).join('\n'))
