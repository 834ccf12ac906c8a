/** Reads a blob; what broke off is taken up where it ended. */
import { SluiceError } from '../../errors.ts'
import { verifyContent } from '../digest.ts'
import type { Descriptor } from '../types.ts'
import { answerError } from './answer-error.ts'
import type { RegistryClient, RegistryRequest } from './registry-client.ts'
import { retrying } from './retry.ts'
import { placeOf, type OpenAnswer } from './transport.ts'

const MAX_ERROR = 65_536

/** The bytes that a descriptor means. Throws `SLUICE_OCI_DIGEST` for others, and for more than the limit before reading. */
export async function downloadBlob(
  client: RegistryClient,
  request: RegistryRequest,
  descriptor: Descriptor,
): Promise<Uint8Array> {
  const place = placeOf(request)
  const most = client.transport.limits.blobBytes
  if (descriptor.size > most) {
    const detail = { path: place, seen: `${descriptor.size} bytes`, wanted: `at most ${most} bytes` }
    throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The content is too large', detail)
  }
  const download = new Download(descriptor.size)
  await retrying(client.retries, () => readOn(client, request, download))
  verifyContent(descriptor, download.bytes(), place)
  return download.bytes()
}

/** What has come so far. */
class Download {
  readonly #buffer: Uint8Array
  length = 0
  /** True when more came than was said: no digest will fit. */
  isOver = false

  constructor(size: number) {
    this.#buffer = new Uint8Array(size)
  }

  get isComplete(): boolean {
    return this.length === this.#buffer.length
  }

  add(part: Uint8Array): void {
    const room = this.#buffer.length - this.length
    this.isOver ||= part.length > room
    this.#buffer.set(part.subarray(0, room), this.length)
    this.length += Math.min(part.length, room)
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }
}

async function readOn(client: RegistryClient, request: RegistryRequest, download: Download): Promise<void> {
  const headers = download.length === 0 ? {} : { range: `bytes=${download.length}-` }
  const answer = await client.openOnce({ ...request, headers })
  if (answer.status !== 200 && answer.status !== 206) throw await refusal(client, request, answer)
  // A server without ranges begins again.
  if (answer.status === 200) download.length = 0
  for await (const part of answer.body) {
    download.add(part)
    if (download.isOver) break
  }
  if (!download.isOver) return
  const detail = { path: placeOf(request), seen: 'more bytes than its descriptor says' }
  throw new SluiceError('SLUICE_OCI_DIGEST', 'The content has another size than its descriptor says', detail)
}

async function refusal(
  client: RegistryClient,
  request: RegistryRequest,
  { status, url, header, body }: OpenAnswer,
): Promise<SluiceError> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    parts.push(part)
    length += part.length
    if (length > MAX_ERROR) break
  }
  return answerError(placeOf({ ...request, url: client.origin.origin === url.origin ? request.url : url }), {
    status,
    url,
    header,
    bytes: Buffer.concat(parts),
  })
}
