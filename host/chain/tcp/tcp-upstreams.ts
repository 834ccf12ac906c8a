/**
 * The line between a connection's chain and its upstream: clusters and pools in the proxy, a script in the harness.
 */
import type { StreamInfo } from '../../http/stream-info.ts'
import type { Transport, TransportEvents } from '../../tcp/transport.ts'

/** Why there is no connection. */
export type ConnectFailure =
  | { readonly kind: 'no_cluster' | 'no_endpoint' | 'overflow' }
  /** `transport` says what the socket saw, or ''. */
  | { readonly kind: 'refused'; readonly transport: string }

/** A connection to an upstream. */
export interface UpstreamTransport extends Transport {
  /** `ip:port` of our side. */
  readonly localAddress: string
  /** From here on `events` hears what comes; called once. */
  attach(events: TransportEvents): void
}

/** Who wants a connection: exactly one of the calls follows, maybe from inside `connect`, unless it is abandoned. */
export interface ConnectRequest {
  readonly info: StreamInfo
  onConnected(transport: UpstreamTransport): void
  onConnectFailed(failure: ConnectFailure): void
}

/** An attempt to connect. */
export interface ConnectAttempt {
  /** No call follows. */
  abandon(): void
}

export interface TcpUpstreams {
  /** Most bytes that may wait for the client of a connection to this cluster. */
  bufferLimit(cluster: string): number
  /** Tries the next endpoint; fills what `info` says of cluster and endpoint. Null when it has failed at once. */
  connect(cluster: string, request: ConnectRequest): ConnectAttempt | null
  /** `max_connect_attempts` attempts have failed. */
  countGivenUp(cluster: string): void
}
