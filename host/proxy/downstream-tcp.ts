/** The connections of a TCP listener: each a socket with a stream of the chain behind it. */
import type { StreamCount } from '../chain/stream-count.ts'
import type { TcpManager } from '../chain/tcp/tcp-manager.ts'
import type { TcpStream } from '../chain/tcp/tcp-stream.ts'
import type { ListenerConfig } from '../config/types.ts'
import { SocketTransport, type SocketOwner } from '../tcp/socket-transport.ts'
import type { AcceptedConnection } from './accepted-connection.ts'
import { DownstreamStats } from './downstream-stats.ts'
import { listenerStatName, type ConnectionFactory, type ListenerContext, type OpenConnection } from './listener.ts'

export class TcpConnections implements ConnectionFactory {
  bufferLimit: number
  manager: TcpManager
  readonly stats: DownstreamStats

  constructor(listener: ListenerConfig, manager: TcpManager, context: ListenerContext) {
    this.bufferLimit = listener.bufferLimit
    this.manager = manager
    this.stats = new DownstreamStats(context.stats, [`listener.${listenerStatName(listener)}.downstream_cx_`])
  }

  get streams(): StreamCount {
    return this.manager.streams
  }

  /** For new connections: a stream of bytes keeps what it began with. */
  adopt(next: ConnectionFactory): boolean {
    if (!(next instanceof TcpConnections)) return false
    this.bufferLimit = next.bufferLimit
    this.manager = next.manager
    return true
  }

  open(accepted: AcceptedConnection, onClosed: (connection: OpenConnection) => void): OpenConnection {
    return new DownstreamTcp(accepted, this, onClosed)
  }
}

class DownstreamTcp implements OpenConnection, SocketOwner {
  readonly #onClosed: (connection: OpenConnection) => void
  readonly #transport: SocketTransport
  readonly #stream: TcpStream

  constructor(accepted: AcceptedConnection, connections: TcpConnections, onClosed: (connection: OpenConnection) => void) {
    const { bufferLimit, manager } = connections
    this.#onClosed = onClosed
    this.#transport = new SocketTransport(this, bufferLimit, accepted.open)
    this.#stream = manager.newStream(this.#transport, accepted.info)
    this.#stream.start()
    this.#transport.attach(this.#stream)
  }

  /** Nothing announces the end of a connection without a protocol: it ends when its peers end it. */
  drain(): void {}

  close(): void {
    this.#stream.close()
    this.#transport.close('now')
  }

  onConnected(): void {
    // An accepted socket is connected.
  }

  onGone(): void {
    this.#onClosed(this)
  }
}
