/** One client connection: its codec, its identity, and how long it may be idle or be used (hot: `newStream` per request). */
import type { Socket } from 'node:net'
import type { HttpConnectionManager } from '../chain/connection-manager.ts'
import type { HttpStream } from '../chain/http-stream.ts'
import { addressLabel } from '../cluster/endpoint.ts'
import type { ListenerConfig } from '../config/types.ts'
import type { CodecRefusal, RequestReceiver, ServerConnectionEvents } from '../http/codec.ts'
import type { ConnectionInfo, StreamInfo } from '../http/stream-info.ts'
import { Http1ServerConnection, type Http1ServerOptions } from '../http1/server.ts'
import type { Http1ServerStream } from '../http1/server-stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Timer, Timers } from '../util/timers.ts'
import { withSharedReads } from './accepted-socket.ts'
import type { DownstreamStats } from './downstream-stats.ts'

/** What the connections of a listener share. */
export interface DownstreamContext {
  readonly config: ListenerConfig
  readonly manager: HttpConnectionManager
  readonly codec: Http1ServerOptions
  readonly stats: DownstreamStats
  readonly clock: Clock
  readonly timers: Timers
  readonly nextConnectionId: () => number
  readonly onClosed: (connection: DownstreamConnection) => void
}

export class DownstreamConnection implements ServerConnectionEvents {
  readonly #context: DownstreamContext
  readonly #codec: Http1ServerConnection
  readonly #info: ConnectionInfo
  readonly #openedAt: number
  readonly #idleTimer: Timer | null
  /** Of the last request: says since when the connection is idle, at no cost per request. */
  #lastStream: StreamInfo | null = null
  #requests = 0

  constructor(socket: Socket, context: DownstreamContext) {
    const { config, clock, timers, stats } = context
    this.#context = context
    this.#info = describe(socket, config, context.nextConnectionId())
    this.#openedAt = clock.monotonicMillis()
    this.#codec = new Http1ServerConnection(context.codec, this, (onread) => withSharedReads(socket, onread))
    this.#idleTimer = config.http.idleTimeout > 0 ? timers.create(() => this.#checkIdle()) : null
    this.#idleTimer?.arm(config.http.idleTimeout)
    stats.opened()
  }

  drain(): void {
    this.#context.stats.drainCloses.add(1)
    this.#codec.drain()
  }

  close(): void {
    this.#codec.close()
  }

  newStream(server: Http1ServerStream): RequestReceiver {
    const stream = this.#context.manager.newStream(server, this.#info)
    this.#lastStream = stream.info
    this.#requests++
    if (this.#requests === this.#context.config.http.maxRequestsPerConnection) {
      this.#context.stats.maxRequestsReached.add(1)
      server.closeAfterResponse()
    }
    return stream
  }

  onRefused(server: Http1ServerStream, refusal: CodecRefusal): void {
    // With a receiver it is the request's body that is refused: the receiver is what newStream returned.
    const stream =
      server.receiver === null ? this.#context.manager.newStream(server, this.#info) : (server.receiver as HttpStream)
    stream.refuse(refusal)
  }

  onClosed(): void {
    const { stats, clock, onClosed } = this.#context
    this.#idleTimer?.disarm()
    stats.closed(clock.monotonicMillis() - this.#openedAt)
    onClosed(this)
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

function describe(socket: Socket, config: ListenerConfig, id: number): ConnectionInfo {
  const remoteHost = socket.remoteAddress ?? ''
  return {
    id,
    remoteAddress: addressLabel(remoteHost, socket.remotePort ?? 0),
    remoteHost,
    localAddress: addressLabel(socket.localAddress ?? '', socket.localPort ?? 0),
    filterChainName: config.filterChainName,
    listenerDirection: config.direction,
    listenerMetadata: config.metadata,
  }
}
