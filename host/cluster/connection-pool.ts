/**
 * The connections of one worker to one endpoint (hot). A connection carries as many requests at a time as its protocol
 * and peer allow: HTTP/1 one. Connections with room are used last in, first out, so that surplus ones run into their
 * idle timeout; requests without a connection wait in order (source/common/conn_pool/conn_pool_base.cc).
 */
import type { ClientConnection, ResetReason } from '../http/codec.ts'
import type { Timers } from '../util/timers.ts'
import type { CircuitBreakers } from './circuit-breakers.ts'
import type { ClusterStats } from './cluster-stats.ts'
import type { Connector, Destination, PooledConnection } from './connector.ts'
import type { EndpointCounts } from './endpoint.ts'
import { UpstreamConnection } from './upstream-connection.ts'

/** A request that wants a connection. Exactly one of the two calls follows `acquire`, unless it is abandoned. */
export interface PoolRequest<C extends PooledConnection = ClientConnection> {
  /** The connection has room for the request, which starts its stream now. May come from inside `acquire`. */
  onPoolReady(connection: UpstreamConnection<C>): void
  /** No connection can be had; `details` says what the transport saw, or ''. */
  onPoolFailure(reason: ResetReason, details: string): void
}

/** What a pool takes from its cluster. */
export interface PoolContext<C extends PooledConnection = ClientConnection> {
  readonly connector: Connector<C>
  readonly timers: Timers
  readonly stats: ClusterStats
  readonly breakers: CircuitBreakers
  /** Milliseconds. */
  readonly connectTimeout: number
  /** Milliseconds; 0 = never. */
  readonly idleTimeout: number
}

export class ConnectionPool<C extends PooledConnection = ClientConnection> {
  readonly context: PoolContext<C>
  readonly counts: EndpointCounts
  readonly #destination: Destination
  readonly #onEmpty: () => void
  /** Connections with room for another request. */
  readonly #free: UpstreamConnection<C>[] = []
  readonly #waiting: PoolRequest<C>[] = []
  readonly #all = new Set<UpstreamConnection<C>>()
  /** Connections of which it is not known how many requests they take. */
  #opening = 0
  #isDraining = false
  /** It has a place among `max_connection_pools`, as long as it has connections. */
  #hasPlace = false

  /** `onEmpty` is called when the last connection is gone, or goes. */
  constructor(destination: Destination, counts: EndpointCounts, context: PoolContext<C>, onEmpty: () => void) {
    this.#destination = destination
    this.#onEmpty = onEmpty
    this.counts = counts
    this.context = context
  }

  /** It is one of the pools that there may be of the cluster. */
  get hasPlace(): boolean {
    return this.#hasPlace
  }

