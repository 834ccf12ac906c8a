/**
 * The write side of a socket (hot): collects what one turn produces, so that a head and its body leave in one
 * write, and turns the length of the socket's queue into watermark calls.
 */
import type { Socket } from 'node:net'

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
/** Pieces up to this size are copied behind pending text; larger ones are written on their own. */
const COPY_LIMIT = 65536
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

  /** Adds `bytes[start, end)`, whose buffer is ours from now on. */
  bytes(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    if (length <= TEXT_LIMIT) return this.text(bytes.latin1Slice(start, end))
    if (this.pending === '') return this.#write(whole(bytes, start, end))
    if (length > COPY_LIMIT) {
      this.flush()
      return this.#write(whole(bytes, start, end))
    }
    const head = this.pending.length
    const joined = Buffer.allocUnsafeSlow(head + length)
    joined.latin1Write(this.pending, 0, head)
    bytes.copy(joined, head, start, end)
    this.pending = ''
    this.#write(joined)
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

  #write(bytes: Buffer): void {
    if (!this.socket.writable) return
    this.socket.write(bytes)
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

function whole(bytes: Buffer, start: number, end: number): Buffer {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}
