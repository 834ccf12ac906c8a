/** The connections of a TCP listener: each a socket with a stream of the chain behind it. */
import type { Socket } from 'node:net'
import type { TcpManager } from '../chain/tcp/tcp-manager.ts'
import type { TcpStream } from '../chain/tcp/tcp-stream.ts'
import type { TcpListenerConfig } from '../config/types.ts'
import { withSharedReads } from '../socket/accepted-socket.ts'
import { SocketTransport, type SocketOwner } from '../tcp/socket-transport.ts'
import { describeConnection } from './connection-info.ts'
import { DownstreamStats } from './downstream-stats.ts'
import { listenerStatName, type ConnectionFactory, type ListenerContext, type OpenConnection } from './listener.ts'

export class TcpConnections implements ConnectionFactory {
  readonly config: TcpListenerConfig
  readonly manager: TcpManager
  readonly context: ListenerContext
  readonly stats: DownstreamStats

  constructor(config: TcpListenerConfig, manager: TcpManager, context: ListenerContext) {
    this.config = config
    this.manager = manager
    this.context = context
    this.stats = new DownstreamStats(context.stats, [`listener.${listenerStatName(config)}.downstream_cx_`])
  }

  open(socket: Socket, onClosed: (connection: OpenConnection) => void): OpenConnection {
    return new DownstreamTcp(socket, this, onClosed)
  }
}

class DownstreamTcp implements OpenConnection, SocketOwner {
  readonly #connections: TcpConnections
  readonly #onClosed: (connection: OpenConnection) => void
  readonly #openedAt: number
  readonly #transport: SocketTransport
  readonly #stream: TcpStream

  constructor(socket: Socket, connections: TcpConnections, onClosed: (connection: OpenConnection) => void) {
    const { config, manager, context, stats } = connections
    const info = describeConnection(socket, config, context.nextConnectionId())
    this.#connections = connections
    this.#onClosed = onClosed
    this.#openedAt = context.clock.monotonicMillis()
    this.#transport = new SocketTransport(this, config.bufferLimit, (onread) => withSharedReads(socket, onread))
    this.#stream = manager.newStream(this.#transport, info)
    stats.opened()
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
    const { stats, context } = this.#connections
    stats.closed(context.clock.monotonicMillis() - this.#openedAt)
    this.#onClosed(this)
  }
}
