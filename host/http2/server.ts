/**
 * A downstream HTTP/2 connection (hot): requests are streams of it.
 *
 *   Open ──announceEnd──▶ Announced ──answer to our PING, or drain──▶ Draining ──last stream──▶ ended
 *     └──────────── fault of the client: GOAWAY ─────────────────────────────────────▶ ended
 *
 * The announcement names no last stream, so requests that are on their way are still served (RFC 9113, 6.8).
 */
import type { Socket } from 'node:net'
import { HEAD_TIMEOUT, type RequestReceiver, type ServerConnection, type ServerConnectionEvents } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { DelayedClose } from '../socket/delayed-close.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import type { Random } from '../util/random.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { BlockFields } from './block-fields.ts'
import { Http2Connection, type Http2ConnectionOptions } from './connection.ts'
import { Http2Error, MAX_STREAM_ID, PREFACE } from './frames.ts'
import { Keepalive } from './keepalive.ts'
import { Http2RequestHead, type UnderscoreRule, readTrailers } from './request-head.ts'
import { Http2ServerStream } from './server-stream.ts'
import type { Http2Stream } from './stream.ts'

/** What all HTTP/2 connections of a listener share. */
export interface Http2ServerOptions extends Http2ConnectionOptions {
  readonly underscores: UnderscoreRule
  /** Time for a head from its first to its last byte, ms; 0 = none. */
  readonly requestHeadersTimeout: number
  /** Time that a client may leave the rest of an answer unread, ms; 0 = for ever. */
  readonly flushTimeout: number
  readonly delayedCloseTimeout: number
  readonly timers: Timers
  readonly random: Random
  /** Counts connections that were ended because most of their streams were begun in vain. */
  readonly tooManyPrematureResets: { add(delta: number): void }
  /** Counts connections that were ended by a fault of the client. */
  readonly protocolErrors: { add(delta: number): void }
}

/** Streams after which most must not have been begun in vain (Envoy's `premature_reset_total_stream_count`). */
const PREMATURE_RESET_STREAMS = 500

const requestHead = new Http2RequestHead()
const CONTINUE = HeaderMap.from([[':status', '100']])

export class Http2ServerConnection extends Http2Connection implements ServerConnection {
  readonly options: Http2ServerOptions
  readonly events: ServerConnectionEvents
  readonly delayedClose: DelayedClose
  readonly keepalive: Keepalive | null
  protected lastPeerId = 0
  prefaceLength = 0
  state: 'open' | 'announced' | 'draining' = 'open'
  flushTimer: Timer | null = null
  headTimer: Timer | null = null
  /** The stream whose block is open, when it began with it. */
  begun: Http2ServerStream | null = null
  endedStreams = 0
  prematureStreams = 0
  /** Monotonic milliseconds when the last stream ended. */
  emptySince = 0

