/** Opens connections to endpoints; the pool does not know sockets or protocol versions. */
import type { ClientConnection, ClientConnectionEvents } from '../http/codec.ts'

export interface Connector {
  /** Starts to connect; `events` hears of success or failure later, never from inside the call. */
  connect(host: string, port: number, events: ClientConnectionEvents): ClientConnection
}
