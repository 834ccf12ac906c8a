/** One client connection: its codec, its identity, and how long it may be idle or be used (hot: `newStream` per request). */
import type { Socket } from 'node:net'
import type { HttpConnectionManager } from '../chain/connection-manager.ts'
import type { StreamCount } from '../chain/stream-count.ts'
import type { HttpChainConfig, ListenerConfig } from '../config/types.ts'
import type { CodecRefusal, RequestReceiver, ServerConnectionEvents } from '../http/codec.ts'
import type { ConnectionInfo, StreamInfo } from '../http/stream-info.ts'
import type { Http1ServerStream } from '../http1/server-stream.ts'
import { Http2ServerConnection } from '../http2/server.ts'
import type { Http2ServerStream } from '../http2/server-stream.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import type { ManagedStream } from '../tap/tapped-stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { AcceptedConnection } from './accepted-connection.ts'
import { CodecChoice, type CodecName, knownCodec } from './codec-choice.ts'
import { type DownstreamCodec, DownstreamCodecs } from './downstream-codecs.ts'
import { HttpDownstreamStats } from './downstream-stats.ts'
import { listenerStatName, type ConnectionFactory, type ListenerContext, type OpenConnection } from './listener.ts'

/** What the connections of a listener share. */
interface DownstreamContext {
  readonly config: HttpChainConfig
  readonly manager: HttpConnectionManager
  readonly codecs: DownstreamCodecs
  readonly stats: HttpDownstreamStats
  readonly clock: Clock
  readonly timers: Timers
}

/** Makes the connections of an HTTP listener. */
export class HttpConnections implements ConnectionFactory {
  /** For new connections, and for new streams of open ones. */
  context: DownstreamContext

  constructor(config: HttpChainConfig, listener: ListenerConfig, manager: HttpConnectionManager, context: ListenerContext) {
    const { http } = config
    const { clock, timers } = context
    const codecs = new DownstreamCodecs(http, config.tls !== null, listener.bufferLimit, context)
    const stats = new HttpDownstreamStats(context.stats, listenerStatName(listener), http.statPrefix)
    this.context = { config, manager, codecs, stats, clock, timers }
  }

  get stats(): HttpDownstreamStats {
    return this.context.stats
  }

  get streams(): StreamCount {
    return this.context.manager.streams
  }

  adopt(next: ConnectionFactory): boolean {
    if (!(next instanceof HttpConnections)) return false
    this.context = next.context
    return true
  }

  open(accepted: AcceptedConnection, onClosed: (connection: OpenConnection) => void): OpenConnection {
    return new DownstreamConnection(accepted, this, onClosed)
  }
}

/** A request at either codec. */
type CodecStream = Http1ServerStream | Http2ServerStream

class DownstreamConnection implements ServerConnectionEvents, OpenConnection {
  readonly #connections: HttpConnections
  /** As it was when the connection was opened. */
  readonly #context: DownstreamContext
  readonly #onClosed: (connection: OpenConnection) => void
  /** Null while the client has not shown what it speaks. */
  #codec: DownstreamCodec | null = null
  #codecName: CodecName = 'HTTP1'
  /** Until there is a codec the connection's ends are ours. */
  #socket: Socket | null = null
  readonly #info: ConnectionInfo
  readonly #openedAt: number
  readonly #idleTimer: Timer | null
  #drainTimer: Timer | null = null
  /** Null = the connection may live for ever. */
  readonly #lifeTimer: Timer | null
  /** Of the last request: says since when the connection is idle, at no cost per request. */
  #lastStream: StreamInfo | null = null
  #requests = 0