  /** `open` takes over an accepted socket, with the given way to read. */
  constructor(options: Http2ServerOptions, events: ServerConnectionEvents, open: (onread: SocketRead) => Socket) {
    super(options, open)
    this.options = options
    this.events = events
    this.delayedClose = new DelayedClose(this.socket, options.timers, options.delayedCloseTimeout)
    const { keepalive } = options.http2
    this.keepalive = keepalive === null ? null : new Keepalive(keepalive, this, options.timers, options.random)
    this.socket.on('end', () => this.#onEnd())
    this.socket.on('close', () => this.#onClose())
    this.writeOwnSettings(true)
  }

  get activeStreams(): number {
    return this.streams.size
  }

  /** Streams that are on their way are still served; when the client has seen the announcement, none can be. */
  announceEnd(): void {
    if (this.state !== 'open' || this.isGone) return
    this.state = 'announced'
    this.writeGoAway(MAX_STREAM_ID, Http2Error.NoError)
    this.writePing()
  }

  /** What the client begins from here on it begins elsewhere. */
  drain(): void {
    if (this.isGone || this.state === 'draining') return
    this.state = 'draining'
    this.writeGoAway(this.lastPeerId, Http2Error.NoError)
    if (this.streams.size === 0) this.#finish()
  }

  close(): void {
    this.terminate('connection_termination', 'downstream_local_disconnect')
    this.socket.destroy()
  }

  sendPing(): void {
    if (!this.isGone) this.writePing()
  }

  /** The client does not answer: it is gone, or hangs. */
  onKeepaliveTimeout(): void {
    this.statistics.keepaliveTimeout.add(1)
    this.terminate('connection_termination', 'downstream_local_disconnect')
    this.socket.destroy()
  }

  // What the client says.

  protected override readPreface(bytes: Buffer, at: number, end: number): number {
    while (this.prefaceLength < PREFACE.length && at < end) {
      if (bytes[at++] === PREFACE[this.prefaceLength++]) continue
      this.fail(Http2Error.ProtocolError, 'bad connection preface')
      return -1
    }
    return at
  }

  /** Only clients begin streams, with odd identifiers. */
  protected isIdle(id: number): boolean {
    return (id & 1) === 0 || id > this.lastPeerId
  }

  protected onBlockBegun(id: number): void {
    if (id <= this.lastPeerId || (id & 1) === 0 || this.#isRefused()) return
    this.begun = this.#newStream(id)
    if (this.options.requestHeadersTimeout > 0) this.#armHead()
    this.begun.receiver!.headBegun()
  }

  protected onBlock(id: number, endStream: boolean, block: BlockFields): boolean {
    const begun = this.begun
    this.begun = null
    if (begun !== null) return this.#onBegunBlock(begun, endStream, block)
    const stream = this.streams.get(id)
    if (stream !== undefined) return this.onTrailers(stream, endStream, readTrailers(block, 0))
    if ((id & 1) === 0) return this.fail(Http2Error.ProtocolError, 'HEADERS: a stream of the server')
    if (id <= this.lastPeerId) {
      return this.isLate(id) ? this.idleFrame() : this.fail(Http2Error.StreamClosed, 'HEADERS: stream is closed')
    }
    if (this.#isRefused()) return this.#refuseStream(id)
    return this.#onRequest(this.#newStream(id), endStream, block)
  }

  /** No further stream is taken: the client has enough of them, or knows that the connection ends. */
  #isRefused(): boolean {
    return this.state === 'draining' || this.streams.size >= this.config.maxConcurrentStreams
  }

  #refuseStream(id: number): boolean {
    // Beyond the last stream of our GOAWAY nothing is answered (RFC 9113, 6.8).
    if (this.state === 'draining') return this.idleFrame()
    this.lastPeerId = id
    this.statistics.streamRefused.add(1)
    this.writeReset(id, Http2Error.RefusedStream)
    return this.idleFrame()
  }

  #newStream(id: number): Http2ServerStream {
    this.lastPeerId = id
    const stream = new Http2ServerStream(this, id, this.peer.initialWindow, this.config.initialStreamWindow)
    this.streams.add(id, stream)
    this.flood.openedStreams++
    this.statistics.streamsActive.add(1)
    const receiver: RequestReceiver = this.events.newStream(stream)
    stream.receiver = receiver
    return stream
  }

  #onBegunBlock(stream: Http2ServerStream, endStream: boolean, block: BlockFields): boolean {
    this.headTimer?.disarm()
    // It may have been answered meanwhile.
    return stream.isClosed || stream.isLocalDone ? this.idleFrame() : this.#onRequest(stream, endStream, block)
  }

