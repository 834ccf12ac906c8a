/** The OCI distribution protocol, version 1.1 (opencontainers/distribution-spec), for one repository. */
import { SluiceError } from '../../errors.ts'
import { isDigest, verifyDigest } from '../digest.ts'
import { MAX_MANIFEST_BYTES } from '../image/read-manifest.ts'
import type { Blob, Descriptor } from '../types.ts'
import type { RegistryAccess } from './access.ts'
import { answerError } from './answer-error.ts'
import { downloadBlob } from './download.ts'
import type { Credentials } from './credentials.ts'
import { jsonFields } from './json.ts'
import { ACCEPT, manifestBlob, contentTypeOf } from './manifest-answer.ts'
import { pages } from './pages.ts'
import type { RegistryPort } from './port.ts'
import type { Reference } from './reference.ts'
import { Referrers } from './referrers.ts'
import { RegistryClient } from './registry-client.ts'
import { placeOf } from './transport.ts'
import { uploadBlob } from './upload.ts'

/** Opens a repository; nothing is sent yet. `credentials` null = those of the environment and Docker's configuration. */
export function openRepository(at: Reference, access: RegistryAccess = {}, credentials: Credentials | null = null): RegistryPort {
  return new HttpRepository(at, access, credentials)
}

class HttpRepository implements RegistryPort {
  readonly name: Reference
  readonly #client: RegistryClient
  readonly #referrers: Referrers
  readonly #pullScope: string
  readonly #pushScope: string

  constructor(at: Reference, access: RegistryAccess, credentials: Credentials | null) {
    this.name = { ...at, tag: null, digest: null }
    this.#client = new RegistryClient(at, access, credentials)
    this.#referrers = new Referrers(this.#client, at.repository)
    this.#pullScope = `repository:${at.repository}:pull`
    this.#pushScope = `repository:${at.repository}:pull,push`
  }

  async resolve(key: string): Promise<Descriptor | null> {
    const request = {
      method: 'HEAD',
      url: this.#manifestUrl(key),
      headers: { accept: ACCEPT },
      scopes: [this.#pullScope],
    } as const
    const answer = await this.#client.send(request, [200, 404, 405])
    const digest = answer.header('docker-content-digest')
    if (answer.status === 404) return null
    // An old registry says nothing of digests, a narrow one does not know HEAD: the bytes tell.
    if (answer.status === 405 || digest === null || !isDigest(digest)) return this.#resolveByReading(key)
    return { mediaType: contentTypeOf(answer), digest, size: Number(answer.header('content-length') ?? 0) }
  }

  async getManifest(key: string): Promise<Blob> {
    const url = this.#manifestUrl(key)
    const request = { method: 'GET', url, headers: { accept: ACCEPT }, scopes: [this.#pullScope] } as const
    const answer = await this.#client.send(request, [200], MAX_MANIFEST_BYTES)
    return manifestBlob(answer, key, placeOf(request))
  }

  async putManifest(key: string, manifest: Blob): Promise<void> {
    const { descriptor, bytes: body } = manifest
    const headers = { 'content-type': descriptor.mediaType }
    const request = { method: 'PUT', url: this.#manifestUrl(key), headers, body, scopes: [this.#pushScope] } as const
    const answer = await this.#client.send(request, [200, 201, 202])
    const digest = answer.header('docker-content-digest')
    if (digest !== null && isDigest(digest)) verifyDigest(digest, body, placeOf(request))
    await this.#referrers.register(manifest, answer.header('oci-subject') !== null)
  }

  async hasBlob(digest: string): Promise<boolean> {
    const request = { method: 'HEAD', url: this.#blobUrl(digest), scopes: [this.#pullScope] } as const
    return (await this.#client.send(request, [200, 404])).status === 200
  }

  getBlob(descriptor: Descriptor): Promise<Uint8Array> {
    return downloadBlob(
      this.#client,
      { method: 'GET', url: this.#blobUrl(descriptor.digest), scopes: [this.#pullScope] },
      descriptor,
    )
  }

  putBlob(blob: Blob): Promise<void> {
    return uploadBlob(this.#client, this.#uploadsUrl(), [this.#pushScope], blob)
  }

  async mountBlob(digest: string, fromRepository: string): Promise<boolean> {
    const url = this.#uploadsUrl()
    url.searchParams.set('mount', digest)
    url.searchParams.set('from', fromRepository)
    const scopes = [this.#pushScope, `repository:${fromRepository}:pull`]
    // Who may not read the source may still write here.
    const answer = await this.#client.send({ method: 'POST', url, scopes }, [201, 202, 403])
    return answer.status === 201
  }

  async listTags(): Promise<string[]> {
    const tags: string[] = []
    const first = this.#client.url(`${this.name.repository}/tags/list?n=1000`)
    for await (const { answer, place } of pages(this.#client, { method: 'GET', url: first, scopes: [this.#pullScope] })) {
      const { tags: some } = jsonFields(answer.bytes, place)
      // Null when the last tag was deleted.
      if (Array.isArray(some)) tags.push(...some.filter((tag) => typeof tag === 'string'))
    }
    return tags
  }

  listReferrers(digest: string, artifactType?: string): Promise<Descriptor[]> {
    return this.#referrers.list(digest, artifactType)
  }

  async deleteManifest(key: string): Promise<void> {
    const scopes = [`repository:${this.name.repository}:delete`]
    const request = { method: 'DELETE', url: this.#manifestUrl(key), scopes } as const
    const answer = await this.#client.send(request, [200, 202, 204, 400, 404, 405])
    if (answer.status < 300) return
    if (answer.status === 404) throw answerError(placeOf(request), answer)
    const seen = answerError(placeOf(request), answer).detail.seen ?? ''
    const detail = {
      path: placeOf(request),
      seen,
      ...(isDigest(key) ? {} : { next: 'delete it by its digest, with all its tags' }),
    }
    throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The registry does not delete this', detail)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #resolveByReading(key: string): Promise<Descriptor | null> {
    try {
      return (await this.getManifest(key)).descriptor
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'SLUICE_REGISTRY_NOT_FOUND') return null
      throw error
    }
  }

  #manifestUrl(key: string): URL {
    return this.#client.url(`${this.name.repository}/manifests/${key}`)
  }

  #blobUrl(digest: string): URL {
    return this.#client.url(`${this.name.repository}/blobs/${digest}`)
  }

  #uploadsUrl(): URL {
    return this.#client.url(`${this.name.repository}/blobs/uploads/`)
  }
}
