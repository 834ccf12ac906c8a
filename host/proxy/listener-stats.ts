/** Statistics of a listener that come before any filter chain (source/common/listener_manager/listener_impl.h). */
import type { ListenerConfig } from '../config/types.ts'
import type { Counter, Gauge } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ClientHello } from '../tls/client-hello.ts'

export class ListenerStats {
  readonly waiting: Gauge
  /** Of the process's limit of connections, and of its overload manager. */
  readonly overflows: Counter
  readonly rejects: Counter
  readonly filterTimeouts: Counter
  readonly leftEarly: Counter
  readonly noChain: Counter
  readonly handshakeTimeouts: Counter
  readonly proxyProtocol: ProxyProtocolStats
  readonly inspector: InspectorStats

  /** `name` is the listener's in statistics. */
  constructor(stats: StatsStore, name: string, config: ListenerConfig) {
    const prefix = `listener.${name}.`
    this.waiting = stats.gauge(`${prefix}downstream_pre_cx_active`)
    this.overflows = stats.counter(`${prefix}downstream_global_cx_overflow`)
    this.rejects = stats.counter(`${prefix}downstream_cx_overload_reject`)
    this.filterTimeouts = stats.counter(`${prefix}downstream_pre_cx_timeout`)
    this.leftEarly = stats.counter(`${prefix}downstream_listener_filter_remote_close`)
    this.noChain = stats.counter(`${prefix}no_filter_chain_match`)
    this.handshakeTimeouts = stats.counter(`${prefix}downstream_cx_transport_socket_connect_timeout`)
    this.proxyProtocol = new ProxyProtocolStats(stats, config.proxyProtocol?.statPrefix ?? '')
    this.inspector = new InspectorStats(stats)
  }
}

class ProxyProtocolStats {
  readonly notFoundAllowed: Counter
  readonly notFoundDisallowed: Counter
  /** Of version 1, of version 2. */
  readonly found: readonly Counter[]
  readonly errors: readonly Counter[]

  constructor(stats: StatsStore, statPrefix: string) {
    const prefix = `${statPrefix}proxy_proto.`
    const ofVersions = (name: string): Counter[] =>
      [1, 2].map((version) => stats.counter(`${prefix}versions.v${version}.${name}`))
    this.notFoundAllowed = stats.counter(`${prefix}not_found_allowed`)
    this.notFoundDisallowed = stats.counter(`${prefix}not_found_disallowed`)
    this.found = ofVersions('found')
    this.errors = ofVersions('error')
  }
}

class InspectorStats {
  readonly notFound: Counter
  readonly #found: Counter
  readonly #serverNames: Counter
  readonly #noServerNames: Counter
  readonly #protocols: Counter
  readonly #noProtocols: Counter

  constructor(stats: StatsStore) {
    const counter = (name: string): Counter => stats.counter(`tls_inspector.${name}`)
    this.notFound = counter('tls_not_found')
    this.#found = counter('tls_found')
    this.#serverNames = counter('sni_found')
    this.#noServerNames = counter('sni_not_found')
    this.#protocols = counter('alpn_found')
    this.#noProtocols = counter('alpn_not_found')
  }

  count({ serverName, protocols }: ClientHello): void {
    this.#found.add(1)
    ;(serverName === '' ? this.#noServerNames : this.#serverNames).add(1)
    ;(protocols.length === 0 ? this.#noProtocols : this.#protocols).add(1)
  }
}
