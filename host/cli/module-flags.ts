/** The flags that say where a proxy finds the module. */
import { SluiceError } from '../errors.ts'
import { isDigest } from '../oci/digest.ts'
import { isIndexType } from '../oci/media-types.ts'
import { manifestKey, parseReference, referenceText, type Reference } from '../oci/registry/reference.ts'
import type { ModuleSource } from '../manifest/deployment.ts'
import { badValue } from './option-values.ts'
import { withRepository, type RegistryFlags } from './registry-options.ts'

export interface ModuleFlags extends RegistryFlags {
  readonly image?: string
  /** True: ask the registry for the digest. */
  readonly pin?: string | true
  readonly file?: string
  readonly url?: string
  readonly sha256?: string
}

const HEX = /^[0-9a-f]{64}$/

/** Exactly one of image, file and URL. Throws SLUICE_CLI_USAGE, and what the registry says. */
export async function moduleSource(flags: ModuleFlags): Promise<ModuleSource> {
  const { image, file, url, pin } = flags
  const given = [image, file, url].filter((value) => value !== undefined)
  if (given.length !== 1) throw usage('The module', `${given.length} of them`, 'one of --image, --file, --url')
  if (pin !== undefined && image === undefined) throw usage('--pin', 'no --image', 'an image to pin')
  if (file !== undefined) return { kind: 'file', path: file }
  return url === undefined ? imageSource(image!, flags) : httpSource(url, flags.sha256)
}

/** The last part of where the module is, without tag and extension. */
export function moduleName({ image, file, url }: ModuleFlags): string {
  const place = (image ?? file ?? url ?? '').replace(/@.*$/, '')
  return place.slice(place.lastIndexOf('/') + 1).replace(/(?::[^:]*|\.wasm)$/, '')
}

async function imageSource(text: string, flags: ModuleFlags): Promise<ModuleSource> {
  const { pin } = flags
  const named = parseReference(text, '--image')
  const digest = pin === true ? await askDigest(named, flags) : (pin ?? named.digest)
  if (digest !== null && !isDigest(digest)) throw badValue('--pin', digest, 'sha256: and 64 lower-case hex digits')
  return { kind: 'image', reference: referenceText({ ...named, digest: null }), digest }
}

/** Proxies compare the pin with the manifest that they load: the digest of an index never fits. */
async function askDigest(reference: Reference, flags: RegistryFlags): Promise<string> {
  const found = await withRepository(reference, flags, (repository) => repository.resolve(manifestKey(reference)))
  if (found === null) throw notFound(reference)
  if (isIndexType(found.mediaType)) throw badValue('--pin', 'an index of several images', 'one image: name its digest')
  return found.digest
}

function notFound(reference: Reference): SluiceError {
  return new SluiceError('SLUICE_REGISTRY_NOT_FOUND', 'There is no such image', { path: referenceText(reference) })
}

function httpSource(url: string, sha256: string | undefined): ModuleSource {
  if (!URL.canParse(url) || !/^https?:\/\//.test(url)) throw badValue('--url', url, 'an http or https address')
  if (sha256 === undefined || !HEX.test(sha256)) throw badValue('--sha256', sha256 ?? 'nothing', '64 lower-case hex digits')
  return { kind: 'http', url, sha256 }
}

function usage(what: string, seen: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_CLI_USAGE', `${what} is not clear`, { seen, wanted })
}
