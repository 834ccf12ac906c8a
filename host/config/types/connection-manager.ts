/** The HTTP connection manager, its filters and its codecs. See ../types.ts. */
import type { BlockList } from 'node:net'
import type { AccessLogConfig, BodyFormatConfig, LogFilterConfig } from './access-log.ts'
import type { PluginConfig } from './plugin.ts'
import type { HeaderAddition, RouteTableConfig } from './route-table.ts'

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
  /** Made before anything else is, in this order. */
  readonly earlyChanges: readonly HeaderChange[]
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

/** Headers that are added to one message or removed from it. */
export interface HeaderChange {
  readonly add: readonly HeaderAddition[]
  /** Lower case. */
  readonly remove: readonly string[]
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
  /** Of answers that are written, and of requests that are read. */
  readonly letterCase: LetterCaseConfig
}

/** `HeaderKeyFormat`: letters of header names. */
export type LetterCaseConfig = 'LOWER' | 'PROPER' | PreservedCaseConfig

/** `PreserveCaseFormatterConfig`: as they came. */
export interface PreservedCaseConfig {
  readonly forwardsReason: boolean
  /** Names that did not come. */
  readonly others: 'LOWER' | 'PROPER'
}

/** Limits and options of an HTTP/2 connection (`Http2ProtocolOptions`), of a client or to an upstream. */
export interface Http2Config {
  /** Size of the table for header fields that we offer; default 4096. */
  readonly hpackTableBytes: number
  /** The peer may ask for another protocol on a stream (RFC 8441). */
  readonly allowsConnect: boolean
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

/** A filter of a chain: a Proxy-Wasm plugin. */
export interface FilterConfig {
  /** Name in the chain. */
  readonly name: string
  /** Left out unless a route says otherwise. */
  readonly isDisabled: boolean
  readonly plugin: PluginConfig
}
