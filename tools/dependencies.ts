/** What the published packages depend on, directly and through others, as the lock file has it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './checks/sources.ts'

/** One package of the lock file. */
export interface Dependency {
  readonly name: string
  readonly version: string
  /** An SPDX expression. */
  readonly license: string
  /** `sha512-` and base64; null = a package of this repository. */
  readonly integrity: string | null
  readonly hasInstallScript: boolean
}

interface LockEntry {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  /** Folder of a workspace, for a link. */
  readonly resolved?: string
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Everything that is installed with the workspace in `folder`, by name; peers are not among it. */
export function productionDependencies(folder: string): Dependency[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockEntry>>
  }
  const found = new Map<string, Dependency>()
  const pending = [folder]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const { dependencies = {}, optionalDependencies = {} } = packages[path]!
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = placeOf(name, path, packages)
      if (place === null || found.has(place)) continue
      found.set(place, dependencyOf(name, packages[place]!))
      pending.push(place)
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Where Node finds a package from another one: in its own folder, or in one above. */
function placeOf(name: string, from: string, packages: Readonly<Record<string, LockEntry>>): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    const { link, resolved = null } = packages[place] ?? {}
    if (place in packages) return link === true ? resolved : place
    if (folder === '') return null
  }
}

function dependencyOf(name: string, entry: LockEntry): Dependency {
  const { version = '', license = '', integrity = null, hasInstallScript = false } = entry
  return { name, version, license, integrity, hasInstallScript }
}
