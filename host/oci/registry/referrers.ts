/**
 * Manifests about another manifest (distribution-spec, "Listing Referrers" and "Referrers Tag Schema"): asked of the
 * registry, or kept in an index under the tag `sha256-<hex>` where a registry has no such list.
 */
import { SluiceError } from '../../errors.ts'
import { blobOf, isDigest } from '../digest.ts'
import { MEDIA_TYPES } from '../media-types.ts'
import { MAX_MANIFEST_BYTES } from '../image/read-manifest.ts'
import type { Blob, Descriptor } from '../types.ts'
import { jsonFields, isFields, type Fields } from './json.ts'
import { ACCEPT, manifestBlob } from './manifest-answer.ts'
import { pages } from './pages.ts'
import type { RegistryClient } from './registry-client.ts'
import { placeOf } from './transport.ts'

/** Others may write the fallback tag at the same time. */
const TRIES = 5
const PRECONDITION_FAILED = 412

/** The tag of another image's referrers, and those of signatures of old: not made by people. */
const REFERRERS_TAG = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.\w+)?$/

/** True for a tag that tools made to find what belongs to an image. */
export function isReferrersTag(tag: string): boolean {
  return REFERRERS_TAG.test(tag)
}

/** The index of the fallback tag and the version of it that was read. */
interface FallbackIndex {
  readonly manifests: readonly Descriptor[]
  readonly etag: string | null
}

export class Referrers {
  readonly #client: RegistryClient
  readonly #repository: string

  constructor(client: RegistryClient, repository: string) {
    this.#client = client
    this.#repository = repository
  }

  async list(digest: string, artifactType?: string): Promise<Descriptor[]> {
    const known = (await this.#ask(digest, artifactType)) ?? (await this.#readFallback(digest)).manifests
    // Not every registry filters, and the fallback never does.
    return known.filter((one) => artifactType === undefined || one.artifactType === artifactType)
  }

  /** Makes a manifest that was just put findable. A registry may claim to have done so and have no list (`isClaimed`). */
  async register(manifest: Blob, isClaimed: boolean): Promise<void> {
    const fields = jsonFields(manifest.bytes, 'the manifest')
    const subject = fields['subject']
    if (!isDescriptor(subject)) return
    if (isClaimed && (await this.#ask(subject.digest)) !== null) return
    for (let tries = 1; tries <= TRIES; tries++) {
      if (await this.#addToFallback(subject.digest, toReferrer(manifest.descriptor, fields))) return
    }
    const path = `${this.#repository}:${fallbackTag(subject.digest)}`
    throw new SluiceError('SLUICE_REGISTRY_CONFLICT', 'Others keep changing the list of referrers', { path, next: 'try again' })
  }

  /** Null when the registry has no such list. */
  async #ask(digest: string, artifactType?: string): Promise<Descriptor[] | null> {
    const url = this.#client.url(`${this.#repository}/referrers/${digest}`)
    if (artifactType !== undefined) url.searchParams.set('artifactType', artifactType)
    const found: Descriptor[] = []
    try {
      for await (const { answer, place } of pages(this.#client, { method: 'GET', url, scopes: [this.#scope('pull')] })) {
        found.push(...descriptorsOf(jsonFields(answer.bytes, place)))
      }
      return found
    } catch (error) {
      if (error instanceof SluiceError && LACKING.has(error.code)) return null
      throw error
    }
  }

  async #readFallback(digest: string): Promise<FallbackIndex> {
    const url = this.#fallbackUrl(digest)
    const request = { method: 'GET', url, headers: { accept: ACCEPT }, scopes: [this.#scope('pull')] } as const
    const answer = await this.#client.send(request, [200, 404], MAX_MANIFEST_BYTES)
    if (answer.status === 404) return { manifests: [], etag: null }
    const { bytes } = manifestBlob(answer, fallbackTag(digest), placeOf(request))
    return { manifests: descriptorsOf(jsonFields(bytes, placeOf(request))), etag: answer.header('etag') }
  }

  /** False when somebody else was faster. */
  async #addToFallback(digest: string, referrer: Descriptor): Promise<boolean> {
    const { manifests, etag } = await this.#readFallback(digest)
    if (manifests.some((one) => one.digest === referrer.digest)) return true
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [...manifests, referrer] }
    const { bytes: body } = blobOf(MEDIA_TYPES.ociIndex, Buffer.from(JSON.stringify(index)))
    const headers = { 'content-type': MEDIA_TYPES.ociIndex, ...(etag === null ? {} : { 'if-match': etag }) }
    const request = { method: 'PUT', url: this.#fallbackUrl(digest), headers, body, scopes: [this.#scope('pull,push')] } as const
    const answer = await this.#client.send(request, [200, 201, 202, PRECONDITION_FAILED])
    if (answer.status === PRECONDITION_FAILED) return false
    // Few registries look at If-Match: what was overwritten in between is seen by reading again.
    return (await this.#readFallback(digest)).manifests.some((one) => one.digest === referrer.digest)
  }

  #fallbackUrl(digest: string): URL {
    return this.#client.url(`${this.#repository}/manifests/${fallbackTag(digest)}`)
  }

  #scope(actions: string): string {
    return `repository:${this.#repository}:${actions}`
  }
}

/** What registries without the list answer: 404, or a refusal of any kind. */
const LACKING: ReadonlySet<string> = new Set(['SLUICE_REGISTRY_NOT_FOUND', 'SLUICE_REGISTRY_ANSWER'])

function fallbackTag(digest: string): string {
  return digest.replace(':', '-')
}

/** How an index tells of a manifest: with its kind and annotations. */
function toReferrer({ mediaType, digest, size }: Descriptor, fields: Fields): Descriptor {
  const { artifactType, config, annotations } = fields
  const kind =
    typeof artifactType === 'string' && artifactType !== '' ? artifactType : isFields(config) ? config['mediaType'] : undefined
  return {
    mediaType,
    digest,
    size,
    ...(typeof kind === 'string' ? { artifactType: kind } : {}),
    ...(isFields(annotations) ? { annotations: annotations as Record<string, string> } : {}),
  }
}

function descriptorsOf({ manifests }: Fields): Descriptor[] {
  return Array.isArray(manifests) ? manifests.filter(isDescriptor) : []
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isFields(value)) return false
  const { mediaType, digest, size } = value
  return typeof mediaType === 'string' && typeof digest === 'string' && isDigest(digest) && typeof size === 'number'
}
