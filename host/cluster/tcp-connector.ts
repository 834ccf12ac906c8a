/** Connections to endpoints that carry bytes without a protocol: each serves one client connection and ends with it. */
import { connect } from 'node:net'
import type { ClientConnectionEvents } from '../http/codec.ts'
import { connectFailure } from '../socket/connect-failure.ts'
import { SocketTransport, type SocketOwner } from '../tcp/socket-transport.ts'
import type { CloseKind, Transport, TransportEvents } from '../tcp/transport.ts'
import type { Connector, PooledConnection } from './connector.ts'
import { addressLabel } from './endpoint.ts'
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

  connect(host: string, port: number, events: ClientConnectionEvents): TcpConnection {
    return new TcpConnection(host, port, this.#highMark, this.#stats, events)
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

  constructor(host: string, port: number, highMark: number, stats: TcpClusterStats, pool: ClientConnectionEvents) {
    this.#stats = stats
    this.#pool = pool
    this.#transport = new SocketTransport(this, highMark, (onread) =>
      connect({ host, port, noDelay: true, allowHalfOpen: true, onread }),
    )
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

  /** For the pool: at once. */
  close(kind: CloseKind = 'now'): void {
    this.#isClosedByUs = true
    this.#transport.close(kind)
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

  onGone(errorCode: string): void {
    this.#stats.countEnd(this.#isEndedByPeer || !this.#isClosedByUs, this.#isConnected)
    if (this.#isConnected) this.#pool.onClosed('connection_termination', '')
    else this.#pool.onClosed('remote_connection_failure', connectFailure(errorCode))
  }
}
