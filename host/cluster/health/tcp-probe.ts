/** Asks by a connection, and perhaps by bytes over it (source/extensions/health_checkers/tcp/health_checker_impl.cc). */
import type { Socket } from 'node:net'
import type { TcpProbeConfig } from '../../config/types.ts'
import type { SocketRead } from '../../socket/read-buffer.ts'
import { SocketTransport, type SocketOwner } from '../../tcp/socket-transport.ts'
import type { TransportEvents } from '../../tcp/transport.ts'
import { containsInOrder } from './payload-match.ts'
import type { Probe, ProbeOwner } from './probe.ts'

const NOTHING = Buffer.alloc(0)
/** A check has little to write. */
const HIGH_MARK = 1024 * 1024
/** An endpoint that says more without what was expected never comes to it. */
const MAX_RECEIVED = 64 * 1024

/** Opens the socket to the endpoint. */
export type OpenSocket = (onread: SocketRead) => Socket

export class TcpProbe implements Probe {
  readonly #config: TcpProbeConfig
  readonly #isReused: boolean
  readonly #open: OpenSocket
  readonly #owner: ProbeOwner
  #connection: TcpProbeConnection | null = null
  #isAsking = false
  #received = NOTHING

  constructor(config: TcpProbeConfig, isReused: boolean, open: OpenSocket, owner: ProbeOwner) {
    this.#config = config
    this.#isReused = isReused
    this.#open = open
    this.#owner = owner
  }

  ask(): void {
    this.#isAsking = true
    this.#connection ??= new TcpProbeConnection(this, this.#open)
    if (this.#config.send.length > 0) this.#connection.transport.write(Buffer.from(this.#config.send), false)
  }

  cancel(): void {
    this.close()
  }

  close(): void {
    this.#isAsking = false
    this.#received = NOTHING
    this.#connection?.transport.close('now')
    this.#connection = null
  }

  /** For {@link TcpProbeConnection}: where nothing has to come back, nothing more is wanted of the connection. */
  onConnected(): void {
    if (this.#config.receive.length > 0) return
    this.close()
    this.#owner.onPass(false)
  }

  /** For {@link TcpProbeConnection}: bytes have come. */
  onData(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    if (containsInOrder(this.#received, this.#config.receive)) this.#onMatch()
    else if (this.#received.length > MAX_RECEIVED) this.onEnded()
  }

  /** For {@link TcpProbeConnection}: the peer has ended it. Between two questions that is a failure, too. */
  onEnded(): void {
    this.close()
    this.#owner.onFail('network', false)
  }

  /** For {@link TcpProbeConnection}: it is gone, whoever ended it. */
  onGone(connection: TcpProbeConnection): void {
    if (this.#connection === connection) this.onEnded()
  }

  #onMatch(): void {
    this.#received = NOTHING
    if (!this.#isAsking) return
    this.#isAsking = false
    if (!this.#isReused) this.close()
    this.#owner.onPass(false)
  }
}

class TcpProbeConnection implements SocketOwner, TransportEvents {
  readonly transport: SocketTransport
  readonly #probe: TcpProbe

  constructor(probe: TcpProbe, open: OpenSocket) {
    this.#probe = probe
    this.transport = new SocketTransport(this, HIGH_MARK, open)
    this.transport.attach(this)
  }

  onConnected(): void {
    this.#probe.onConnected()
  }

  onData(bytes: Buffer, endStream: boolean): void {
    if (bytes.length > 0) this.#probe.onData(bytes)
    if (endStream) this.#probe.onGone(this)
  }

  onReset(): void {}

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  onGone(): void {
    this.#probe.onGone(this)
  }
}
