/** Opens connections to endpoints; the pool does not know sockets or codecs. */
import type { ClusterConfig } from '../config/types.ts'
import type { ClientConnection, ClientConnectionEvents } from '../http/codec.ts'
import type { TlsInfo } from '../http/stream-info.ts'
import type { TlsServer, UpstreamTls } from '../tls/upstream-tls.ts'

/** What a pool needs of a connection, whatever it speaks. */
export interface PooledConnection {
  /** Requests that it takes at a time. */
  readonly maxStreams: number
  close(): void
}

/** Where the connections of a pool go. */
export interface Destination {
  /** IP literal, or path of a socket file. */
  readonly host: string
  readonly port: number
  /** Null = bytes as they are. */
  readonly tls: UpstreamTls | null
  /** Null = the server that the configuration names. */
  readonly server: TlsServer | null
}

/** Who has a connection made. */
export interface ConnectionOwner extends ClientConnectionEvents {
  /** Set before the owner is told that the connection is there; null = no TLS. */
  tls: TlsInfo | null
}

/** `C`: what requests do with the connections. */
export interface Connector<C extends PooledConnection = ClientConnection> {
  /** `TCP`: none at all; a connection ends with its request. */
  readonly protocol: ClusterConfig['protocol'] | 'TCP'
  /** Requests that a new connection is expected to take at a time. */
  readonly expectedStreams: number
  /** Starts to connect; `owner` hears of success or failure later, never from inside the call. */
  connect(destination: Destination, owner: ConnectionOwner): C
}
