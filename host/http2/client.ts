/**
 * An upstream HTTP/2 connection (hot): every request is a stream of it.
 *
 *   connecting ─▶ open ──GOAWAY, identifiers used up──▶ leaving ──last stream──▶ closed by its pool
 *     └───────────────┴─── fault of the peer: GOAWAY ──────┴──────────────────▶ closed
 *
 * The first request does not wait for the peer's settings, the others do.
 */
import type { Socket } from 'node:net'
import type { ClientConnection, ClientConnectionEvents, ResetReason, ResponseReceiver } from '../http/codec.ts'
import { connectFailure, connectFailureReason } from '../socket/connect-failure.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import { readyEvent } from '../socket/ready-event.ts'
import { enterTurn, leaveTurn } from '../socket/turn.ts'
import { assert } from '../util/assert.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { Timers } from '../util/timers.ts'
import type { BlockFields } from './block-fields.ts'
import { Http2ClientStream } from './client-stream.ts'
import { Http2Connection, type Http2ConnectionOptions } from './connection.ts'
import { Http2Error, MAX_STREAM_ID, PREFACE } from './frames.ts'
import { Keepalive } from './keepalive.ts'
import { readTrailers } from './request-head.ts'
import { NameFlag } from '../http/names.ts'
import { Http2ResponseHead } from './response-head.ts'
import type { Http2Stream } from './stream.ts'
import { toSwitchingProtocols } from './upgrade.ts'

/** What all HTTP/2 connections of a cluster share. */
export interface Http2ClientOptions extends Http2ConnectionOptions {
  readonly timers: Timers
  readonly random: Random
  readonly log: Logger
}

/** Streams before the peer has said how many it takes, which it does at once: those beyond would be refused. */
const UNKNOWN_LIMIT = 1

/** For the log. */
const MALFORMED = 'http2.violation.of.messaging.rule'

const responseHead = new Http2ResponseHead()

export class Http2ClientConnection extends Http2Connection implements ClientConnection {
  readonly options: Http2ClientOptions
  readonly events: ClientConnectionEvents
  /** Null = none is wanted, or the connection is not yet there. */
  keepalive: Keepalive | null = null
  /** Servers begin no streams: push is never allowed. */
  protected readonly lastPeerId = 0
  nextId = 1
  isConnected = false
  isLeaving = false
  /** The peer broke the protocol. */
  isViolated = false
  error: Error | null = null
  /** Monotonic milliseconds when the last stream ended. */
  emptySince = 0

  /** `open` makes the socket, connecting, with the given way to read. */
  constructor(options: Http2ClientOptions, events: ClientConnectionEvents, open: (onread: SocketRead) => Socket) {
    super(options, open)
    this.options = options
    this.events = events
    this.socket.on(readyEvent(this.socket), () => this.#onConnect())
    this.socket.on('end', () => this.#onEnd())
    this.socket.on('error', (error) => void (this.error = error))
    this.socket.on('close', () => this.#onClose())
  }

  /** Zero once the connection takes no more. */
  get maxStreams(): number {
    if (this.isLeaving || this.isGone) return 0
    const allowed = this.hasSettings ? this.peer.maxConcurrentStreams : UNKNOWN_LIMIT
    return Math.min(this.config.maxConcurrentStreams, allowed)
  }

  newStream(receiver: ResponseReceiver): Http2ClientStream {
    assert(this.streams.size < this.maxStreams, 'a request on an HTTP/2 connection without room')
    this.#pingIfQuiet()
    const stream = new Http2ClientStream(this, receiver, this.nextId)
    this.nextId += 2
    this.streams.add(stream.id, stream)
    this.flood.openedStreams++
    this.statistics.streamsActive.add(1)
    if (this.nextId > MAX_STREAM_ID) this.#announceLeave()
    return stream
  }

  close(): void {
    this.terminate('connection_termination')
    this.socket.destroy()
  }

  /** The owner has given a stream up. */
  abandon(stream: Http2ClientStream, code: Http2Error): void {
    if (stream.isHeadSent) this.resetStream(stream, code)
    else this.closeStream(stream)
    this.events.onStreamReset('local_reset')
  }

  /** What a peer did is in the log of its owner, not in the details of a stream. */
  override terminate(reason: ResetReason, details = ''): void {
    if (details !== '') this.options.log.log(1, `HTTP/2 connection to an upstream ended: ${details}`)
    this.#leave()
    super.terminate(reason, '')
  }

  sendPing(): void {
    if (!this.isGone) this.writePing()
  }

  /** The upstream does not answer: it is gone, or hangs. */
  onKeepaliveTimeout(): void {
    this.statistics.keepaliveTimeout.add(1)
    this.close()
  }

  // What the server says.

  protected isIdle(id: number): boolean {
    return (id & 1) === 0 || id >= this.nextId
  }

  protected onBlockBegun(): void {
    // A response takes no time of its own.
  }

  protected onBlock(id: number, endStream: boolean, block: BlockFields): boolean {
    const stream = this.streams.get(id) as Http2ClientStream | undefined
    if (stream === undefined) {
      return this.isIdle(id) ? this.fail(Http2Error.ProtocolError, 'HEADERS: stream is idle') : this.idleFrame()
    }
    if (stream.hasHead) return this.onTrailers(stream, endStream, readTrailers(block, NameFlag.JoinsInTrailers))
    if (block.isTooLarge) return this.#refuseLarge(stream, block)
    if (!responseHead.read(block, endStream)) return this.malformed(stream, MALFORMED)
    return this.#onHead(stream, endStream)
  }

  #onHead(stream: Http2ClientStream, endStream: boolean): boolean {
    const { map, status, contentLength, isInformational } = responseHead
    if (isInformational) {
      stream.receiver.informational(map)
      return !this.isGone
    }
    const isBare = stream.isHead || status === 204 || status === 304
    if (endStream && contentLength > 0 && !isBare) return this.malformed(stream, MALFORMED)
    stream.bodyLeft = isBare ? 0 : contentLength
    if (stream.upgrade !== '' && status === 200) toSwitchingProtocols(map, stream.upgrade)
    stream.hasHead = true
    stream.isRemoteDone = endStream
    stream.receiver.head(map, endStream)
    this.closeIfDone(stream)
    return !this.isGone
  }

  /** Envoy answers such a head as if the upstream had reset the stream. */
  #refuseLarge(stream: Http2ClientStream, block: BlockFields): boolean {
    const { headerListTooLarge, headerOverflow } = this.statistics
    const counter = block.byteSize > this.limits.maxHeadBytes ? headerListTooLarge : headerOverflow
    counter.add(1)
    this.resetStream(stream, Http2Error.InternalError)
    this.#tell(stream, 'remote_reset')
    return this.idleFrame()
  }

  protected override onPeerSettings(): void {
    // Only clients have a say in push (RFC 9113, 6.5.2).
    if (this.peer.enablesPush) this.fail(Http2Error.ProtocolError, 'SETTINGS: push by a server')
    else this.events.onCapacityChanged()
  }

  protected onPeerReset(stream: Http2Stream, code: number): void {
    this.#tell(stream, reasonOf(code))
  }

  protected onFault(stream: Http2Stream): void {
    this.#tell(stream, 'protocol_error')
  }

  #tell(stream: Http2Stream, reason: ResetReason): void {
    this.events.onStreamReset(reason)
    stream.receiver!.onReset(reason, '')
  }

