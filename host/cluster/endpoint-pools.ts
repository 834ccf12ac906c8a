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

  /** `server` is what the request says of TLS; null = nothing. */
  for(isHigh: boolean, server: TlsServer | null): ConnectionPool {
    if (server !== null && this.destination.tls !== null) return this.#namedPool(isHigh, server)
    return isHigh ? this.#high : this.#normal
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

  #namedPool(isHigh: boolean, server: TlsServer): ConnectionPool {
    const key = `${isHigh}\0${server.sni}\0${server.name}`
    let pool = this.#named.get(key)
    if (pool === undefined) {
      const { normal, high } = this.#contexts
      const sni = server.sni === '' ? (this.destination.server?.sni ?? '') : server.sni
      const destination = { ...this.destination, server: { ...server, sni } }
      const forget = (): void => void this.#named.delete(key)
      pool = new ConnectionPool(destination, this.#counts, isHigh ? (high ?? normal) : normal, forget)
      if (this.#isDraining) pool.drain()
      this.#named.set(key, pool)
    }
    return pool
  }

  #all(): Pick<ConnectionPool, 'drain' | 'close'>[] {
    const pools = this.#ofRequests()
    return this.#tcp === null ? pools : [...pools, this.#tcp]
  }

  #ofRequests(): ConnectionPool[] {
    return [this.#normal, this.#high, ...this.#named.values()]
  }
}
