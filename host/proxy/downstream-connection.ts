/** One client connection: its codec, its identity, and how long it may be idle or be used (hot: `newStream` per request). */
import type { HttpConnectionManager } from '../chain/connection-manager.ts'
import type { StreamCount } from '../chain/stream-count.ts'
import type { HttpStream } from '../chain/http-stream.ts'
import type { HttpChainConfig, ListenerConfig } from '../config/types.ts'
import type { CodecRefusal, RequestReceiver, ServerConnectionEvents } from '../http/codec.ts'
import type { ConnectionInfo, StreamInfo } from '../http/stream-info.ts'
import { Http1ServerConnection, type Http1ServerOptions } from '../http1/server.ts'
import type { Http1ServerStream } from '../http1/server-stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { AcceptedConnection } from './accepted-connection.ts'
import { HttpDownstreamStats } from './downstream-stats.ts'
import { listenerStatName, type ConnectionFactory, type ListenerContext, type OpenConnection } from './listener.ts'

/** What the connections of a listener share. */
interface DownstreamContext {
  readonly config: HttpChainConfig
  readonly manager: HttpConnectionManager
  readonly codec: Http1ServerOptions
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
    const { clock, timers, loggers } = context
    const codec: Http1ServerOptions = {
      http1: http.http1,
      scheme: 'http',
      bufferLimit: listener.bufferLimit,
      requestHeadersTimeout: http.requestHeadersTimeout,
      delayedCloseTimeout: http.delayedCloseTimeout,
      timers,
      log: loggers.get('http'),
    }
    const stats = new HttpDownstreamStats(context.stats, listenerStatName(listener), http.statPrefix)
    this.context = { config, manager, codec, stats, clock, timers }
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

class DownstreamConnection implements ServerConnectionEvents, OpenConnection {
  readonly #connections: HttpConnections
  /** As it was when the connection was opened. */
  readonly #context: DownstreamContext
  readonly #onClosed: (connection: OpenConnection) => void
  readonly #codec: Http1ServerConnection
  readonly #info: ConnectionInfo
  readonly #openedAt: number
  readonly #idleTimer: Timer | null
  #drainTimer: Timer | null = null
  /** Of the last request: says since when the connection is idle, at no cost per request. */
  #lastStream: StreamInfo | null = null
  #requests = 0

  constructor(accepted: AcceptedConnection, connections: HttpConnections, onClosed: (connection: OpenConnection) => void) {
    const { context } = connections
    const { config, clock, timers, stats } = context
    this.#connections = connections
    this.#context = context
    this.#onClosed = onClosed
    this.#info = accepted.info
    this.#openedAt = clock.monotonicMillis()
    this.#codec = new Http1ServerConnection(context.codec, this, accepted.open)
    this.#idleTimer = config.http.idleTimeout > 0 ? timers.create(() => this.#checkIdle()) : null
    this.#idleTimer?.arm(config.http.idleTimeout)
    stats.opened()
  }

  drain(): void {
    const { config, stats, timers } = this.#context
    if (this.#drainTimer !== null) return
    stats.drainCloses.add(1)
    this.#codec.announceEnd()
    this.#drainTimer = timers.create(() => this.#codec.drain())
    this.#drainTimer.arm(Math.max(1, config.http.drainTimeout))
  }

  close(): void {
    this.#codec.close()
  }

  newStream(server: Http1ServerStream): RequestReceiver {
    const { manager, config, stats } = this.#connections.context
    const stream = manager.newStream(server, this.#info)
    this.#lastStream = stream.info
    this.#requests++
    if (this.#requests === config.http.maxRequestsPerConnection) {
      stats.maxRequestsReached.add(1)
      server.closeAfterResponse()
    }
    return stream
  }

  onRefused(server: Http1ServerStream, refusal: CodecRefusal): void {
    // With a receiver it is the request's body that is refused: the receiver is what newStream returned.
    const { manager } = this.#connections.context
    const stream = server.receiver === null ? manager.newStream(server, this.#info) : (server.receiver as HttpStream)
    stream.refuse(refusal)
  }

  onClosed(): void {
    const { stats, clock } = this.#context
    this.#idleTimer?.disarm()
    this.#drainTimer?.disarm()
    stats.closed(clock.monotonicMillis() - this.#openedAt)
    this.#onClosed(this)
  }

  #checkIdle(): void {
    const left = this.#context.config.http.idleTimeout - this.#idleMillis()
    if (left > 0) return this.#idleTimer!.arm(left)
    this.#context.stats.idleTimeouts.add(1)
    this.#codec.drain()
  }

  #idleMillis(): number {
    if (this.#codec.activeStreams > 0) return 0
    const since = this.#lastStream === null ? this.#openedAt : this.#lastStream.completeMillis
    return this.#context.clock.monotonicMillis() - since
  }
}
