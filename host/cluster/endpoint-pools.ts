/** The connections of one worker to one endpoint, in pools that share nothing but the endpoint (hot). */
import type { TlsServer } from '../tls/upstream-tls.ts'
import { ConnectionPool, type PoolContext } from './connection-pool.ts'
import type { Destination } from './connector.ts'
import type { EndpointCounts } from './endpoint.ts'
import type { TcpConnection } from './tcp-connector.ts'

/** What the pools take from their cluster. */
export interface PoolContexts {
  readonly normal: PoolContext
  /** Of requests of the priority HIGH; null = they share the other one. */
  readonly high: PoolContext | null
  /** Connections without a protocol; most clusters have none. */
  tcp(): PoolContext<TcpConnection>
}

export class EndpointPools {
  readonly destination: Destination
  readonly #counts: EndpointCounts
  readonly #contexts: PoolContexts
  readonly #normal: ConnectionPool
  readonly #high: ConnectionPool
  /** To servers that requests name, as long as they have connections. */
  readonly #named = new Map<string, ConnectionPool>()
  #tcp: ConnectionPool<TcpConnection> | null = null
  #isDraining = false

  constructor(destination: Destination, counts: EndpointCounts, contexts: PoolContexts) {
    this.destination = destination
    this.#counts = counts
    this.#contexts = contexts
    this.#normal = new ConnectionPool(destination, counts, contexts.normal, () => {})
    this.#high = contexts.high === null ? this.#normal : new ConnectionPool(destination, counts, contexts.high, () => {})
  }

  /** `server` is what the request says of TLS; null = nothing. Null when the cluster may have no more pools. */
  for(isHigh: boolean, server: TlsServer | null): ConnectionPool | null {
    if (server !== null && this.destination.tls !== null) return this.#namedPool(isHigh, server)
    const pool = isHigh ? this.#high : this.#normal
    return pool.hasPlace || this.#hasPlaceFor(pool.context) ? pool : null
  }

  get tcp(): ConnectionPool<TcpConnection> {
    return (this.#tcp ??= new ConnectionPool(this.destination, this.#counts, this.#contexts.tcp(), () => {}))
  }

  /** Connections close as they become free. */
  drain(): void {
    this.#isDraining = true
    this.#all().forEach((pool) => pool.drain())
  }

  /** The endpoint is unhealthy: connections take no further requests, new ones may. `closesTcp`: those without a protocol end. */
  retire(closesTcp: boolean): void {
    this.#ofRequests().forEach((pool) => pool.retire())
    if (closesTcp) this.#tcp?.closeConnections()
  }

  /** Every connection closes. */
  close(): void {
    this.#all().forEach((pool) => pool.close())
  }

  #namedPool(isHigh: boolean, server: TlsServer): ConnectionPool | null {
    const key = `${isHigh}\0${server.sni}\0${server.name}`
    return (
      this.#named.get(key) ??
      this.#makeNamed(key, server, isHigh ? (this.#contexts.high ?? this.#contexts.normal) : this.#contexts.normal)
    )
  }

  #makeNamed(key: string, server: TlsServer, context: PoolContext): ConnectionPool | null {
    // Clients choose how many names there are: connections that wait for requests to others go first.
    if (!context.breakers.connections.hasRoom) this.#closeOneOf(context)
    if (!this.#hasPlaceFor(context)) return null
    const sni = server.sni === '' ? (this.destination.server?.sni ?? '') : server.sni
    const destination = { ...this.destination, server: { ...server, sni } }
    const pool = new ConnectionPool(destination, this.#counts, context, () => void this.#named.delete(key))
    if (this.#isDraining) pool.drain()
    this.#named.set(key, pool)
    return pool
  }

  /** One more pool may be opened. */
  #hasPlaceFor(context: PoolContext): boolean {
    if (context.breakers.connectionPools.hasRoom || this.#closeOneOf(context)) return true
    context.stats.cxPoolOverflow.add(1)
    return false
  }

  /** False when every pool has requests. */
  #closeOneOf(context: PoolContext): boolean {
    return this.#ofRequests().some((pool) => pool.context === context && pool.tryYield())
  }

  #all(): Pick<ConnectionPool, 'drain' | 'close'>[] {
    const pools = this.#ofRequests()
    return this.#tcp === null ? pools : [...pools, this.#tcp]
  }

  #ofRequests(): ConnectionPool[] {
    return [this.#normal, this.#high, ...this.#named.values()]
  }
}
