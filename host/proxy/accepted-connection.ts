/** A connection on its way to its filter chain. */
import type { Socket } from 'node:net'
import type { ConnectionInfo } from '../http/stream-info.ts'
import type { SocketRead } from '../socket/read-buffer.ts'

export interface AcceptedConnection {
  readonly info: ConnectionInfo
  /** Hands the socket over, which reads as it is told from then on; called once. */
  readonly open: (onread: SocketRead) => Socket
}
