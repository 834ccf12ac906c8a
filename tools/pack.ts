/**
 * Builds the publishable packages into `.staging/<package>` and packs them: sources run as they are in the repository, so the
 * compiled form, the manifests that point at it and the bills of materials exist only here.
 * Usage: node tools/pack.ts [FOLDER]   (tarballs go to FOLDER, default `.staging`)
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { root } from './checks/sources.ts'
import { packageBill, type Described } from './sbom.ts'

interface Manifest extends Described {
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

/** Where packages are built when nobody says where. */
const STAGING = join(root, '.staging')

/** Where the host's package is built. */
export const stagedHost = join(STAGING, 'sluice')

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stdout}${result.stderr}`)
  return result.stdout
}

/** AssemblyScript packages ship their sources: asc compiles them in the user's project. */
function copySources(folder: string, target: string): void {
  const skipped = new Set(['node_modules', 'package.json'])
  const filter = (path: string): boolean => !skipped.has(basename(path)) && !path.endsWith('.wasm.map')
  cpSync(join(root, folder), target, { recursive: true, filter })
}

/** `./x.ts` of the repository is `./x.js` with its declarations in the package. */
function compiledExports(exports: Readonly<Record<string, string>>): Record<string, string | { types: string; default: string }> {
  const entries = Object.entries(exports).map(([name, path]) => {
    if (!path.endsWith('.ts')) return [name, path] as const
    const stem = path.replace(/\.ts$/, '')
    return [name, { types: `${stem}.d.ts`, default: `${stem}.js` }] as const
  })
  return Object.fromEntries(entries)
}

/** What the host reads when it runs: guests and record of the conformance kit, templates of projects, the schema of case tables. */
const DATA_PATHS = ['conformance/dist', 'conformance/record', 'templates', 'testing/cases/schema.json']

function buildHost(target: string, manifest: Manifest): void {
  run('tsc', ['-p', 'tools/tsconfig.pack.json', '--outDir', target], root)
  for (const path of DATA_PATHS) cpSync(join(root, 'host', path), join(target, path), { recursive: true })
  cpSync(join(root, 'README.md'), join(target, 'README.md'))
  manifest.exports = compiledExports(manifest.exports as Record<string, string>)
  manifest.bin = { sluice: './cli/main.js' }
}

const PACKAGES: readonly Package[] = [
  { folder: 'sdk', staged: 'sdk', build: (target) => copySources('sdk', target) },
  { folder: 'filters', staged: 'filters', build: (target) => copySources('filters', target) },
  { folder: 'host', staged: 'sluice', build: buildHost },
  { folder: 'create-sluice', staged: 'create-sluice', build: (target) => copySources('create-sluice', target) },
]

/** Where a published package comes from, and that its publication says so. */
function provenance(folder: string): object {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { repository: { url: string } }
  const home = repository.url.replace(/^git\+|\.git$/g, '')
  return {
    repository: { ...repository, directory: folder },
    homepage: `${home}#readme`,
    bugs: `${home}/issues`,
    publishConfig: { access: 'public', provenance: true },
  }
}

function pack({ folder, staged, build }: Package, output: string, staging: string): string {
  const target = join(staging, staged)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
  build(target, manifest)
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ ...manifest, ...provenance(folder) }, null, 2)}\n`)
  writeFileSync(join(target, 'sbom.cdx.json'), packageBill(folder, manifest))
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', output], target)) as [{ filename: string }]
  return join(output, packed.filename)
}

/** Builds and packs every publishable package; returns the tarballs' paths. Runs at the same time need staging folders of their own. */
export function packAll(output: string, staging = STAGING): string[] {
  mkdirSync(output, { recursive: true })
  return PACKAGES.map((item) => pack(item, output, staging))
}

if (import.meta.main) console.log(packAll(resolve(process.argv[2] ?? STAGING)).join('\n'))
