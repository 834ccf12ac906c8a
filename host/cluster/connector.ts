/** Opens connections to endpoints; the pool does not know sockets or protocol versions. */
import type { ClusterConfig } from '../config/types.ts'
import type { ClientConnection, ClientConnectionEvents } from '../http/codec.ts'

export interface Connector {
  readonly protocol: ClusterConfig['protocol']
  /** Starts to connect; `events` hears of success or failure later, never from inside the call. */
  connect(host: string, port: number, events: ClientConnectionEvents): ClientConnection
}
