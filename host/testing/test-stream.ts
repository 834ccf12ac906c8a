/**
 * One request to a test host and its response: the codec that needs no wire. It delivers the request part by part,
 * honours back-pressure, and collects the response.
 */
import type { RequestReceiver, ResetReason, ServerStream } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { flagNames } from '../route/format/response-flags.ts'
import type { ChunkPlan } from './chunks.ts'
import { type BodyInit } from './body-bytes.ts'
import {
  addHeaders,
  bodyParts,
  firstValue,
  headerMap,
  listOf,
  sizeOf,
  type HeaderList,
  type HeadersInit,
  type UpstreamRequest,
} from './messages.ts'
import type { Upstream, UpstreamAnswer } from './messages.ts'
import type { PropertyTexts } from './test-properties.ts'
import type { TestTlsFacts } from './test-tls.ts'
import type { VirtualTime } from './virtual-time.ts'

/** A request. */
export interface TestRequest {
  /** Default GET. */
  readonly method?: string
  /** Default `/`. */
  readonly path?: string
  /** `host` here, or `test.host`. */
  readonly headers?: HeadersInit
  /** Sent with content-length; default none. */
  readonly body?: BodyInit
  /** Sent chunked, one data event each. */
  readonly chunks?: readonly BodyInit[]
  /** Cuts `body` into the parts in which it arrives; the head is the same. */
  readonly split?: ChunkPlan
  readonly trailers?: HeadersInit
  /** The client's connection; default: 127.0.0.1:50000 to 127.0.0.1:10000. */
  readonly connection?: TestConnectionFacts
  /** Properties (byte strings) by path with dots, before the host's; {@link encodeProperties} makes them. */
  readonly properties?: PropertyTexts
  /** Who takes it, from 1; default: the workers in turn. */
  readonly worker?: number
  /** What the upstream does with this request, instead of the host's `upstream`. */
  readonly upstream?: Upstream | UpstreamAnswer
}

/** What properties (`source`, `destination`, `xds`), headers and logs say of a client's connection. */
export interface TestConnectionFacts {
  /** `ip:port`, of IPv6 `[ip]:port`. */
  readonly remoteAddress?: string
  readonly localAddress?: string
  readonly direction?: 'unspecified' | 'inbound' | 'outbound'
  /** Default: the client does not speak TLS. */
  readonly tls?: TestTlsFacts
}

/** A connection to a host of connections. */
export interface TestConnectionOptions extends TestConnectionFacts {
  /** Properties (byte strings) by path with dots, before the host's. */
  readonly properties?: PropertyTexts
  /** Who takes it, from 1; default: the workers in turn. */
  readonly worker?: number
}

/** The answer that the client got. */
export interface TestResponse {
  /** 0 = no head came. */
  readonly status: number
  readonly headers: HeaderList
  /** First value of a header (lower-case name), or null. */
  header(name: string): string | null
  readonly body: Buffer
  /** The body as a byte string. */
  readonly text: string
  readonly trailers: HeaderList
  /** The connection ended before the answer was complete. */
  readonly isReset: boolean
  /** Response code details and flags, as in the access log. */
  readonly details: string
  readonly flags: string
  /** Virtual milliseconds from the request's last byte to the answer's last byte. */
  readonly tookMillis: number
  /** The requests that arrived upstream for it. */
  readonly upstream: readonly UpstreamRequest[]
}

/** An open stream. */
export class TestStream implements ServerStream {
  readonly protocol = 'HTTP/1.1'
  readonly upstreamRequests: UpstreamRequest[] = []
  requestComplete = false
  /** Chooses the answer of the upstream for this stream; null = the host's. */
  readonly upstream: Upstream | UpstreamAnswer | null
  readonly #time: VirtualTime
  readonly #request: TestRequest
  readonly #parts: Buffer[]
  #receiver: RequestReceiver | null = null
  #info: StreamInfo | null = null
  #nextPart = 0
  #pauses = 0
  #sentAt = 0
  #doneAt = 0
  #head: HeaderMap | null = null
  #body: Buffer[] = []
  #trailers: HeaderMap | null = null
  #state: 'open' | 'complete' | 'reset' | 'left' = 'open'
  #onDone: (() => void) | null = null

  constructor(time: VirtualTime, request: TestRequest) {
    this.#time = time
    this.#request = request
    this.upstream = request.upstream ?? null
    this.#parts = bodyParts(request, request.trailers !== undefined)
  }

  /** True once the response is complete, the stream was reset, or the client has left. */
  get isDone(): boolean {
    return this.#state !== 'open'
  }