  /** Closes its connections and leaves its place to another pool; false when it has requests. */
  tryYield(): boolean {
    if (!this.#hasPlace || this.#waiting.length > 0 || !this.#all.values().every((connection) => connection.isIdle)) return false
    this.closeConnections()
    this.#leave()
    return true
  }

  /** Hands an idle connection to the request at once, or queues it and connects. */
  acquire(request: PoolRequest<C>): void {
    const connection = this.#free.at(-1)
    if (connection === undefined) return this.#enqueue(request)
    this.#assign(connection, request)
  }

  /** The request no longer waits; harmless when it does not. */
  abandon(request: PoolRequest<C>): void {
    const at = this.#waiting.indexOf(request)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    this.#leaveQueue()
    this.context.stats.rqCancelled.add(1)
  }

  /** Closes idle connections; busy ones close when their last request ends. New requests still work until then. */
  drain(): void {
    this.#isDraining = true
    for (const connection of this.#free.filter((one) => one.isIdle)) connection.close()
  }

  /** Connections that are there take no further requests and close with their last one. */
  retire(): void {
    for (const connection of this.#all) connection.retire()
  }

  /** Closes every connection; their streams are reset. */
  close(): void {
    this.#isDraining = true
    this.#failWaiting('connection_termination', '')
    this.closeConnections()
  }

  /** As `close`, but for new connections, which may follow. */
  closeConnections(): void {
    for (const connection of this.#all) connection.close()
  }

  /** For {@link UpstreamConnection}: it is known how many requests it takes. */
  onConnectionOpened(): void {
    this.#opening--
  }

  /** For {@link UpstreamConnection}: it is connected, takes more, or its request has ended. */
  onConnectionFree(connection: UpstreamConnection<C>): void {
    this.#list(connection)
    while (this.#waiting.length > 0 && connection.hasRoom) this.#assign(connection, this.#takeWaiting())
    if (!connection.isIdle) return
    if (this.#isDraining || connection.isLeaving || this.context.connector.protocol === 'TCP') return connection.close()
    connection.startIdleTimer()
  }

  /** For {@link UpstreamConnection}: it takes no more requests. */
  onConnectionFull(connection: UpstreamConnection<C>): void {
    this.#unlist(connection)
    if (this.#waiting.length > this.#expectedRoom) this.#connect()
  }

  /** For {@link UpstreamConnection}: it is gone. A failed connect fails every request that waits here. */
  onConnectionGone(connection: UpstreamConnection<C>, wasConnecting: boolean, reason: ResetReason, details: string): void {
    this.#all.delete(connection)
    this.context.breakers.connections.release()
    this.counts.cxActive--
    this.#unlist(connection)
    if (wasConnecting) this.#failWaiting(reason, details)
    // A slot under max_connections is free again.
    else if (this.#waiting.length > this.#expectedRoom) this.#connect()
    if (this.#all.size === 0) this.#leave()
  }

  #leave(): void {
    if (!this.#hasPlace) return
    this.#hasPlace = false
    this.context.breakers.connectionPools.release()
    this.#onEmpty()
  }

  #enqueue(request: PoolRequest<C>): void {
    const { breakers, stats } = this.context
    if (!breakers.pendingRequests.tryTake()) {
      stats.rqPendingOverflow.add(1)
      if (this.#all.size === 0) this.#onEmpty()
      return request.onPoolFailure('overflow', '')
    }
    this.counts.rqPendingActive++
    stats.rqPendingTotal.add(1)
    this.#waiting.push(request)
    if (this.#waiting.length > this.#expectedRoom) this.#connect()
  }

  /** Opens a connection within `max_connections`; a pool without any may always have one. */
  #connect(): void {
    const { breakers, stats, connector } = this.context
    if (!breakers.connections.tryTake()) {
      stats.cxOverflow.add(1)
      if (this.#all.size > 0) return
      breakers.connections.take()
    }
    stats.cxTotal.add(1)
    if (connector.protocol !== 'TCP') this.#open()
    this.counts.cxTotal++
    this.counts.cxActive++
    this.#opening++
    const connection = new UpstreamConnection<C>(this)
    this.#all.add(connection)
    connection.connect(this.#destination)
  }

  /** Connections without a protocol need no place. */
  #open(): void {
    this.context.stats.cxOfProtocol.add(1)
    if (this.#hasPlace) return
    this.#hasPlace = true
    this.context.breakers.connectionPools.take()
  }

  #takeWaiting(): PoolRequest<C> {
    this.#leaveQueue()
    return this.#waiting.shift()!
  }

  #leaveQueue(): void {
    this.context.breakers.pendingRequests.release()
    this.counts.rqPendingActive--
  }

  /** Requests that the connections being opened will take. */
  get #expectedRoom(): number {
    return this.#opening * this.context.connector.expectedStreams
  }

  /** A request that `max_requests` refuses is told; the connection stays as it is. */
  #assign(connection: UpstreamConnection<C>, request: PoolRequest<C>): void {
    const { breakers, stats } = this.context
    if (!breakers.requests.tryTake()) {
      stats.rqPendingOverflow.add(1)
      return request.onPoolFailure('overflow', '')
    }
    connection.markBusy()
    if (!connection.hasRoom) this.#unlist(connection)
    request.onPoolReady(connection)
  }

  #list(connection: UpstreamConnection<C>): void {
    if (connection.isListed || !connection.hasRoom) return
    connection.isListed = true
    this.#free.push(connection)
  }

  /** Nearly always the last one. */
  #unlist(connection: UpstreamConnection<C>): void {
    if (!connection.isListed) return
    connection.isListed = false
    if (this.#free.at(-1) === connection) this.#free.pop()
    else this.#free.splice(this.#free.indexOf(connection), 1)
  }

  #failWaiting(reason: ResetReason, details: string): void {
    const failed = this.#waiting.splice(0)
    for (let i = 0; i < failed.length; i++) {
      this.#leaveQueue()
      this.context.stats.rqPendingFailureEject.add(1)
      failed[i]!.onPoolFailure(reason, details)
    }
  }
}