  constructor(accepted: AcceptedConnection, connections: HttpConnections, onClosed: (connection: OpenConnection) => void) {
    const { context } = connections
    const { config, clock, timers } = context
    this.#connections = connections
    this.#context = context
    this.#onClosed = onClosed
    this.#info = accepted.info
    this.#openedAt = clock.monotonicMillis()
    this.#idleTimer = config.http.idleTimeout > 0 ? timers.create(() => this.#checkIdle()) : null
    this.#idleTimer?.arm(config.http.idleTimeout)
    const { maxConnectionDuration } = config.http
    this.#lifeTimer = maxConnectionDuration > 0 ? timers.create(() => this.#endLife()) : null
    this.#lifeTimer?.arm(maxConnectionDuration)
    const known = knownCodec(config.http.codec, this.#info.tls?.alpn ?? '')
    if (known !== null) this.#openCodec(known, accepted.open)
    else this.#watch(accepted.open(new CodecChoice((name) => this.#choose(name))))
  }

  drain(): void {
    if (this.#drainTimer !== null) return
    this.#context.stats.drainCloses.add(1)
    this.#beginEnd()
  }

  close(): void {
    if (this.#codec === null) this.#socket!.destroy()
    else this.#codec.close()
  }

  newStream(server: CodecStream): RequestReceiver {
    const { manager, config, stats } = this.#connections.context
    const stream = manager.newStream(server, this.#info)
    this.#lastStream = stream.info
    this.#requests++
    if (this.#requests === config.http.maxRequestsPerConnection) {
      stats.maxRequestsReached.add(1)
      this.#beginEnd()
    }
    return stream
  }

  onHandedOver(receiver: RequestReceiver): void {
    this.#lastStream = (receiver as ManagedStream).info // the chain makes all receivers
  }

  onRefused(server: CodecStream, refusal: CodecRefusal): void {
    // With a receiver it is the request's body that is refused: the receiver is a stream of the chain.
    const { manager } = this.#connections.context
    const stream = server.receiver === null ? manager.newStream(server, this.#info) : (server.receiver as ManagedStream)
    stream.refuse(refusal)
  }

  onClosed(): void {
    this.#idleTimer?.stop()
    this.#lifeTimer?.stop()
    this.#drainTimer?.stop()
    if (this.#codec !== null) this.#context.stats.codecClosed(this.#codecName)
    this.#onClosed(this)
  }

  /** Looks after a connection without a codec. */
  #watch(socket: Socket): void {
    this.#socket = socket
    socket.on('error', ignore)
    socket.on('end', () => this.#codec ?? socket.destroy())
    socket.on('close', () => this.#codec ?? this.onClosed())
  }

  /** The client has shown what it speaks: the codec takes the socket over. */
  #choose(name: CodecName): SocketRead {
    let read: SocketRead | null = null
    this.#openCodec(name, (onread) => {
      read = onread
      return this.#socket!
    })
    return read!
  }

  #openCodec(name: CodecName, open: (onread: SocketRead) => Socket): void {
    this.#codecName = name
    this.#context.stats.codecOpened(name)
    this.#codec = this.#context.codecs.open(name, this, open)
    if (this.#drainTimer !== null) this.#codec.announceEnd()
  }

  /** The client is told, and has time to see it. */
  #beginEnd(): void {
    if (this.#drainTimer !== null) return
    this.#codec?.announceEnd()
    const { config, timers } = this.#context
    this.#drainTimer = timers.create(() => this.#end())
    this.#drainTimer.arm(Math.max(1, config.http.drainTimeout))
  }

  #endLife(): void {
    this.#context.stats.maxDurationReached.add(1)
    this.#beginEnd()
  }

  /** Ends with the last open stream. */
  #end(): void {
    if (this.#codec === null) this.#socket!.destroy()
    else this.#codec.drain()
  }

  #checkIdle(): void {
    const left = this.#context.config.http.idleTimeout - this.#idleMillis()
    if (left > 0) return this.#idleTimer!.arm(left)
    this.#context.stats.idleTimeouts.add(1)
    // A client of HTTP/2 may have a request on its way; one of HTTP/1 must expect that an idle connection closes.
    if (this.#codecName === 'HTTP2') this.#beginEnd()
    else this.#end()
  }

  #idleMillis(): number {
    const codec = this.#codec
    if (codec !== null && codec.activeStreams > 0) return 0
    return this.#context.clock.monotonicMillis() - this.#idleSince(codec)
  }

  #idleSince(codec: DownstreamCodec | null): number {
    if (this.#lastStream === null) return this.#openedAt
    // Its streams may end in another order than they began.
    return codec instanceof Http2ServerConnection ? codec.emptySince : this.#lastStream.completeMillis
  }
}

function ignore(): void {
  // `close` follows and says all there is to do.
}
