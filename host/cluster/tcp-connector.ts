/** Connections to endpoints that carry bytes without a protocol: each serves one client connection and ends with it. */
import type { ClientConnectionEvents } from '../http/codec.ts'
import type { Socket } from 'node:net'
import type { SocketRead } from '../socket/read-buffer.ts'
import { connectFailure, connectFailureReason } from '../socket/connect-failure.ts'
import { SocketTransport, type SocketOwner } from '../tcp/socket-transport.ts'
import type { CloseKind, Transport, TransportEvents } from '../tcp/transport.ts'
import type { ConnectionOwner, Connector, Destination, PooledConnection } from './connector.ts'
import { addressLabel } from './endpoint.ts'
import { openUpstream } from './upstream-socket.ts'
import type { TcpClusterStats } from './tcp-cluster-stats.ts'

export class TcpConnector implements Connector<TcpConnection> {
  readonly protocol = 'TCP'
  readonly expectedStreams = 1
  readonly #highMark: number
  readonly #stats: TcpClusterStats

  constructor(highMark: number, stats: TcpClusterStats) {
    this.#highMark = highMark
    this.#stats = stats
  }

  connect(destination: Destination, owner: ConnectionOwner): TcpConnection {
    const open = (onread: SocketRead): Socket => openUpstream(destination, '', onread, owner)
    return new TcpConnection(open, this.#highMark, this.#stats, owner)
  }
}

export class TcpConnection implements Transport, TransportEvents, SocketOwner, PooledConnection {
  readonly maxStreams = 1
  readonly #stats: TcpClusterStats
  readonly #pool: ClientConnectionEvents
  readonly #transport: SocketTransport
  #events: TransportEvents | null = null
  #isConnected = false
  #isWriteEnded = false
  /** The upstream ended the connection: it refused or reset it, or was the last to end its half. */
  #isEndedByPeer = false
  #isClosedByUs = false

  constructor(open: (onread: SocketRead) => Socket, highMark: number, stats: TcpClusterStats, pool: ClientConnectionEvents) {
    this.#stats = stats
    this.#pool = pool
    this.#transport = new SocketTransport(this, highMark, open)
  }

  /** `ip:port` of our side. */
  get localAddress(): string {
    const { localAddress = '', localPort = 0 } = this.#transport.socket
    return addressLabel(localAddress, localPort)
  }

  /** The request that the pool gave this connection to hears of it from here on. */
  attach(events: TransportEvents): void {
    this.#events = events
    this.#transport.attach(this)
  }

  write(bytes: Buffer, endStream: boolean): void {
    if (endStream) this.#isWriteEnded = true
    this.#stats.sentBytes.add(bytes.length)
    this.#transport.write(bytes, endStream)
  }

  pauseReads(): void {
    this.#transport.pauseReads()
  }

  resumeReads(): void {
    this.#transport.resumeReads()
  }

  /** Without a kind, for the pool: at once, and whoever uses the connection hears of it. */
  close(kind?: CloseKind): void {
    const isUsed = kind === undefined && !this.#isClosedByUs
    this.#isClosedByUs = true
    this.#transport.close(kind ?? 'now')
    if (isUsed) this.#events?.onReset()
  }

  onData(bytes: Buffer, endStream: boolean): void {
    this.#stats.receivedBytes.add(bytes.length)
    if (endStream && this.#isWriteEnded) this.#isEndedByPeer = true
    this.#events!.onData(bytes, endStream)
  }

  onReset(): void {
    this.#isEndedByPeer = true
    this.#events!.onReset()
  }

  onAboveHighWatermark(): void {
    this.#events!.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#events!.onBelowLowWatermark()
  }

  onConnected(): void {
    this.#isConnected = true
    this.#pool.onConnected()
  }

  onGone(error: Error | null): void {
    this.#stats.countEnd(this.#isEndedByPeer || !this.#isClosedByUs, this.#isConnected)
    if (this.#isConnected) this.#pool.onClosed('connection_termination', '')
    else this.#pool.onClosed(connectFailureReason(error), connectFailure(error))
  }
}
