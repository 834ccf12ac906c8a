/** What a check is given, by name: a module, an image in a folder or registry, a configuration. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { SluiceError } from '../errors.ts'
import type { ExtractedModule } from '../oci/image/extract-module.ts'
import { LayoutFolder } from '../oci/image/layout-folder.ts'
import type { ImageStore } from '../oci/image-store.ts'
import type { RegistryAccess } from '../oci/registry/access.ts'
import { openRepository } from '../oci/registry/http-repository.ts'
import { manifestKey, parseReference } from '../oci/registry/reference.ts'
import { checkBootstrapText } from './check-bootstrap.ts'
import { checkImage, type Consumer } from './check-image.ts'
import { checkModule, type ModuleLimits } from './check-module.ts'
import { checkPluginUse } from './check-plugin-use.ts'
import { parseSchema, type FilterSchema } from './filter-config.ts'
import { findSchema } from './find-schema.ts'
import type { CheckFinding } from './check-finding.ts'

export interface CheckOptions {
  readonly limits: ModuleLimits
  readonly consumers: readonly Consumer[]
  readonly access: RegistryAccess
  /** Null = the plugin is not started. */
  readonly rootId: string | null
  /** Undefined = none; the plugin is started when there is a configuration or a root id. */
  readonly config?: unknown
  /** Null = it is looked for where the module is. */
  readonly schema: FilterSchema | null
}

/** A module and what is said of it where it was found. */
interface FoundModule {
  readonly bytes: Uint8Array
  readonly place: string
  readonly rootIds: readonly string[] | null
  readonly schema: FilterSchema | null
}

/** All findings; throws for what cannot be read: a file, a registry, a reference. */
export async function checkTarget(target: string, options: CheckOptions): Promise<CheckFinding[]> {
  if (!existsSync(target)) return checkReference(target, options)
  if (statSync(target).isDirectory()) return checkFolder(target, options)
  const bytes = readFileSync(target)
  if (/\.(?:ya?ml|json)$/.test(target)) {
    return checkBootstrapText({ name: target, text: bytes.toString() }, options.limits, options.access)
  }
  return checkFound({ bytes, place: target, rootIds: null, schema: findSchema(target) }, options)
}

function checkFound({ bytes, place, rootIds, schema }: FoundModule, options: CheckOptions): CheckFinding[] {
  const findings = checkModule(bytes, place, options.limits)
  const isUsed = options.config !== undefined || options.rootId !== null
  if (!isUsed || findings.some(({ level }) => level === 'error')) return findings
  const { rootId, config } = options
  const use = { module: bytes, place, rootIds, rootId: rootId ?? '', schema: options.schema ?? schema }
  // Without a root id the author's first one is as good as any.
  const known = rootId === null ? { ...use, rootId: rootIds?.[0] ?? '' } : use
  return [...findings, ...checkPluginUse(config === undefined ? known : { ...known, config })]
}

async function checkReference(text: string, options: CheckOptions): Promise<CheckFinding[]> {
  if (/^[./~]|\.(?:wasm|ya?ml|json)$/.test(text)) {
    throw new SluiceError('SLUICE_CONFIG_FILE', 'There is no such file', { path: text })
  }
  const reference = parseReference(text)
  const repository = openRepository(reference, options.access)
  try {
    return await checkStored(repository, manifestKey(reference), text, options)
  } finally {
    await repository.close()
  }
}

/** Every image of the folder that has a tag. */
async function checkFolder(path: string, options: CheckOptions): Promise<CheckFinding[]> {
  const folder = await LayoutFolder.open(path)
  const tags = await folder.listTags()
  if (tags.length === 0) {
    throw new SluiceError('SLUICE_OCI_NOT_FOUND', 'The layout folder has no image with a tag', { path, wanted: 'a tag' })
  }
  const findings: CheckFinding[] = []
  for (const tag of tags) findings.push(...(await checkStored(folder, tag, `${path}:${tag}`, options)))
  return findings
}

async function checkStored(store: ImageStore, key: string, place: string, options: CheckOptions): Promise<CheckFinding[]> {
  const { findings, image } = await checkImage(store, key, place, options.consumers)
  return image === null ? [...findings] : [...findings, ...checkFound(foundIn(image, place), options)]
}

function foundIn({ module, runtimeConfig, schema }: ExtractedModule, place: string): FoundModule {
  const described = schema === null ? null : parseSchema(`${place} schema.json`, schema)
  return { bytes: module, place, rootIds: runtimeConfig?.rootIds ?? null, schema: described }
}
