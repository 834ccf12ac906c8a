/**
 * What is known about one stream beside its messages: read by properties, access log, statistics and admin
 * (hot: one object per request, all fields assigned here).
 */

import type { FilterState } from './filter-state.ts'
import type { RedirectHistory } from './redirect-history.ts'

/** Bits of `response.flags` (envoy/stream_info/stream_info.h); the access log prints the short names. */
export const ResponseFlag = {
  NoHealthyUpstream: 1 << 1,
  UpstreamRequestTimeout: 1 << 2,
  UpstreamRemoteReset: 1 << 4,
  UpstreamConnectionFailure: 1 << 5,
  UpstreamConnectionTermination: 1 << 6,
  UpstreamOverflow: 1 << 7,
  NoRouteFound: 1 << 8,
  DownstreamConnectionTermination: 1 << 14,
  UpstreamRetryLimitExceeded: 1 << 15,
  StreamIdleTimeout: 1 << 16,
  DownstreamProtocolError: 1 << 18,
  DurationTimeout: 1 << 22,
  UpstreamProtocolError: 1 << 23,
  NoClusterFound: 1 << 24,
  DownstreamRemoteReset: 1 << 28,
} as const

/** What is known of a connection with TLS. */
export interface TlsInfo {
  /** `TLSv1.3`. */
  readonly version: string
  /** Name of the cipher, as OpenSSL writes it. */
  readonly cipher: string
  /** Protocol agreed on; '' = none. */
  readonly alpn: string
  /** The peer's certificate was verified. */
  readonly isPeerValid: boolean
  /** Null = the peer showed none. */
  readonly peer: CertificateInfo | null
  /** Null = we showed none. */
  readonly local: CertificateInfo | null
}

/** A certificate; its names are byte strings. */
export interface CertificateInfo {
  /** In the form of RFC 2253. */
  readonly subject: string
  readonly issuer: string
  /** Hex, lower case. */
  readonly serial: string
  readonly dnsNames: readonly string[]
  readonly uriNames: readonly string[]
  readonly emails: readonly string[]
  readonly addresses: readonly string[]
  /** Hex, lower case. */
  readonly sha256: string
  readonly sha1: string
  readonly pem: string
  /** With the certificates that came with it. */
  readonly chainPem: string
  /** Milliseconds since the Unix epoch. */
  readonly validFrom: number
  readonly validTo: number
}

/** Addresses and identity of a connection, shared by its streams. */
export interface ConnectionInfo {
  /** Unique in the process, from 1. */
  readonly id: number
  /** `ip:port` of the client, or the path of a socket file; a PROXY header says it. */
  readonly remoteAddress: string
  /** The same without port and brackets. */
  readonly remoteHost: string
  /** As `remoteAddress`, of the peer itself. */
  readonly directRemoteAddress: string
  readonly localAddress: string
  /** Server that the client asks for by TLS, if the listener looks; else ''. */
  readonly requestedServerName: string
  /** Null = no TLS. */
  readonly tls: TlsInfo | null
  /** Why the handshake failed, in Envoy's words; '' = it did not. */
  readonly transportFailure: string
  /** Name of the listener's filter chain, or ''. */
  readonly filterChainName: string
  /** 0 unspecified, 1 inbound, 2 outbound. */
  readonly listenerDirection: number
  readonly listenerMetadata: unknown
  /** What filters have left with the connection; null = nothing. */
  filterState: FilterState | null
}

export class StreamInfo {
  readonly connection: ConnectionInfo
  /** `HTTP/1.0`, `HTTP/1.1`, `HTTP/2`. */
  protocol = 'HTTP/1.1'
  /** Wall clock in milliseconds when the first byte of the head was handled. */
  readonly startWallMillis: number
  /** Monotonic milliseconds of the same moment. */
  readonly startMillis: number
  /** Monotonic milliseconds; -1 = not reached. */
  requestCompleteMillis = -1
  upstreamFirstByteSentMillis = -1
  upstreamLastByteSentMillis = -1
  upstreamFirstByteReceivedMillis = -1
  upstreamLastByteReceivedMillis = -1
  firstByteSentMillis = -1
  completeMillis = -1
  /** Wire bytes of the bodies. */
  bytesReceived = 0
  bytesSent = 0
  requestHeaderBytes = 0
  responseHeaderBytes = 0
  /** 0 until a response head exists. */
  responseCode = 0
  responseCodeDetails = ''
  /** {@link ResponseFlag} bits. */
  responseFlags = 0
  connectionTerminationDetails = ''
  /** Why we ended the client's connection; '' = we did not. Only connections without HTTP have one. */
  localCloseReason = ''
  /** `ip:port` as seen by filters and log: the peer, or what x-forwarded-for says when the listener trusts it. */
  sourceAddress: string
  /** Route, virtual host and cluster of the last match; '' = none. */
  routeName = ''
  virtualHostName = ''
  clusterName = ''
  routeMetadata: unknown = null
  virtualHostMetadata: unknown = null
  clusterMetadata: unknown = null
  /** `ip:port` of the chosen endpoint and of our side of that connection; '' = none. */
  upstreamAddress = ''
  upstreamLocalAddress = ''
  upstreamTransportFailure = ''
  /** Of the connection to the chosen endpoint; null = no TLS. */
  upstreamTls: TlsInfo | null = null
  attemptCount = 0
  /** Null = no redirect has led here. */
  redirects: RedirectHistory | null = null
  requestId = ''
  /** What filters have left with the stream; null = nothing. */
  filterState: FilterState | null = null

  constructor(connection: ConnectionInfo, startWallMillis: number, startMillis: number) {
    this.connection = connection
    this.startWallMillis = startWallMillis
    this.startMillis = startMillis
    this.sourceAddress = connection.remoteAddress
  }
}
