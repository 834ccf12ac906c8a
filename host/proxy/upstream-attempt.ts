/**
 * One attempt to have a request answered by one endpoint (hot). States: waiting (for a connection) → active → ended.
 * While it waits it keeps what comes of the request, up to the cluster's buffer limit
 * (source/common/router/upstream_request.cc).
 */
import type { Cluster } from '../cluster/cluster.ts'
import type { ConnectionPool, PoolRequest } from '../cluster/connection-pool.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import type { UpstreamConnection } from '../cluster/upstream-connection.ts'
import { BodyBuffer } from '../http/body-buffer.ts'
import type { ClientStream, ResetReason, ResponseReceiver } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { PeakEwma } from '../cluster/peak-ewma.ts'
import type { TryTimers } from './try-timers.ts'
import { keep } from '../socket/read-buffer.ts'

/** The stream whose request this is. Nothing follows after the end of the answer or a reset. */
export interface UpstreamOwner {
  /** Begins the stream of the attempt on a connection. */
  openUpstream(attempt: UpstreamAttempt, connection: UpstreamConnection): ClientStream
  onUpstreamConnected(attempt: UpstreamAttempt): void
  onUpstreamInformational(attempt: UpstreamAttempt, headers: HeaderMap): void
  onUpstreamHead(attempt: UpstreamAttempt, headers: HeaderMap, endStream: boolean): void
  onUpstreamData(attempt: UpstreamAttempt, bytes: Buffer, start: number, end: number, endStream: boolean): void
  onUpstreamTrailers(attempt: UpstreamAttempt, trailers: HeaderMap): void
  /** The attempt failed; `transport` says what the connection saw, or ''. */
  onUpstreamReset(attempt: UpstreamAttempt, reason: ResetReason, transport: string): void
  /** The upstream takes the request slowly; calls come in pairs with the next one. */
  onUpstreamSlow(): void
  onUpstreamReady(): void
}

const NOTHING = Buffer.alloc(0)

export class UpstreamAttempt implements PoolRequest, ResponseReceiver {
  readonly endpoint: Endpoint
  readonly #pool: ConnectionPool
  readonly #owner: UpstreamOwner
  readonly #bufferLimit: number
  readonly #sendsTrailers: boolean
  /** Null = it may take as long as the whole. */
  timers: TryTimers | null = null
  /** It has taken longer than an attempt should; another one was started beside it. */
  isSlow = false
  isHedged = false
  /** Null until it has one. */
  connection: UpstreamConnection | null = null
  #stream: ClientStream | null = null
  /** Wants to know how long the answer takes, and does not yet; null = nobody does. */
  #latency: PeakEwma | null
  readonly #startedAt: number
  #isEnded = false
  #isComplete = false
  #isOwnerPaused = false
  #keptHead: HeaderMap | null = null
  #keptBody: BodyBuffer | null = null
  #keptTrailers: HeaderMap | null = null
  /** Pauses of the answer asked for before the stream existed. */
  #earlyPauses: number

  /** `pool` is one of the endpoint; `pauses`: how often the answer is paused already. */
  constructor(owner: UpstreamOwner, endpoint: Endpoint, pool: ConnectionPool, { config }: Cluster, pauses: number) {
    this.#owner = owner
    this.endpoint = endpoint
    this.#pool = pool
    this.#bufferLimit = config.bufferLimit
    this.#sendsTrailers = config.enableTrailers
    this.#earlyPauses = pauses
    this.#latency = endpoint.latency
    this.#startedAt = this.#latency === null ? 0 : this.#latency.now()
  }

  /** The upstream may have seen of the request. */
  get isStarted(): boolean {
    return this.#stream !== null
  }

  // The request.

