/**
 * The configuration as the data plane uses it: plain, immutable, complete (defaults filled in, text turned into
 * byte strings, names lower-cased). Made only by `config/build`; code below never checks or defaults again.
 * Durations are milliseconds; 0 means "none" where Envoy says so.
 */
import type { BlockList } from 'node:net'
import type { LinearRegex, Substitution } from '../util/linear-regex.ts'

/** A resource under its name with the identity of its message: equal identity, no work (see identity.ts). */
export interface Resource<T> {
  readonly name: string
  /** sha256 in hex over the message serialized with sorted map keys. */
  readonly identity: string
  readonly value: T
}

/** `envoy.config.bootstrap.v3.Bootstrap`. */
export interface BootstrapConfig {
  readonly node: NodeConfig
  /** Null = no admin interface. */
  readonly admin: AdminConfig | null
  readonly listeners: readonly Resource<ListenerConfig>[]
  readonly clusters: readonly Resource<ClusterConfig>[]
  readonly stats: StatsConfig
  readonly services: readonly WasmServiceConfig[]
  readonly overload: OverloadConfig
  /** Measures event loops and callbacks. */
  readonly dispatcherStats: boolean
}

/** `OverloadManager`; without monitors there is nothing to do. */
export interface OverloadConfig {
  readonly refreshInterval: number
  readonly monitors: readonly OverloadMonitorConfig[]
  readonly actions: readonly OverloadActionConfig[]
}

export type OverloadMonitorConfig =
  | { readonly name: string; readonly kind: 'fixed_heap'; readonly maxBytes: number }
  | { readonly name: string; readonly kind: 'downstream_connections'; readonly most: number }
  | { readonly name: string; readonly kind: 'injected_resource'; readonly file: string }

export interface OverloadActionConfig {
  readonly name:
    | 'envoy.overload_actions.stop_accepting_requests'
    | 'envoy.overload_actions.disable_http_keepalive'
    | 'envoy.overload_actions.reject_incoming_connections'
  /** On from one pressure of a monitor on. */
  readonly triggers: readonly { readonly monitor: string; readonly from: number }[]
}

/** `extensions.wasm.v3.WasmService`: a plugin without streams. */
export interface WasmServiceConfig {
  readonly plugin: PluginConfig
  /** Runs in the main thread only; otherwise there and in each worker. */
  readonly singleton: boolean
}

export interface NodeConfig {
  readonly id: string
  readonly cluster: string
  /** The whole Node message in binary form, for the property `xds.node`, and as plain JSON for members. */
  readonly message: Uint8Array
  readonly json: unknown
}

/** TCP address, or a unix-domain socket. */
export interface SocketAddress {
  /** IP literal, or the path of a socket file: what contains a slash is one. */
  readonly host: string
  /** 0 = any free port; 0 with a socket file. */
  readonly port: number
}

export interface AdminConfig {
  readonly address: SocketAddress
}

export interface StatsConfig {
  /** In configuration order, the defaults of Envoy's well-known tags after them when `useDefaultTags`. */
  readonly tags: readonly StatsTag[]
  readonly useDefaultTags: boolean
  /** `stats_matcher.reject_all`. */
  readonly rejectAll: boolean
}

/** A `stats_tags` entry: a regex whose first group is cut from the name and whose second (or first) group is the value, or a fixed value. */
export type StatsTag = { readonly name: string; readonly regex: RegExp } | { readonly name: string; readonly fixedValue: string }

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

