/**
 * The write side of an HTTP/2 connection (hot): frames are put into buffers of a pool, and leave once per turn of the
 * event loop, so that answers of many streams share a write. While the socket does not take them, only what cannot wait
 * is added: control frames and heads, of which the connection counts how many there are.
 */
import type { Socket } from 'node:net'
import { type Deferred, deferLate } from '../socket/turn.ts'
import { giveBuffer, LARGE, SMALL, takeBuffer } from '../socket/write-buffers.ts'

/** More than this in the socket's own queue: the peer reads slower than we write. */
const BLOCKED_BYTES = 65536

/** What the owner of an output is told. */
export interface Http2OutputEvents {
  /** The socket has taken everything after it had not: data may be written again. */
  onOutputReady(): void
}

export class Http2Output implements Deferred {
  isDeferred = false
  readonly socket: Socket
  readonly events: Http2OutputEvents
  /** What is written next: `buffer[0, length)`; null = nothing. */
  buffer: Buffer | null = null
  length = 0
  /** The socket has not taken what it was given: no DATA now. */
  isBlocked = false
  /** Frames in `buffer`, and among them those that only the peer's own have caused. */
  frames = 0
  controlFrames = 0
  /** The same of what the socket has and has not sent. */
  socketFrames = 0
  socketControlFrames = 0
  /** The last flush was a large one: the next probably is, too. */
  isBulk = false
  /** Buffers that the socket has, oldest first. */
  readonly written: Buffer[] = []
  readonly onWritten: () => void

  constructor(socket: Socket, events: Http2OutputEvents) {
    this.socket = socket
    this.events = events
    this.onWritten = () => this.#onWritten()
  }

  /** Makes room for `bytes` behind `length` in `buffer`; returns that offset. The caller sets `length` afterwards. */
  reserve(bytes: number): number {
    deferLate(this)
    if (this.buffer === null) {
      this.buffer = takeBuffer(this.isBulk || bytes > SMALL ? Math.max(bytes, LARGE) : SMALL)
      this.length = 0
    } else if (this.length + bytes > this.buffer.length) this.#grow(bytes)
    return this.length
  }

  /** Bytes that the peer has not got. */
  get unsent(): number {
    return this.length + this.socket.writableLength
  }

  /** Gives everything to the socket, unless that has enough. */
  flush(): void {
    const { buffer, length, socket } = this
    if (buffer === null || length === 0 || this.isBlocked) return
    this.buffer = null
    this.length = 0
    this.isBulk = length > SMALL
    if (!socket.writable) return giveBuffer(buffer)
    this.written.push(buffer)
    this.socketFrames += this.frames
    this.socketControlFrames += this.controlFrames
    this.frames = this.controlFrames = 0
    socket.write(length === buffer.length ? buffer : buffer.subarray(0, length), this.onWritten)
    this.isBlocked = socket.writableLength >= BLOCKED_BYTES
  }

  /** Gives everything to the socket, however much it has: nothing follows. */
  finish(): void {
    this.isBlocked = false
    this.flush()
  }

  runDeferred(): void {
    this.flush()
  }

  #grow(bytes: number): void {
    const full = this.buffer!
    const length = this.length
    if (full.length >= LARGE && !this.isBlocked) {
      this.flush()
      this.buffer = takeBuffer(Math.max(bytes, LARGE))
      this.length = 0
      return
    }
    const larger = takeBuffer(Math.max(LARGE, full.length < LARGE ? 0 : full.length * 2, length + bytes))
    full.copy(larger, 0, 0, length)
    giveBuffer(full)
    this.buffer = larger
  }

  /** Writes end in their order; those of a destroyed socket, which sends no more, in any. */
  #onWritten(): void {
    giveBuffer(this.written.shift()!)
    if (this.written.length > 0) return
    this.socketFrames = this.socketControlFrames = 0
    if (!this.isBlocked) return
    this.isBlocked = false
    this.flush()
    if (!this.socket.destroyed) this.events.onOutputReady()
  }
}