  /** Streams that the peer has not begun can be sent again elsewhere (RFC 9113, 6.8). */
  protected onGoAway(lastId: number): void {
    this.#announceLeave()
    for (const stream of this.streams.all()) {
      if (stream.id <= lastId || stream.isClosed) continue
      this.closeStream(stream)
      this.#tell(stream, 'remote_refused_stream_reset')
    }
  }

  protected onPingAnswered(): void {
    this.keepalive?.onAnswer()
  }

  // The ends.

  protected onLocalEnd(stream: Http2Stream): void {
    this.closeIfDone(stream)
  }

  /** Streams of a connection that is gone are counted with it. */
  protected onStreamClosed(): void {
    if (this.isGone) return
    this.emptySince = this.now()
    this.events.onStreamEnded(true)
  }

  protected onEnded(): void {
    this.isViolated = true
    this.socket.destroySoon()
  }

  /** Open streams go on; the pool closes the connection when they have ended. */
  #announceLeave(): void {
    this.isLeaving = true
    this.events.onGoAway()
  }

  /** No further streams; the pool no longer offers the connection. */
  #leave(): void {
    if (this.isLeaving) return
    this.isLeaving = true
    this.events.onCapacityChanged()
  }

  #onConnect(): void {
    // Refused meanwhile: `close` follows.
    if (this.isGone || this.socket.destroyed) return
    this.isConnected = true
    this.emptySince = this.now()
    this.#writePreface()
    const { timers, random } = this.options
    const { keepalive } = this.config
    if (keepalive !== null) this.keepalive = new Keepalive(keepalive, this, timers, random)
    enterTurn()
    try {
      this.events.onConnected()
    } finally {
      leaveTurn()
    }
  }

  #writePreface(): void {
    const at = this.output.reserve(PREFACE.length)
    PREFACE.copy(this.output.buffer!, at)
    this.output.length = at + PREFACE.length
    this.writeOwnSettings(false)
  }

  #pingIfQuiet(): void {
    const idleInterval = this.config.keepalive?.idleInterval ?? 0
    if (idleInterval > 0 && this.streams.size === 0 && this.now() - this.emptySince > idleInterval) this.keepalive!.ping()
  }

  #onEnd(): void {
    this.terminate('connection_termination')
    this.socket.destroy()
  }

  #onClose(): void {
    this.keepalive?.stop()
    this.terminate('connection_termination')
    if (!this.isConnected) return this.events.onClosed(connectFailureReason(this.error), connectFailure(this.error))
    this.events.onClosed(this.isViolated ? 'protocol_error' : 'connection_termination', '')
  }
}

/** How Envoy tells a reset by the peer (source/common/http/http2/codec_impl.cc, onFrameReceived). */
function reasonOf(code: number): ResetReason {
  switch (code) {
    case Http2Error.RefusedStream:
      return 'remote_refused_stream_reset'
    case Http2Error.ConnectError:
      return 'connect_error'
    case Http2Error.ProtocolError:
      return 'protocol_error'
    default:
      return 'remote_reset'
  }
}
