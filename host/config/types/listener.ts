/** Listeners, their filter chains, and the TCP proxy. See ../types.ts. */
import type { AccessLogConfig } from './access-log.ts'
import type { MetadataConfig, SocketAddress } from './bootstrap.ts'
import type { FilterConfig, HttpConnectionManagerConfig } from './connection-manager.ts'
import type { PluginConfig } from './plugin.ts'
import type { DownstreamTlsConfig } from './tls.ts'

/** `Listener`. */
export interface ListenerConfig {
  readonly address: SocketAddress
  readonly additionalAddresses: readonly SocketAddress[]
  /** Mode of the socket file; 0 = as the system makes it. */
  readonly socketMode: number
  /** Used in statistics instead of the address when not ''. */
  readonly statPrefix: string
  /** 0 unspecified, 1 inbound, 2 outbound. */
  readonly direction: number
  /** High mark of a connection's buffers and of a held body, bytes. */
  readonly bufferLimit: number
  /** Metadata message in binary form; empty = none. */
  readonly metadata: MetadataConfig
  readonly chains: readonly FilterChainConfig[]
  /** For connections that match no chain; null = they are closed. */
  readonly defaultChain: FilterChainConfig | null
  /** Null = no PROXY header is looked for. */
  readonly proxyProtocol: ProxyProtocolConfig | null
  /** Null = chains are chosen without knowing what a client of TLS asks for. */
  readonly tlsInspector: TlsInspectorConfig | null
  /** Time until a chain is chosen; 0 = any. */
  readonly filtersTimeout: number
  readonly continueOnFiltersTimeout: boolean
  /** Of connections, whatever became of them. */
  readonly accessLogs: readonly AccessLogConfig[]
  readonly logPlugins: readonly PluginConfig[]
}

/** `extensions.filters.listener.proxy_protocol.v3.ProxyProtocol`. */
export interface ProxyProtocolConfig {
  readonly isOptional: boolean
  /** Before the names of its counters: empty, or with a dot at its end. */
  readonly statPrefix: string
}

/** `extensions.filters.listener.tls_inspector.v3.TlsInspector`. */
export interface TlsInspectorConfig {
  /** Bytes. */
  readonly maxHelloSize: number
  /** A hello that cannot be read ends the connection. */
  readonly closesOnError: boolean
}

/** Which connections a chain takes; an empty list, text or null = all. */
export interface FilterChainMatchConfig {
  readonly destinationPort: number | null
  readonly destinations: readonly CidrRange[]
  /** Lower case; `*.suffix` stands as `.suffix`. */
  readonly serverNames: readonly string[]
  readonly transportProtocol: string
  readonly applicationProtocols: readonly string[]
  readonly directSources: readonly CidrRange[]
  readonly sourceType: 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL'
  readonly sources: readonly CidrRange[]
  readonly sourcePorts: readonly number[]
}

/** Addresses that begin with the same bits. */
export interface CidrRange {
  readonly host: string
  readonly bits: number
}

/** What becomes of a connection; its last filter decides between the two. */
export type FilterChainConfig = HttpChainConfig | TcpChainConfig

interface AnyChainConfig {
  readonly name: string
  /** Identity of all but its filters: which connections come here, and how they are secured. */
  readonly gate: string
  readonly match: FilterChainMatchConfig
  /** Null = bytes as they are. */
  readonly tls: DownstreamTlsConfig | null
  /** Time for the handshake; 0 = any. */
  readonly handshakeTimeout: number
}

export interface HttpChainConfig extends AnyChainConfig {
  readonly http: HttpConnectionManagerConfig
  readonly tcp: null
}

export interface TcpChainConfig extends AnyChainConfig {
  readonly http: null
  readonly tcp: TcpProxyConfig
}

/** `TcpProxy`, with the Wasm filters before it. */
export interface TcpProxyConfig {
  readonly statPrefix: string
  readonly accessLogs: readonly AccessLogConfig[]
  /** Plugins whose root context is told of each connection that has ended. */
  readonly logPlugins: readonly PluginConfig[]
  /** In chain order. */
  readonly filters: readonly FilterConfig[]
  readonly cluster: TcpClusterChoice
  /** Connection without bytes; default 1 h, 0 = never. */
  readonly idleTimeout: number
  /** 0 = none. */
  readonly maxConnectionDuration: number
  readonly maxConnectAttempts: number
}

/** Where the connections of a listener go. */
export type TcpClusterChoice =
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'weighted'
      readonly clusters: readonly { readonly name: string; readonly weight: number }[]
      readonly total: number
    }
