/** A transport over a socket of the system (hot: one call per read and write). */
import type { Socket } from 'node:net'
import { Output, type OutputEvents } from '../socket/output.ts'
import { copyOf, READ_BUFFER, type SocketRead } from '../socket/read-buffer.ts'
import { type Deferred, defer, enterTurn, leaveTurn } from '../socket/turn.ts'
import { readyEvent } from '../socket/ready-event.ts'
import { resetSocket } from '../socket/reset-socket.ts'
import type { CloseKind, Transport, TransportEvents } from './transport.ts'

/** Who opened the socket. */
export interface SocketOwner {
  /** Only for a socket that connects. */
  onConnected(): void
  /** The socket is gone, whoever closed it; the last call. */
  onGone(error: Error | null): void
}

const NOTHING = Buffer.alloc(0)

export class SocketTransport implements Transport, OutputEvents, Deferred {
  isDeferred = false
  readonly socket: Socket
  readonly #owner: SocketOwner
  readonly #output: Output
  #events: TransportEvents | null = null
  /** Nobody listens yet. */
  #pauses = 1
  #isClosed = false
  #error: Error | null = null

  /** `open` makes the socket with the given way to read; more than `highMark` queued bytes are too many. */
  constructor(owner: SocketOwner, highMark: number, open: (onread: SocketRead) => Socket) {
    this.#owner = owner
    this.socket = open({ buffer: READ_BUFFER, callback: (length, bytes) => this.#onRead(length, bytes) })
    this.socket.pause()
    this.#output = new Output(this.socket, this, highMark)
    this.socket.on(readyEvent(this.socket), () => this.socket.destroyed || this.#owner.onConnected())
    this.socket.on('end', () => this.#deliver(NOTHING, true))
    this.socket.on('error', (error) => void (this.#error = error))
    this.socket.on('close', () => this.#onClose())
  }

  /** From here on `events` hears what comes; called once. */
  attach(events: TransportEvents): void {
    this.#events = events
    this.resumeReads()
  }

  write(bytes: Buffer, endStream: boolean): void {
    if (this.#isClosed) return
    if (bytes.length > 0) this.#output.bytes(bytes, 0, bytes.length)
    if (!endStream) return
    this.#output.flush()
    this.socket.end()
  }

  pauseReads(): void {
    if (this.#pauses++ === 0) this.socket.pause()
  }

  resumeReads(): void {
    if (--this.#pauses === 0 && !this.#isClosed) this.socket.resume()
  }

  close(kind: CloseKind): void {
    if (this.socket.destroyed || (this.#isClosed && kind === 'flush')) return
    this.#isClosed = true
    if (kind === 'now') this.socket.destroy()
    else if (kind === 'reset') resetSocket(this.socket)
    else this.#closeSoon()
  }

  onOutputPending(): void {
    defer(this)
  }

  runDeferred(): void {
    this.#output.flush()
  }

  onOutputHigh(): void {
    if (!this.#isClosed) this.#events?.onAboveHighWatermark()
  }

  onOutputLow(): void {
    if (!this.#isClosed) this.#events?.onBelowLowWatermark()
  }

  #closeSoon(): void {
    this.socket.pause()
    this.#output.flush()
    this.socket.destroySoon()
  }

  /** Returns whether the socket goes on reading. */
  #onRead(length: number, bytes: Uint8Array): boolean {
    this.#deliver(copyOf(bytes as Buffer, 0, length), false)
    return this.#pauses === 0 && !this.#isClosed
  }

  #deliver(bytes: Buffer, endStream: boolean): void {
    if (this.#isClosed) return
    enterTurn()
    try {
      this.#events!.onData(bytes, endStream)
    } finally {
      leaveTurn()
    }
  }

  #onClose(): void {
    const isReset = !this.#isClosed
    this.#isClosed = true
    if (isReset) this.#events?.onReset()
    this.#owner.onGone(this.#error)
  }
}
