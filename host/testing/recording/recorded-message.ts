/** Messages of a trace as test hosts send and answer them. */
import type { AttemptJson, BodyJson, MessageJson } from '../../tap/trace-json.ts'
import type { ChunkPlan } from '../chunks.ts'
import type { HeaderList, UpstreamAnswer } from '../messages.ts'
import type { TestRequest } from '../test-stream.ts'

/** Headers that say how a body is framed: whoever sends it writes them. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** What the client sent. */
export function recordedRequest(message: MessageJson): TestRequest {
  const headers = firstValues(message)
  const authority = headers.get(':authority')
  return {
    method: headers.get(':method') ?? 'GET',
    path: headers.get(':path') ?? '/',
    headers: [...(authority === undefined ? [] : [['host', authority] as const]), ...regularHeaders(message)],
    ...bodyOf(message),
    ...trailersOf(message),
  }
}

/** What an upstream answered, as long after the request as it did then. */
export function recordedAnswer({ request, response }: AttemptJson): UpstreamAnswer {
  const delay = Math.max(0, Math.round(((response.at_us ?? 0) - (request.at_us ?? 0)) / 1000))
  if (response.headers === undefined) return { fail: failureOf(response.reset) }
  // The service time is the router's own.
  const headers = regularHeaders(response).filter(([name]) => name !== 'x-envoy-upstream-service-time')
  return {
    status: Number(firstValues(response).get(':status') ?? 200),
    headers,
    ...(delay === 0 ? {} : { delay }),
    ...bodyOf(response),
    ...trailersOf(response),
  }
}

/** The body as far as it was recorded. */
export function bodyBuffer(body: BodyJson | undefined): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  return body.as_bytes === undefined ? Buffer.from(body.as_string ?? '', 'latin1') : Buffer.from(body.as_bytes, 'base64')
}

/** Without pseudo headers, as names and values. */
export function regularHeaders({ headers = [] }: MessageJson): [string, string][] {
  return headers
    .filter(({ key }) => !key.startsWith(':') && !FRAMING.has(key))
    .map(({ key, value }): [string, string] => [key, value])
}

/** First values by name. */
export function firstValues({ headers = [] }: MessageJson): ReadonlyMap<string, string> {
  return new Map(headers.toReversed().map(({ key, value }) => [key, value]))
}

function bodyOf(message: MessageJson): { body?: Buffer; split?: ChunkPlan; chunks?: Buffer[] } {
  const bytes = bodyBuffer(message.body)
  const cuts = cutsOf(message.body?.chunks ?? [])
  if (firstValues(message).get('transfer-encoding') !== undefined) return { chunks: cutAt(bytes, cuts) }
  if (bytes.length === 0) return {}
  return { body: bytes, ...(cuts.length === 0 ? {} : { split: { at: cuts } }) }
}

/** Places between parts of these sizes. */
function cutsOf(sizes: readonly number[]): number[] {
  let at = 0
  return sizes.slice(0, -1).map((size) => (at += size))
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : cuts[index - 1], end))
}

function trailersOf({ trailers }: MessageJson): { trailers?: HeaderList } {
  return trailers === undefined ? {} : { trailers: trailers.map(({ key, value }) => [key, value] as const) }
}

function failureOf(reset: string | undefined): 'close' | 'reset' | 'hang' {
  if (reset === 'connection_termination') return 'close'
  return reset === 'remote_reset' ? 'reset' : 'hang'
}
