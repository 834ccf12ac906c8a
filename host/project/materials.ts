/** What a project's module is made of: its sources, and the packages of its lock file. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { digestOf, splitDigest } from '../oci/digest.ts'
import type { Material } from '../oci/image/provenance.ts'
import { integrityHash, npmPurl, type Component } from '../oci/image/sbom.ts'
import { attempt } from '../util/attempt.ts'
import { projectPath, type Project } from './project.ts'

const LOCK_FILE = 'package-lock.json'
/** Settings of the compiler and of the project. */
const SETTINGS_FILES = ['asconfig.json', 'package.json', LOCK_FILE]
const COMPILER = 'assemblyscript'
/** What parts of are in every module, in whichever list of package.json they stand: SDK, and the compiler's standard library. */
const ALWAYS_CONTAINED = [COMPILER, '@sluice/sdk']

interface LockEntry {
  readonly name?: string
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly link?: boolean
}

/**
 * The packages that were installed: those that the module can contain (`dependencies`) are required, what only works on it
 * (`devDependencies`) is excluded. Throws SLUICE_PROJECT_INVALID without a lock file.
 */
export function lockedPackages({ folder }: Project): Component[] {
  const all = Object.entries(readLock(folder)).flatMap(([path, entry]) => componentOf(path, entry))
  // One version may lie in several folders: once is enough, and required wins.
  const byPurl = new Map(all.toSorted((a, b) => scopeRank(a) - scopeRank(b)).map((component) => [component.purl, component]))
  return [...byPurl.values()].toSorted((a, b) => ((a.purl ?? '') < (b.purl ?? '') ? -1 : 1))
}

/** The compiler among the packages. */
export function compilerOf(packages: readonly Component[]): Component[] {
  return packages.filter(({ name }) => name === COMPILER)
}

/** Sources and settings with their digests, and the packages that the module can contain. */
export function buildMaterials(project: Project, packages: readonly Component[]): Material[] {
  const fromNpm = packages.flatMap(({ purl, hash, scope }) => {
    return scope !== 'required' || purl === undefined || hash === undefined
      ? []
      : [{ uri: purl, digest: { sha512: hash.content } }]
  })
  return [...sourcePaths(project).map((path) => fileMaterial(project.folder, path)), ...fromNpm]
}

function readLock(folder: string): Readonly<Record<string, LockEntry>> {
  const path = join(folder, LOCK_FILE)
  return attempt('SLUICE_PROJECT_INVALID', 'Cannot read the lock file', { path, next: 'npm install writes it' }, () => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages?: Readonly<Record<string, LockEntry>> }
    if (packages === undefined) throw new Error('no packages: a lock file of npm 6 or older')
    return packages
  })
}

function scopeRank({ scope }: Component): number {
  return scope === 'required' ? 1 : 0
}

/** The project itself and links to folders are no packages that were installed. */
function componentOf(path: string, { name, version, license, integrity, dev, link }: LockEntry): Component[] {
  const at = path.lastIndexOf('node_modules/')
  if (at < 0 || link === true || version === undefined) return []
  const realName = name ?? path.slice(at + 'node_modules/'.length)
  const hash = integrity === undefined ? undefined : integrityHash(integrity)
  return [
    {
      name: realName,
      version,
      purl: npmPurl(realName, version),
      scope: dev === true && !ALWAYS_CONTAINED.includes(realName) ? 'excluded' : 'required',
      ...(license === undefined ? {} : { license }),
      ...(hash === undefined ? {} : { hash }),
    },
  ]
}

/** Paths from the project's folder, with slashes: everything beside and below the entry that the compiler can read. */
function sourcePaths(project: Project): string[] {
  const sources = dirname(projectPath(project, 'entry'))
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const settings = readdirSync(project.folder).filter((name) => SETTINGS_FILES.includes(name))
  const paths = [...files.map((name) => relative(project.folder, join(sources, name))), ...settings]
  return paths.map((path) => path.replaceAll('\\', '/')).toSorted()
}

function fileMaterial(folder: string, path: string): Material {
  return { uri: path, digest: { sha256: splitDigest(digestOf(readFileSync(join(folder, path)))).hex } }
}