  /** Sends the head as soon as there is a connection; the owner's calls may come from inside. */
  start(headers: HeaderMap, endStream: boolean): void {
    this.#keptHead = headers
    this.#isComplete = endStream
    this.#pool.acquire(this)
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#isEnded) return
    this.#isComplete = endStream
    if (this.#stream === null) return this.#keepData(bytes, start, end)
    this.#stream.data(bytes, start, end, endStream)
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.#isEnded) return
    this.#isComplete = true
    if (this.#stream === null) this.#keptTrailers = trailers
    else this.#writeTrailers(this.#stream, trailers)
  }

  /** Gives the attempt up; no call to the owner follows. */
  abandon(): void {
    if (this.#isEnded) return
    this.#end()
    if (this.#stream !== null) this.#stream.reset('local_reset')
    else this.#pool.abandon(this)
  }

  /** Another attempt follows: what the upstream could not take no longer holds the request. */
  releaseOwner(): void {
    this.#resumeOwner()
  }

  pauseReads(): void {
    if (this.#stream === null) this.#earlyPauses++
    else this.#stream.pauseReads()
  }

  resumeReads(): void {
    if (this.#stream === null) this.#earlyPauses--
    else this.#stream.resumeReads()
  }

  // The connection.

  onPoolReady(connection: UpstreamConnection): void {
    this.connection = connection
    const stream = this.#owner.openUpstream(this, connection)
    this.#stream = stream
    for (; this.#earlyPauses > 0; this.#earlyPauses--) stream.pauseReads()
    this.#owner.onUpstreamConnected(this)
    this.#sendKept(stream)
    this.#resumeOwner()
  }

  onPoolFailure(reason: ResetReason, details: string): void {
    this.onReset(reason, details)
  }

  onAboveHighWatermark(): void {
    this.#pauseOwner()
  }

  onBelowLowWatermark(): void {
    this.#resumeOwner()
  }

  onReset(reason: ResetReason, details: string): void {
    if (this.#isEnded) return
    this.#end()
    this.endpoint.counts.rqError++
    this.#owner.onUpstreamReset(this, reason, details)
  }

  // The answer.

  informational(headers: HeaderMap): void {
    this.#owner.onUpstreamInformational(this, headers)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    if (this.#latency !== null) this.#onHeadInTime(this.#latency)
    if (endStream) this.#onAnswered()
    this.#owner.onUpstreamHead(this, headers, endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.#onAnswered()
    this.#owner.onUpstreamData(this, bytes, start, end, endStream)
  }

  trailers(trailers: HeaderMap): void {
    this.#onAnswered()
    this.#owner.onUpstreamTrailers(this, trailers)
  }

  #onHeadInTime(latency: PeakEwma): void {
    this.#latency = null
    latency.onAnswer(this.#startedAt)
  }

  /** An answer that ends before its request leaves a stream that can only be cut. */
  #onAnswered(): void {
    this.#end()
    if (this.#isComplete) return
    this.#stream!.reset('local_reset')
    this.#resumeOwner()
  }

  #end(): void {
    this.#isEnded = true
    if (this.#latency !== null) this.#latency.onFailure(this.#startedAt)
    if (this.timers !== null) this.timers.stop()
  }

  #keepData(bytes: Buffer, start: number, end: number): void {
    this.#keptBody ??= new BodyBuffer()
    this.#keptBody.append(keep(bytes, start, end))
    if (this.#keptBody.length > this.#bufferLimit) this.#pauseOwner()
  }

  #sendKept(stream: ClientStream): void {
    const head = this.#keptHead!
    const body = this.#keptBody
    const trailers = this.#keptTrailers
    this.#keptHead = this.#keptBody = this.#keptTrailers = null
    const isComplete = this.#isComplete && trailers === null
    stream.head(head, isComplete && body === null)
    if (body !== null) writeChunks(stream, body, isComplete)
    if (trailers !== null) this.#writeTrailers(stream, trailers)
  }

  #writeTrailers(stream: ClientStream, trailers: HeaderMap): void {
    if (this.#sendsTrailers) stream.trailers(trailers)
    else stream.data(NOTHING, 0, 0, true)
  }

  #pauseOwner(): void {
    if (this.#isOwnerPaused) return
    this.#isOwnerPaused = true
    this.#owner.onUpstreamSlow()
  }

  #resumeOwner(): void {
    if (!this.#isOwnerPaused) return
    this.#isOwnerPaused = false
    this.#owner.onUpstreamReady()
  }
}

function writeChunks(stream: ClientStream, body: BodyBuffer, endStream: boolean): void {
  const chunks = body.chunks
  if (chunks.length === 0) return stream.data(NOTHING, 0, 0, endStream)
  for (let i = 0; i < chunks.length; i++) {
    const chunk = chunks[i]!
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    stream.data(bytes, 0, bytes.length, endStream && i === chunks.length - 1)
  }
}