  #onRequest(stream: Http2ServerStream, endStream: boolean, block: BlockFields): boolean {
    if (block.isTooLarge) return this.#refuseLarge(stream, block)
    const { underscores } = this.options
    const fault = requestHead.read(block, endStream, underscores, this.config.allowsConnect)
    if (fault !== null) return this.malformed(stream, fault)
    if (requestHead.underscores > 0) {
      if (underscores === 'REJECT_REQUEST') return this.#refuseUnderscores(stream)
      this.statistics.droppedUnderscores.add(requestHead.underscores)
    }
    stream.isHead = requestHead.method === 'HEAD'
    if (requestHead.method === 'CONNECT') stream.awaitTunnel(requestHead.protocol)
    stream.bodyLeft = requestHead.contentLength
    stream.isRemoteDone = endStream
    if (requestHead.expectsContinue && !endStream) stream.informational(CONTINUE)
    stream.receiver!.head(requestHead.map, endStream)
    return !this.isGone
  }

  #refuseLarge(stream: Http2ServerStream, block: BlockFields): boolean {
    const isLong = block.byteSize > this.limits.maxHeadBytes
    this.statistics.headerOverflow.add(1)
    if (isLong) this.statistics.headerListTooLarge.add(1)
    return this.#refuseHead(stream, isLong ? 'http2.header_list_size_too_large' : 'http2.too_many_headers')
  }

  #refuseUnderscores(stream: Http2ServerStream): boolean {
    this.statistics.rejectedUnderscores.add(1)
    return this.#refuseHead(stream, 'http2.unexpected_underscore')
  }

  /** A head that is well-formed and not wanted: Envoy logs these as if the client had left. */
  #refuseHead(stream: Http2ServerStream, details: string): boolean {
    this.resetStream(stream, Http2Error.InternalError)
    this.#tell(stream, 'remote_reset', details)
    return this.idleFrame()
  }

  protected onPeerReset(stream: Http2Stream, code: number): void {
    this.#tell(stream, 'remote_reset', code === Http2Error.RefusedStream ? 'http2.remote_refuse' : 'http2.remote_reset')
  }

  protected onFault(stream: Http2Stream, details: string): void {
    this.#tell(stream, 'protocol_error', details)
  }

  #tell(stream: Http2Stream, reason: 'remote_reset' | 'protocol_error', details: string): void {
    stream.receiver!.onReset(reason, details)
    this.#checkPremature()
  }

  /** Streams that were begun in vain must not be most of them ("rapid reset", whoever resets). */
  #checkPremature(): void {
    const limit = Math.max(PREMATURE_RESET_STREAMS, this.endedStreams)
    if (this.isGone || this.prematureStreams * 2 < limit) return
    this.options.tooManyPrematureResets.add(1)
    this.calm('codec_error:Too_many_premature_resets')
  }

  protected onGoAway(): void {
    // Its streams go on; no more will come, and we begin none.
  }

  protected onPingAnswered(): void {
    this.keepalive?.onAnswer()
    if (this.state === 'announced') this.drain()
  }

  // The ends.

  /** A response that does not wait for the request's end leaves nothing to send for (RFC 9113, 8.1). */
  protected onLocalEnd(stream: Http2Stream): void {
    if (stream.isRemoteDone) this.closeIfDone(stream)
    else this.resetStream(stream, Http2Error.NoError)
  }

  protected onStreamClosed(stream: Http2Stream): void {
    this.endedStreams++
    const now = this.now()
    if ((stream as Http2ServerStream).isPremature(now)) this.prematureStreams++
    if (this.streams.size > 0) return
    this.emptySince = now
    if (this.state === 'draining' && !this.isGone) this.#finish()
  }

  #finish(): void {
    this.terminate('connection_termination', '')
    this.delayedClose.end()
  }

  protected onEnded(): void {
    this.options.protocolErrors.add(1)
    this.delayedClose.end()
  }

  #onEnd(): void {
    this.terminate('connection_termination', 'downstream_remote_disconnect')
    this.socket.destroy()
  }

  #onClose(): void {
    this.terminate('connection_termination', 'downstream_remote_disconnect')
    this.delayedClose.onClosed()
    this.keepalive?.stop()
    this.flushTimer?.stop()
    this.headTimer?.stop()
    this.events.onClosed()
  }

  // Timers.

  #armHead(): void {
    this.headTimer ??= this.options.timers.create(() => this.#onHeadTimeout())
    this.headTimer.arm(this.options.requestHeadersTimeout)
  }

  #onHeadTimeout(): void {
    const stream = this.begun
    if (stream !== null && !stream.isClosed) this.events.onRefused(stream, HEAD_TIMEOUT)
  }

  /** What the client has not read is not kept for ever: one timer looks after all streams. */
  protected override onWaiting(): void {
    const { flushTimeout, timers } = this.options
    if (flushTimeout === 0 || this.waiting.length > 1) return
    this.flushTimer ??= timers.create(() => this.#checkWaiting())
    this.flushTimer.arm(flushTimeout)
  }

  #checkWaiting(): void {
    const { flushTimeout } = this.options
    const now = this.now()
    let next = flushTimeout
    for (const stream of Array.from(this.waiting)) {
      // While its owner still produces, the owner's own timers run.
      const left = stream.movedAt + flushTimeout - now
      if (left > 0) next = Math.min(next, left)
      else if (stream.isLocalDone && !stream.isClosed) this.#onFlushTimeout(stream)
    }
    if (this.waiting.length > 0 && !this.isGone) this.flushTimer!.arm(next)
  }

  #onFlushTimeout(stream: Http2Stream): void {
    this.statistics.txFlushTimeout.add(1)
    this.resetStream(stream, Http2Error.NoError)
  }
}
