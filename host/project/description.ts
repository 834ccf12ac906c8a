/** What the image of a project's filter says about it: from its package.json and settings, and from the module. */
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { SluiceErrors } from '../errors.ts'
import type { FilterDescription } from '../oci/image/description.ts'
import { inspectModule } from '../plugin/inspect-module.ts'
import { attempt, readOr } from '../util/attempt.ts'
import { V8Engine } from '../vm/v8.ts'
import { filterName, projectPath, readProject, type PackageJson } from './project.ts'
import type { PartialSettings } from './settings.ts'

/** What an image is made of. */
export interface Filter {
  readonly module: Uint8Array
  readonly description: FilterDescription
}

/**
 * A module by its path, or that of the project in this folder, and what is known of it. Throws what is wrong with a module
 * that Envoy refuses, SLUICE_WASM_LOAD, SLUICE_PROJECT_INVALID.
 */
export async function loadFilter(
  path: string | null,
  settings: Pick<PartialSettings, 'schema' | 'rootIds'> = {},
): Promise<Filter> {
  if (path !== null) {
    const module = readModule(path)
    const description = { name: basename(path).replace(/\.wasm$/, ''), rootIds: settings.rootIds ?? [] }
    return { module, description: { ...description, ...moduleFacts(path, module, settings.schema ?? null) } }
  }
  const project = await readProject('.', settings)
  const modulePath = projectPath(project, 'module')
  const module = readModule(modulePath)
  const description = { name: filterName(project), ...packageFacts(project.packageJson), rootIds: project.settings.rootIds }
  const schema = projectPath(project, 'schema')
  const hasSchema = settings.schema !== undefined || existsSync(schema)
  return { module, description: { ...description, ...moduleFacts(modulePath, module, hasSchema ? schema : null) } }
}

function moduleFacts(
  path: string,
  module: Uint8Array,
  schemaPath: string | null,
): Pick<FilterDescription, 'abiVersions' | 'schema'> {
  const { abiVersion, faults } = inspectModule(new V8Engine(), module, path)
  if (abiVersion === null || faults.length > 0) throw new SluiceErrors(faults)
  return { abiVersions: [abiVersion], ...(schemaPath === null ? {} : { schema: readSchema(schemaPath) }) }
}

function packageFacts({
  name,
  version,
  description,
  license,
  homepage,
  author,
  repository,
}: PackageJson): Partial<FilterDescription> {
  const facts = {
    version,
    description,
    license,
    source: webAddress(typeof repository === 'object' ? repository.url : repository),
    documentation: homepage,
    vendor: typeof author === 'object' ? author.name : author,
    npmPackage: name !== undefined && version !== undefined ? `${name}@${version}` : undefined,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** npm writes `git+https://host/path.git` where a browser wants `https://host/path`; `github:owner/name` and the like stay. */
function webAddress(repository: string | undefined): string | undefined {
  return repository?.replace(/^git\+/, '').replace(/\.git$/, '')
}

function readSchema(path: string): string {
  return attempt('SLUICE_PROJECT_INVALID', 'Cannot read the schema', { path, wanted: 'a JSON schema' }, () => {
    const text = readFileSync(path, 'utf8')
    JSON.parse(text)
    return text
  })
}

function readModule(path: string): Uint8Array {
  return readOr('SLUICE_WASM_LOAD', 'Cannot read the module', path, 'sluice build makes that of a project')
}
