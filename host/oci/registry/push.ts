/** `sluice push` as a function: an image from a folder or from memory to a repository. */
import { SluiceError } from '../../errors.ts'
import { verifyDigest } from '../digest.ts'
import type { Blob } from '../types.ts'
import type { RegistryPort } from './port.ts'
import { DEFAULT_TAG, nameText, pinned, referenceText, type Reference } from './reference.ts'
import { missingContent, setTag, transferImage, type ImageSource } from './transfer.ts'

export interface PushOptions {
  /** Further tags beside that of the reference. */
  readonly tags?: readonly string[]
  /** A tag that is there already is left alone: fine when it leads to this image, refused when it does not. */
  readonly ifAbsent?: boolean
  /** Also what belongs to the image: signatures, bills of materials, provenance. They are there before the tags. */
  readonly withReferrers?: boolean
  /** Finds out what would be done, and does nothing. */
  readonly dryRun?: boolean
}

export interface PushReport {
  /** `registry/repository@sha256:…`: what deployments pin. */
  readonly reference: string
  readonly digest: string
  /** Tags that were set, or would be. */
  readonly tags: readonly string[]
  /** Digests of what was sent, or would be. */
  readonly uploaded: readonly string[]
  readonly mounted: readonly string[]
  readonly present: readonly string[]
}

/**
 * Sends an image and then sets the tags, each read again. A digest in the reference must be the image's. Throws what the
 * repository throws, `SLUICE_OCI_DIGEST` and `SLUICE_REGISTRY_CONFLICT`.
 */
export async function pushImage(
  source: ImageSource,
  root: Blob,
  target: RegistryPort,
  reference: Reference,
  options: PushOptions = {},
): Promise<PushReport> {
  const { digest } = root.descriptor
  if (reference.digest !== null) verifyDigest(reference.digest, root.bytes, referenceText(reference))
  const wanted = tagsOf(reference, options.tags ?? [])
  const tags = options.ifAbsent === true ? await absentTags(target, wanted, digest) : wanted
  const report = { reference: pinned(reference, digest), digest, tags }
  if (options.dryRun === true) return { ...report, ...(await missingContent(source, root, target)), mounted: [] }
  if (tags.length === 0 && wanted.length > 0) return { ...report, uploaded: [], mounted: [], present: [digest] }
  return { ...report, ...(await transferImage(source, root, target, tags, options.withReferrers)) }
}

/** Points further tags at an image that is in the repository. */
export async function tagImage(target: RegistryPort, key: string, tags: readonly string[]): Promise<string> {
  const manifest = await target.getManifest(key)
  for (const tag of tags) await setTag(target, tag, manifest)
  return manifest.descriptor.digest
}

/** With a digest and no tag the image needs none. */
function tagsOf({ tag, digest }: Reference, more: readonly string[]): string[] {
  const first = tag ?? (digest === null && more.length === 0 ? DEFAULT_TAG : null)
  return [...new Set(first === null ? more : [first, ...more])]
}

async function absentTags(target: RegistryPort, tags: readonly string[], digest: string): Promise<string[]> {
  const absent: string[] = []
  for (const tag of tags) {
    const seen = (await target.resolve(tag))?.digest
    if (seen === undefined) absent.push(tag)
    else if (seen !== digest) throw taken(`${nameText(target.name)}:${tag}`, seen, digest)
  }
  return absent
}

function taken(path: string, seen: string, wanted: string): SluiceError {
  const next = 'choose another tag, or leave --if-absent out to move it'
  return new SluiceError('SLUICE_REGISTRY_CONFLICT', 'The tag leads to another image', { path, seen, wanted, next })
}