/** What both sides of TLS have in common. */
export interface TlsConfig {
  readonly certificates: readonly TlsCertificateConfig[]
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** Of TLS 1.2, as OpenSSL lists them. */
  readonly ciphers: string
  /** Colons between names; '' = OpenSSL's choice. */
  readonly curves: string
  readonly signatureAlgorithms: string
  /** In the order of preference. */
  readonly alpn: readonly string[]
  /** Null = the peer's certificate is not looked at. */
  readonly validation: TlsValidationConfig | null
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** PEM, and the source of it in messages. */
export interface TlsCertificateConfig {
  readonly chain: Uint8Array
  readonly key: Uint8Array
  /** '' = the key is not encrypted. */
  readonly password: string
  readonly source: string
}

export interface TlsValidationConfig {
  /** PEM; null = chains are not verified. */
  readonly trustedCa: Uint8Array | null
  readonly source: string
  /** PEM. */
  readonly crl: Uint8Array | null
  /** sha256 in base64 of the public key. */
  readonly keyHashes: ReadonlySet<string>
  /** sha256 of the certificate in lower-case hex. */
  readonly certificateHashes: ReadonlySet<string>
  /** Empty = any name. */
  readonly names: readonly SanMatcherConfig[]
  readonly acceptsUntrusted: boolean
}

export interface SanMatcherConfig {
  readonly type: 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS'
  readonly match: Exclude<ValueMatcherConfig, { kind: 'present' } | { kind: 'range' }>
}

export interface DownstreamTlsConfig extends TlsConfig {
  readonly requiresClientCertificate: boolean
  /** 48 bytes as Node wants them; null = random ones of the process. */
  readonly ticketKeys: Uint8Array | null
  readonly hasTickets: boolean
  /** Seconds. */
  readonly sessionTimeout: number
}

export interface UpstreamTlsConfig extends TlsConfig {
  /** '' = no server is named. */
  readonly sni: string
  /** The certificate must be of the server that was named. */
  readonly verifiesName: boolean
  /** Sessions are kept for resumption. */
  readonly resumes: boolean
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

/** A `core.v3.Metadata`: binary form for properties that return the message, JSON for its members. */
export interface MetadataConfig {
  readonly message: Uint8Array
  readonly json: unknown
}

/** `HttpConnectionManager`. */
export interface HttpConnectionManagerConfig {
  readonly statPrefix: string
  readonly codec: 'AUTO' | 'HTTP1' | 'HTTP2'
  readonly accessLogs: readonly AccessLogConfig[]
  /** Access logs that are plugins. */
  readonly logPlugins: readonly PluginConfig[]
  readonly routes: RouteTableConfig
  /** In chain order, without the router. */
  readonly filters: readonly FilterConfig[]
  readonly router: RouterConfig
  readonly http1: Http1Config
  readonly http2: Http2Config
  /** Connection without streams. Default 1 h; 0 = never. */
  readonly idleTimeout: number
  /** Default 5 min; 0 = none. */
  readonly streamIdleTimeout: number
  /** Whole request; 0 = none. */
  readonly requestTimeout: number
  /** Request head; 0 = none. */
  readonly requestHeadersTimeout: number
  readonly maxStreamDuration: number
  /** Time between the last write and the close of a refused connection. Default 1 s. */
  readonly delayedCloseTimeout: number
  readonly drainTimeout: number
  /** 0 = no limit. */
  readonly maxRequestsPerConnection: number
  readonly useRemoteAddress: boolean
  /** What becomes of x-forwarded-client-cert. */
  readonly clientCertificate: ClientCertificateConfig
  readonly skipXffAppend: boolean
  readonly xffNumTrustedHops: number
  readonly generateRequestId: boolean
  readonly preserveExternalRequestId: boolean
  readonly alwaysSetRequestIdInResponse: boolean
  /** Value of the `server` header. */
  readonly serverName: string
  readonly serverHeader: 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH'
  /** '' = none. */
  readonly via: string
  readonly normalizePath: boolean
  readonly mergeSlashes: boolean
  readonly escapedSlashes: 'KEEP_UNCHANGED' | 'REJECT_REQUEST' | 'UNESCAPE_AND_REDIRECT' | 'UNESCAPE_AND_FORWARD'
  /** Null = the host stays as it came. */
  readonly hostChanges: HostChangesConfig | null
  /** '' = as it came. */
  readonly scheme: '' | 'http' | 'https'
  readonly appendsForwardedPort: boolean
  /** Peers inside; null = none. */
  readonly internalAddresses: BlockList | null
  /** Life of a connection; 0 = no limit. */
  readonly maxConnectionDuration: number
  /** Lower-case upgrade types that are enabled, `websocket` … */
  readonly upgrades: ReadonlySet<string>
  /** Null = they stay as they are. */
  readonly localReplies: LocalRepliesConfig | null
}

export interface HostChangesConfig {
  /** A port: always, or only that of the connection. */
  readonly stripsPort: 'none' | 'any' | 'own'
  readonly stripsDot: boolean
}

/** `forward_client_cert_details` and `set_current_client_cert_details`. */
export interface ClientCertificateConfig {
  readonly mode: 'SANITIZE' | 'FORWARD_ONLY' | 'APPEND_FORWARD' | 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY'
  readonly subject: boolean
  readonly cert: boolean
  readonly chain: boolean
  readonly dns: boolean
  readonly uri: boolean
}

/** Limits and options of an HTTP/1 connection. */
export interface Http1Config {
  /** Request line to final CRLF CRLF, bytes; Envoy's default is 61440. */
  readonly maxHeadBytes: number
  /** Fields including Host; default 100. */
  readonly maxHeaders: number
  readonly allowAbsoluteUrl: boolean
  readonly acceptHttp10: boolean
  readonly defaultHostForHttp10: string
  readonly enableTrailers: boolean
  readonly allowChunkedLength: boolean
  readonly allowCustomMethods: boolean
  readonly underscores: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER'
}

/** Limits and options of an HTTP/2 connection (`Http2ProtocolOptions`), of a client or to an upstream. */
export interface Http2Config {
  /** Size of the table for header fields that we offer; default 4096. */
  readonly hpackTableBytes: number
  /** Streams that the peer may have open; default 1024. */
  readonly maxConcurrentStreams: number
  /** Bytes that the peer may send ahead; defaults 16 MiB and 24 MiB. */
  readonly initialStreamWindow: number
  readonly initialConnectionWindow: number
  /** Frames that wait for the peer to read them; default 10000. */
  readonly maxOutboundFrames: number
  /** Of these, answers to PING, SETTINGS and faults; default 1000. */
  readonly maxOutboundControlFrames: number
  /** DATA, HEADERS and CONTINUATION without payload in a row; default 1. */
  readonly maxConsecutiveEmptyFrames: number
  /** Default 100. */
  readonly maxPriorityFramesPerStream: number
  /** Default 10. */
  readonly maxWindowUpdatesPerDataFrame: number
  /** A malformed message ends its stream; else the connection. */
  readonly resetsMalformedStreams: boolean
  /** Null = none. */
  readonly keepalive: Http2KeepaliveConfig | null
}

/** PING frames that find a dead peer. */
export interface Http2KeepaliveConfig {
  /** Between two of them, ms; 0 = only after the connection was idle. */
  readonly interval: number
  /** For the answer, ms. */
  readonly timeout: number
  /** Part of the interval that is added at random, percent. */
  readonly jitterPercent: number
  /** A request after so long without a frame is preceded by a PING, ms; 0 = none. */
  readonly idleInterval: number
}

/** `extensions.filters.http.router.v3.Router`. */
export interface RouterConfig {
  readonly suppressEnvoyHeaders: boolean
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

/** A filter of a chain: a Proxy-Wasm plugin. */
export interface FilterConfig {
  /** Name in the chain. */
  readonly name: string
  /** Left out unless a route says otherwise. */
  readonly isDisabled: boolean
  readonly plugin: PluginConfig
}

/** `extensions.wasm.v3.PluginConfig`, module bytes included. */
export interface PluginConfig {
  readonly name: string
  readonly rootId: string
  readonly vmId: string
  /** `v8`, `wasmtime`; '' = default engine. */
  readonly runtime: string
  readonly code: Uint8Array
  /** File or `inline`, for messages. */
  readonly codeSource: string
  /** The file `<code>.map`, which leads traps to lines of source; null = there is none. */
  readonly sourceMap: Uint8Array | null
  readonly vmConfiguration: Uint8Array
  readonly configuration: Uint8Array
  readonly failurePolicy: 'FAIL_CLOSED' | 'FAIL_OPEN' | 'FAIL_RELOAD'
  /** `reload_config.backoff.base_interval`; default 1000. */
  readonly reloadBackoff: number
  readonly allowOnHeadersStopIteration: boolean
  /** Null = everything allowed. */
  readonly allowedCapabilities: ReadonlySet<string> | null
  /** WASI environment. */
  readonly environment: ReadonlyMap<string, string>
  /** Distinguishes plugins of one VM: hash over root id, configuration, name, direction and listener metadata. */
  readonly pluginKey: string
  /** Distinguishes VMs: hash over vm_id, VM configuration, code and runtime. */
  readonly vmKey: string
}

/** `RouteConfiguration`. */
export interface RouteTableConfig {
  readonly name: string
  readonly ignoresPort: boolean
  /** Paths are compared up to their first semicolon. */
  readonly ignoresPathParameters: boolean
  /** Header that names the virtual host instead of :authority; '' = none. */
  readonly hostHeader: string
  /** Header changes of routes come last and win, instead of those of the table. */
  readonly mostSpecificWins: boolean
  readonly filters: FilterSwitches
  readonly virtualHosts: readonly VirtualHostConfig[]
  readonly headers: HeaderMutations
}

export interface VirtualHostConfig {
  readonly name: string
  /** Lower-case; exact, `*.suffix`, `prefix.*` or `*`. */
  readonly domains: readonly string[]
  readonly routes: readonly RouteConfig[]
  readonly headers: HeaderMutations
  readonly metadata: MetadataConfig
  readonly requireTls: 'NONE' | 'EXTERNAL_ONLY' | 'ALL'
  /** The number of the attempt goes to the upstream; comes with the answer. */
  readonly filters: FilterSwitches
  readonly countsInRequest: boolean
  readonly countsInResponse: boolean
  /** Of routes without a policy of their own. */
  readonly retry: RetryConfig | null
}

export interface RouteConfig {
  readonly name: string
  readonly match: RouteMatchConfig
  readonly action: RouteAction
  readonly headers: HeaderMutations
  readonly metadata: MetadataConfig
  readonly filters: FilterSwitches
}

/** Filters of the chain by name: true runs, false does not; of those that are not named others say it. */
export type FilterSwitches = ReadonlyMap<string, boolean>

export interface RouteMatchConfig {
  readonly path: PathMatchConfig
  /** Of texts only. */
  readonly caseSensitive: boolean
  readonly headers: readonly HeaderMatcherConfig[]
  readonly queryParameters: readonly QueryMatcherConfig[]
  readonly grpcOnly: boolean
  /** Share of the requests, 0 to 1. */
  readonly fraction: number
}

export type PathMatchConfig =
  | { readonly kind: 'prefix' | 'exact' | 'separated_prefix'; readonly value: string }
  /** The whole path matches. */
  | { readonly kind: 'regex' | 'template'; readonly regex: LinearRegex }

export interface HeaderMatcherConfig {
  /** Lower-case. */
  readonly name: string
  readonly match: ValueMatcherConfig
  readonly invert: boolean
  readonly treatMissingAsEmpty: boolean
}

export type ValueMatcherConfig =
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains'; readonly value: string; readonly ignoreCase: boolean }
  /** The whole value matches. */
  | { readonly kind: 'regex'; readonly regex: LinearRegex }
  | { readonly kind: 'present'; readonly present: boolean }
  /** Half open: start <= n < end. */
  | { readonly kind: 'range'; readonly start: bigint; readonly end: bigint }

export interface QueryMatcherConfig {
  readonly name: string
  readonly match: Exclude<ValueMatcherConfig, { kind: 'range' }>
}

/** `RetryPolicy`. */
export interface RetryConfig {
  readonly on: ReadonlySet<RetryReason>
  readonly retries: number
  /** 0 = none. */
  readonly perTryTimeout: number
  readonly avoidsTriedEndpoints: boolean
  /** How often another endpoint is chosen. */
  readonly repicks: number
  readonly statusCodes: ReadonlySet<number>
  readonly baseInterval: number
  readonly maxInterval: number
  readonly responseHeaders: readonly HeaderMatcherConfig[]
  readonly requestHeaders: readonly HeaderMatcherConfig[]
}

/** What `retry_on` and `x-envoy-retry-on` name, and those of gRPC. */
export type RetryReason =
  | '5xx'
  | 'gateway-error'
  | 'reset'
  | 'reset-before-request'
  | 'connect-failure'
  | 'envoy-ratelimited'
  | 'retriable-4xx'
  | 'refused-stream'
  | 'retriable-status-codes'
  | 'retriable-headers'
  | 'cancelled'
  | 'deadline-exceeded'
  | 'internal'
  | 'resource-exhausted'
  | 'unavailable'

export type RouteAction =
  | {
      readonly kind: 'cluster'
      readonly cluster: ClusterTarget | WeightedClusters
      /** Whole answer; default 15 s, 0 = none. */
      readonly timeout: number
      /** Null = the connection manager's stream idle timeout. */
      readonly idleTimeout: number | null
      /** Null = keep. */
      readonly pathRewrite: PathRewriteConfig | null
      readonly hostRewrite: HostRewriteConfig | null
      /** The host that a rewrite replaces goes to x-forwarded-host. */
      readonly appendsForwardedHost: boolean
      /** Null = failed requests are not tried again, unless they ask for it. */
      readonly retry: RetryConfig | null
      /** Status of the answer where there is no such cluster. */
      readonly notFoundStatus: number
      /** Life of the stream; null = the connection manager's. */
      readonly duration: DurationConfig | null
      /** What load balancers by hash go by. */
      readonly hashPolicies: readonly HashPolicyConfig[]
      /** Null = the connection manager's set. */
      readonly upgrades: ReadonlyMap<string, boolean>
    }
  | {
      readonly kind: 'direct_response'
      readonly status: number
      readonly body: Uint8Array
      /** Null = the body as it is. */
      readonly format: BodyFormatConfig | null
    }
  | {
      readonly kind: 'redirect'
      readonly status: number
      readonly scheme: string
      readonly host: string
      readonly port: number
      /** A new scheme leaves the port of the host as it is. */
      readonly keepsPort: boolean
      /** Null = keep. */
      readonly path: PathRewriteConfig | null
      readonly stripQuery: boolean
    }

/** A part of a request that is hashed. */
export type HashPolicyConfig = { readonly isTerminal: boolean } & (
  | {
      readonly kind: 'header'
      readonly name: string
      readonly rewrite: { readonly regex: LinearRegex; readonly substitution: Substitution } | null
    }
  /** A cookie; made where it is missing unless `ttl` (seconds, 0 = of the session) is null. Attributes begin with `; `. */
  | {
      readonly kind: 'cookie'
      readonly name: string
      readonly ttl: number | null
      readonly path: string
      readonly attributes: string
    }
  | { readonly kind: 'source_ip' }
  | { readonly kind: 'query'; readonly name: string }
)

/** How long streams of a route may live, milliseconds. */
export interface DurationConfig {
  /** 0 = no limit, null = the connection manager's. */
  readonly max: number | null
  /** Most of what the client of a gRPC call may ask for, 0 = no limit; null = what it asks for has no effect. */
  readonly grpcMax: number | null
  /** Taken away from what it asks for. */
  readonly grpcOffset: number
}

/** What replaces a path or a part of it; the query stays. */
export type PathRewriteConfig =
  /** The part that the route has matched. */
  | { readonly kind: 'prefix'; readonly value: string }
  /** Every match in the path. */
  | { readonly kind: 'regex'; readonly regex: LinearRegex; readonly substitution: Substitution }
  /** The whole path; the variables are those of the route's template. */
  | { readonly kind: 'template'; readonly parts: readonly UriRewritePart[] }
  /** The whole path; one that brings its own query replaces that too. */
  | { readonly kind: 'whole'; readonly value: string }
  /** The whole path, in a format with operators. */
  | { readonly kind: 'format'; readonly format: string }

export type UriRewritePart = { readonly text: string } | { readonly variable: string }

export type HostRewriteConfig =
  | { readonly kind: 'literal'; readonly value: string }
  /** In a format with operators. */
  | { readonly kind: 'format'; readonly format: string }
  /** The value of a header of the request, if there is one. */
  | { readonly kind: 'header'; readonly name: string }
  /** What is left of the path. */
  | { readonly kind: 'path_regex'; readonly regex: LinearRegex; readonly substitution: Substitution }
  /** The name of the chosen endpoint, if it has one. */
  | { readonly kind: 'endpoint' }

/** Form of the body of an answer that the proxy makes itself. */
export interface BodyFormatConfig {
  readonly format: AccessLogFormat
  /** '' = that of the format. */
  readonly contentType: string
}

/** A cluster by its name, or by the header of the request that holds the name. */
export type ClusterTarget =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'header'; readonly header: string }

/** Clusters that share the requests of a route. */
export interface WeightedClusters {
  readonly kind: 'weighted'
  readonly clusters: readonly WeightedClusterConfig[]
  /** Sum of all weights. */
  readonly total: number
  /** Header whose number decides, where there is one, instead of chance; null = always chance. */
  readonly valueHeader: string | null
}

export interface WeightedClusterConfig {
  readonly cluster: ClusterTarget
  readonly weight: number
  readonly headers: HeaderMutations
  /** Null = that of the route. */
  readonly hostRewrite: string | null
}

/** Header changes of a route, virtual host or route table. Values may hold access-log operators (`%…%`). */
export interface HeaderMutations {
  readonly requestAdd: readonly HeaderAddition[]
  readonly requestRemove: readonly string[]
  readonly responseAdd: readonly HeaderAddition[]
  readonly responseRemove: readonly string[]
}

export interface HeaderAddition {
  readonly name: string
  readonly value: string
  readonly action: 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD' | 'OVERWRITE_IF_EXISTS'
  /** A value that comes out empty is set, too. */
  readonly keepsEmpty: boolean
}

export type AccessLogConfig = {
  readonly target: { readonly kind: 'stdout' | 'stderr' } | { readonly kind: 'file'; readonly path: string }
  readonly format: AccessLogFormat
  /** Null = every stream. */
  readonly filter: LogFilterConfig | null
}

/** Streams that are meant. */
export type LogFilterConfig =
  | { readonly kind: 'status' | 'duration'; readonly op: 'EQ' | 'GE' | 'LE' | 'NE'; readonly value: number }
  | { readonly kind: 'header'; readonly header: HeaderMatcherConfig }
  /** Any of these bits. */
  | { readonly kind: 'flags'; readonly flags: number }
  | { readonly kind: 'any' }
  /** So many of so many, by the request id or by lot. */
  | { readonly kind: 'share'; readonly share: number; readonly of: number; readonly isDrawn: boolean }
  | { readonly kind: 'grpc'; readonly statuses: readonly number[]; readonly isExcluding: boolean }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly LogFilterConfig[] }

/** Changes of answers that the proxy makes itself. */
export interface LocalRepliesConfig {
  readonly mappers: readonly ReplyMapperConfig[]
  /** Of bodies for which no mapper has one; null = as they are. */
  readonly format: BodyFormatConfig | null
}

export interface ReplyMapperConfig {
  readonly filter: LogFilterConfig
  /** Null = keep. */
  readonly status: number | null
  readonly body: Uint8Array | null
  readonly format: BodyFormatConfig | null
  readonly headersToAdd: readonly HeaderAddition[]
}

export type AccessLogFormat =
  /** Envoy's operators; null text = the default format. */
  { readonly kind: 'text'; readonly text: string | null } | { readonly kind: 'json'; readonly template: unknown }

/** `Cluster`. */
export interface ClusterConfig {
  readonly discovery: 'STATIC' | 'STRICT_DNS'
  readonly endpoints: readonly EndpointConfig[]
  readonly connectTimeout: number
  readonly dnsRefreshRate: number
  readonly dnsFamily: 'AUTO' | 'V4_ONLY' | 'V6_ONLY'
  readonly bufferLimit: number
  readonly breakers: BreakerConfig
  readonly balancing: BalancingConfig
  /** Upstream connection without requests; default 1 h, 0 = never. */
  readonly idleTimeout: number
  /** Null = bytes as they are. */
  readonly tls: UpstreamTlsConfig | null
  /** What its endpoints speak. */
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly http2: Http2Config
  /** Trailers pass in both directions; always with HTTP/2. */
  readonly enableTrailers: boolean
  readonly metadata: MetadataConfig
  /** Used in statistics instead of the name when not ''. */
  readonly altStatName: string
  /** Null = bad endpoints stay. */
  readonly outlier: OutlierConfig | null
}

/** `OutlierDetection`; `enforcing` are percentages. */
export interface OutlierConfig {
  readonly interval: number
  readonly baseEjectionTime: number
  readonly maxEjectionTime: number
  readonly maxEjectionTimeJitter: number
  readonly maxEjectionPercent: number
  readonly alwaysEjectOne: boolean
  readonly splitsLocalOrigin: boolean
  readonly unejectsOnHealthCheck: boolean
  readonly consecutive5xx: number
  readonly consecutiveGatewayFailure: number
  readonly consecutiveLocalOriginFailure: number
  readonly successRate: { readonly minimumHosts: number; readonly requestVolume: number; readonly stdevFactor: number }
  readonly failurePercentage: { readonly minimumHosts: number; readonly requestVolume: number; readonly threshold: number }
  readonly enforcing: Readonly<Record<OutlierKind, number>>
}

/** Why an endpoint is taken out; the words are those of its statistics. */
export type OutlierKind =
  | 'consecutive_5xx'
  | 'consecutive_gateway_failure'
  | 'consecutive_local_origin_failure'
  | 'success_rate'
  | 'local_origin_success_rate'
  | 'failure_percentage'
  | 'local_origin_failure_percentage'

export interface EndpointConfig {
  /** IP literal for STATIC, host name for STRICT_DNS. */
  readonly host: string
  readonly port: number
  /** Name that the configuration gives it; '' = none. */
  readonly hostname: string
  readonly metadata: MetadataConfig
  /** Its share among the endpoints of its locality or priority, from 1. */
  readonly weight: number
  /** 0 is the first. */
  readonly priority: number
  readonly locality: LocalityConfig
  /** What the configuration says of its health. */
  readonly health: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'DRAINING'
}

export interface LocalityConfig {
  readonly region: string
  readonly zone: string
  readonly subZone: string
  /** Its share among the localities of its priority, where these are weighted. */
  readonly weight: number
}

/** How a cluster's endpoints share its requests. */
export interface BalancingConfig {
  readonly policy: LbPolicyConfig
  /** Percent; with fewer endpoints healthy, all are used. 0 = never. */
  readonly panicThreshold: number
  /** Percent of its share that a priority can carry when all its endpoints are healthy. */
  readonly overprovisioning: number
  readonly localityWeighted: boolean
}

export type LbPolicyConfig =
  | { readonly kind: 'ROUND_ROBIN' | 'RANDOM' }
  /** The best of some that are drawn; `bias`: how much requests in flight weigh among endpoints of different weight. */
  | { readonly kind: 'LEAST_REQUEST'; readonly choices: number; readonly bias: number }
  | {
      readonly kind: 'RING_HASH'
      readonly minSize: number
      readonly maxSize: number
      readonly hashFunction: 'XX_HASH' | 'MURMUR_HASH_2'
      readonly usesHostname: boolean
    }
  | { readonly kind: 'MAGLEV'; readonly tableSize: number; readonly usesHostname: boolean }

/** Default-priority circuit breaker thresholds. */
export interface BreakerConfig {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
  /** Gauges show how much is left of each. */
  readonly tracksRemaining: boolean
}