  /** The response so far; complete when {@link isDone}. */
  get response(): TestResponse {
    const headers = this.#head === null ? [] : pairsOf(this.#head)
    const body = Buffer.concat(this.#body)
    return {
      status: Number(this.#head?.get(':status') ?? 0),
      headers,
      header: (name) => firstValue(headers, name),
      body,
      text: body.latin1Slice(),
      trailers: this.#trailers === null ? [] : pairsOf(this.#trailers),
      isReset: this.#state === 'reset',
      details: this.#info?.responseCodeDetails ?? '',
      flags: flagNames(this.#info?.responseFlags ?? 0) ?? '-',
      tookMillis: this.#doneAt - this.#sentAt,
      upstream: this.upstreamRequests,
    }
  }

  /** What filters have left for each other and for access logs: values, as byte strings, by name (`wasm.auth.principal`). */
  get published(): ReadonlyMap<string, string> {
    return new Map([...(this.#info?.filterState ?? [])].map(([name, { value }]) => [name, value]))
  }

  /** Resolves with the response; at once when it is already there. Time must be moved by someone else meanwhile. */
  done(): Promise<TestResponse> {
    if (this.isDone) return Promise.resolve(this.response)
    return new Promise((resolve) => {
      this.#onDone = () => resolve(this.response)
    })
  }

  /** The client closes its connection. */
  leave(): void {
    if (this.isDone) return
    this.#end('left')
    this.#receiver!.onReset('connection_termination', '')
    this.#time.settle()
  }

  /** Called once, by the host: delivers the request to its receiver. */
  start(receiver: RequestReceiver, info: StreamInfo): void {
    this.#receiver = receiver
    this.#info = info
    this.#sentAt = this.#time.monotonicMillis()
    this.#doneAt = this.#sentAt
    const isHeadOnly = this.#parts.length === 0 && this.#request.trailers === undefined
    this.requestComplete = isHeadOnly
    receiver.head(this.#requestHead(), isHeadOnly)
    if (!isHeadOnly) this.#deliver()
  }

  // The response.

  head(headers: HeaderMap, endStream: boolean): void {
    // The chain's own map goes to on_log as it is.
    this.#head = headers.clone()
    this.#frame(this.#head, endStream)
    if (endStream) this.#end('complete')
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (end > start) this.#body.push(bytes.subarray(start, end))
    if (endStream) this.#end('complete')
  }

  trailers(trailers: HeaderMap): void {
    this.#trailers = trailers
    this.#end('complete')
  }

  informational(): void {}

  reset(_reason: ResetReason): void {
    if (!this.isDone) this.#end('reset')
  }

  lingerAfterResponse(): void {
    // There is no connection that could end.
  }

  handOver(receiver: RequestReceiver): void {
    this.#receiver = receiver
  }

  closeAfterResponse(): void {}

  pauseReads(): void {
    this.#pauses++
  }

  resumeReads(): void {
    this.#pauses--
    if (this.#pauses === 0 && !this.requestComplete) this.#time.defer(() => this.#deliver())
  }

  #deliver(): void {
    while (!this.requestComplete && this.#pauses === 0 && !this.isDone) {
      const bytes = this.#parts[this.#nextPart++]
      if (bytes === undefined) return this.#deliverTrailers()
      const isLast = this.#nextPart === this.#parts.length && this.#request.trailers === undefined
      this.requestComplete = isLast
      this.#receiver!.data(bytes, 0, bytes.length, isLast)
    }
  }

  #deliverTrailers(): void {
    this.requestComplete = true
    this.#receiver!.trailers(headerMap(this.#request.trailers, 0))
  }

  /** In the order in which the HTTP/1 codec builds it. */
  #requestHead(): HeaderMap {
    const { method = 'GET', path = '/', headers, body, chunks, trailers } = this.#request
    const map = new HeaderMap()
    map.fields.push(':authority', 'test.host', ':path', path, ':method', method, ':scheme', 'http')
    if (headers !== undefined) addHeaders(map, headers)
    const host = map.get('host')
    if (host !== null) {
      map.setInPlace(':authority', host)
      map.remove('host')
    }
    if (chunks !== undefined || trailers !== undefined) map.push('transfer-encoding', 'chunked')
    else if (body !== undefined && !map.has('content-length')) map.push('content-length', String(sizeOf(this.#parts)))
    return map
  }

  /** What the HTTP/1 codec adds so that the client knows where the message ends. */
  #frame(headers: HeaderMap, endStream: boolean): void {
    const status = Number(headers.get(':status'))
    const hasBody = this.#request.method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304
    if (!hasBody || headers.has('content-length')) return
    if (endStream) headers.push('content-length', '0')
    else headers.push('transfer-encoding', 'chunked')
  }

  #end(state: 'complete' | 'reset' | 'left'): void {
    this.#state = state
    this.#doneAt = this.#time.monotonicMillis()
    const onDone = this.#onDone
    // The stream's own end of life runs first: details and flags are final then.
    if (onDone !== null) this.#time.defer(onDone)
  }
}

/** Fields of a response without `:status`. */
function pairsOf(map: HeaderMap): [string, string][] {
  return listOf(map).filter(([name]) => name !== ':status')
}
