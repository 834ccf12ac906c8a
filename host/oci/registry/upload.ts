/** Writes a blob: in one piece, or in several when it is large; a large one is taken up again where it broke off. */
import { SluiceError } from '../../errors.ts'
import { isDigest, verifyDigest } from '../digest.ts'
import type { Blob } from '../types.ts'
import { answerError } from './answer-error.ts'
import type { RegistryClient, RegistryRequest } from './registry-client.ts'
import { retrying, TransientFault } from './retry.ts'
import { placeOf, resolveLocation, type Answer } from './transport.ts'

const ACCEPTED = [201, 202, 204]
const NOT_FOUND = 404
/** The pieces did not follow each other: the registry says where it stands. */
const RANGE_NOT_SATISFIABLE = 416
const BINARY = { 'content-type': 'application/octet-stream' }

/** Uploads to the repository's upload address; what failed in the middle leaves nothing behind that has a name. */
export async function uploadBlob(client: RegistryClient, uploads: URL, scopes: readonly string[], blob: Blob): Promise<void> {
  const upload = new Upload(client, uploads, scopes, blob)
  if (upload.isLarge) return inPieces(client, upload)
  // A session of one piece has nothing worth keeping: each try begins a new one.
  await retrying(client.retries, async () => {
    await upload.begin()
    await upload.finish()
  })
}

async function inPieces(client: RegistryClient, upload: Upload): Promise<void> {
  await retrying(client.retries, () => upload.begin())
  while (upload.isLarge) await resuming(client, upload, () => upload.sendPiece())
  await resuming(client, upload, () => upload.finish())
}

/** Tries again after asking what the registry has got. */
async function resuming(client: RegistryClient, upload: Upload, act: () => Promise<void>): Promise<void> {
  let isBroken = false
  await retrying(client.retries, async () => {
    if (isBroken) await upload.askOffset()
    isBroken = true
    await act()
  })
}

/** A session of a registry, which names itself anew with every answer. */
class Upload {
  readonly #client: RegistryClient
  readonly #uploads: URL
  readonly #scopes: readonly string[]
  readonly #blob: Blob
  #location: URL
  /** Bytes that the registry has. */
  #offset = 0
  #chunkBytes: number

  constructor(client: RegistryClient, uploads: URL, scopes: readonly string[], blob: Blob) {
    this.#client = client
    this.#uploads = uploads
    this.#scopes = scopes
    this.#blob = blob
    this.#location = uploads
    this.#chunkBytes = client.transport.limits.chunkBytes
  }

  /** More is left than one piece holds. */
  get isLarge(): boolean {
    return this.#blob.bytes.length - this.#offset > this.#chunkBytes
  }

  async begin(): Promise<void> {
    this.#location = this.#uploads
    this.#offset = 0
    const answer = await this.#send({ method: 'POST' }, [202])
    const least = Number(answer.header('oci-chunk-min-length') ?? 0)
    if (least > this.#chunkBytes) this.#chunkBytes = least
  }

  async sendPiece(): Promise<void> {
    const body = this.#blob.bytes.subarray(this.#offset, this.#offset + this.#chunkBytes)
    if (body.length === 0) return
    const range = `${this.#offset}-${this.#offset + body.length - 1}`
    await this.#send({ method: 'PATCH', headers: { ...BINARY, 'content-range': range }, body }, ACCEPTED)
    this.#offset += body.length
  }

  /** Sends what is left and names the whole. */
  async finish(): Promise<void> {
    const url = new URL(this.#location)
    // What stands in the query already is the registry's own and stays as it is.
    url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(this.#blob.descriptor.digest)}`
    this.#location = url
    const answer = await this.#send({ method: 'PUT', headers: BINARY, body: this.#blob.bytes.subarray(this.#offset) }, ACCEPTED)
    const said = answer.header('docker-content-digest')
    if (said !== null && isDigest(said)) verifyDigest(said, this.#blob.bytes, placeOf({ method: 'PUT', url }))
  }

  /** Where the registry stands after a break: `Range: 0-<last byte>`. A session that is gone begins again. */
  async askOffset(): Promise<void> {
    const answer = await this.#send({ method: 'GET' }, [200, 202, 204, NOT_FOUND])
    if (answer.status === NOT_FOUND) return this.begin()
    const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '')?.[1] ?? '0'
    // `0-0` also means that nothing has come.
    this.#offset = last === '0' ? 0 : Math.min(Number(last) + 1, this.#blob.bytes.length)
  }

  async #send(part: Pick<RegistryRequest, 'method' | 'headers' | 'body'>, expected: readonly number[]): Promise<Answer> {
    const request = { ...part, url: this.#location, scopes: this.#scopes }
    const answer = await this.#client.sendOnce(request)
    const error = (): SluiceError => answerError(placeOf(request), answer)
    if (answer.status === RANGE_NOT_SATISFIABLE) throw new TransientFault(error(), 0)
    if (!expected.includes(answer.status)) throw error()
    const location = answer.header('location')
    if (location !== null && answer.status < 300) this.#location = this.#resolve(location, request)
    else if (part.method === 'POST') throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'No Location', { path: placeOf(request) })
    return answer
  }

  /**
   * Where the next request goes. A registry behind a proxy that ends TLS often calls itself http: its own host stays
   * with TLS, another host without TLS is refused.
   */
  #resolve(location: string, request: RegistryRequest): URL {
    const { origin } = this.#client
    const url = resolveLocation(location, request)
    if (url.protocol === origin.protocol || url.protocol === 'https:') return url
    if (url.hostname === origin.hostname) return new URL(`${url.pathname}${url.search}`, origin)
    const detail = { path: placeOf(request), seen: url.origin, wanted: 'https' }
    throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'An upload leaves TLS', detail)
  }
}
