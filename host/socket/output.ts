/**
 * The write side of a socket (hot): collects what one turn produces, so that a head and its body leave in one
 * write, and turns the length of the socket's queue into watermark calls.
 */
import type { Socket } from 'node:net'
import { keep } from './read-buffer.ts'
import { giveBuffer, LARGE, takeBuffer } from './write-buffers.ts'

/** What the owner of an output is told. */
export interface OutputEvents {
  /** The queue grew past the high mark. */
  onOutputHigh(): void
  /** The queue is empty again after it was high. */
  onOutputLow(): void
  /** Something waits for {@link Output.flush}; called for the first piece only. */
  onOutputPending(): void
}

/** Bodies up to this size are joined to pending text as text: one string write costs less than one buffer write. */
const TEXT_LIMIT = 4096
/** Collected text that is written before the turn ends. */
const FLUSH_LIMIT = 65536
const NOTHING = Buffer.alloc(0)

export class Output {
  readonly socket: Socket
  readonly events: OutputEvents
  readonly highMark: number
  /** Text not yet given to the socket. */
  pending = ''
  isHigh = false
  readonly onDrained: () => void
  /** Buffers that the socket has, oldest first. Writes end in their order; those of a destroyed socket, which sends no more, in any. */
  readonly #written: Buffer[] = []
  readonly #onWritten = (): void => giveBuffer(this.#written.shift()!)

  constructor(socket: Socket, events: OutputEvents, highMark: number) {
    this.socket = socket
    this.events = events
    this.highMark = highMark
    this.onDrained = () => this.#drained()
  }

  /** Adds a byte string. */
  text(text: string): void {
    if (this.pending === '') this.events.onOutputPending()
    this.pending += text
    if (this.pending.length > FLUSH_LIMIT) this.flush()
  }

  /** Adds `bytes[start, end)`, which may be lent. */
  bytes(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    if (length <= TEXT_LIMIT) return this.text(bytes.latin1Slice(start, end))
    const size = this.pending.length + length
    if (size <= LARGE) return this.#writeJoined(bytes, start, end, size)
    this.flush()
    this.#write(keep(bytes, start, end), undefined)
  }

  /** Gives everything collected to the socket. */
  flush(): void {
    if (this.pending === '') return
    const text = this.pending
    this.pending = ''
    if (!this.socket.writable) return
    this.socket.write(text, 'latin1')
    this.#checkHigh()
  }

  /** Pending text and the bytes in one buffer, which is free again when they have left. */
  #writeJoined(bytes: Buffer, start: number, end: number, size: number): void {
    const head = this.pending.length
    const buffer = takeBuffer(size)
    if (head > 0) buffer.latin1Write(this.pending, 0, head)
    bytes.copy(buffer, head, start, end)
    this.pending = ''
    if (!this.socket.writable) return giveBuffer(buffer)
    this.#written.push(buffer)
    this.#write(buffer.subarray(0, size), this.#onWritten)
  }

  #write(bytes: Buffer, onWritten: (() => void) | undefined): void {
    if (!this.socket.writable) return
    this.socket.write(bytes, onWritten)
    this.#checkHigh()
  }

  /** An empty write behind the others tells when the queue has gone: `drain` would not come below the stream's own mark. */
  #checkHigh(): void {
    if (this.isHigh || this.socket.writableLength <= this.highMark) return
    this.isHigh = true
    this.socket.write(NOTHING, this.onDrained)
    this.events.onOutputHigh()
  }

  #drained(): void {
    this.isHigh = false
    if (!this.socket.destroyed) this.events.onOutputLow()
  }
}
