/**
 * One stream of an HTTP/2 connection, whichever side began it (RFC 9113, 5) (hot): both windows, what waits to be sent,
 * and what was received while its receiver had paused.
 *
 *   open ──our end──▶ isLocalDone ┐
 *     └──peer's end─▶ isRemoteDone ┴─▶ isClosed     RST_STREAM of either side, or the connection's end, close at once
 *
 * The owner may be done (`isLocalDone`) while bytes still wait for windows: the stream closes when they have left.
 */
import type { MessageSink, ResetReason, StreamControl, StreamEvents } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { keep } from '../socket/read-buffer.ts'
import type { Http2Connection } from './connection.ts'
import type { Http2Error } from './frames.ts'

/** More than this waits to be sent: the producer stops, until half of it has left. */
const HIGH_MARK = 65536
const LOW_MARK = HIGH_MARK / 2

const NOTHING = Buffer.alloc(0)

/** What a stream tells its owner. */
export type StreamReceiver = MessageSink & StreamEvents

export abstract class Http2Stream implements StreamControl {
  abstract readonly connection: Http2Connection
  /** Null while nobody has taken the stream. */
  abstract readonly receiver: StreamReceiver | null
  readonly id: number

  /** What we may send, what the peer may send, and what of it was taken and not handed back. */
  sendWindow: number
  receiveWindow: number
  consumed = 0

  /** Our message is complete, sent or not; the peer's is. */
  isLocalDone = false
  isRemoteDone = false
  /** The frame that ends our message was written. */
  isEndSent = false
  /** The connection has forgotten the stream. */
  isClosed = false

  /** Bytes that wait for a window, `queue[0]` from `queueStart` on; null = none. */
  queue: Buffer[] | null = null
  queueStart = 0
  queued = 0
  /** What follows the last byte: nothing yet, the end, or trailers. */
  queueEnd: 'open' | 'end' | 'trailers' = 'open'
  queuedTrailers: HeaderMap | null = null
  /** Stands in the connection's list of streams that wait. */
  isWaiting = false
  isHigh = false
  /** Monotonic milliseconds when the queue last moved. */
  movedAt = 0

  pauses = 0
  /** Received while paused; its bytes count against the windows. */
  held: Buffer[] | null = null
  /** The peer's end was received and not delivered. */
  hasHeldEnd = false
  heldTrailers: HeaderMap | null = null

  /** Bytes of the body that are announced and have not come; -1 = not announced. */
  bodyLeft = -1

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id
    this.sendWindow = sendWindow
    this.receiveWindow = receiveWindow
  }

  abstract head(headers: HeaderMap, endStream: boolean): void
  /** How the peer is told that the owner has given the stream up. */
  protected abstract resetCode(reason: ResetReason): Http2Error

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isLocalDone) return
    if (endStream) this.isLocalDone = true
    const rest = this.queue === null ? this.connection.writeData(this, bytes, start, end, endStream) : start
    if (rest < 0) return
    this.#enqueue(bytes, rest, end)
    if (endStream) this.queueEnd = 'end'
  }

  trailers(trailers: HeaderMap): void {
    if (this.isLocalDone) return
    this.isLocalDone = true
    if (this.queue === null) return this.connection.writeTrailers(this, trailers)
    this.queueEnd = 'trailers'
    this.queuedTrailers = trailers
  }

  reset(reason: ResetReason): void {
    if (!this.isClosed) this.connection.resetStream(this, this.resetCode(reason))
  }

  pauseReads(): void {
    this.pauses++
  }

  resumeReads(): void {
    if (this.pauses > 0 && --this.pauses === 0 && (this.held !== null || this.hasHeldEnd)) this.connection.deliverLater(this)
  }

  /** A piece of the peer's body; `length` bytes of it count against the windows. False = it does not fit the head. */
  receive(bytes: Buffer, start: number, end: number, isEnd: boolean): boolean {
    if (this.bodyLeft >= 0) {
      this.bodyLeft -= end - start
      if (this.bodyLeft < 0 || (isEnd && this.bodyLeft > 0)) return false
    }
    if (isEnd) this.isRemoteDone = true
    if (this.pauses > 0 || this.held !== null) this.#hold(bytes, start, end, isEnd)
    else {
      this.connection.consume(this, end - start)
      this.receiver!.data(bytes, start, end, isEnd)
    }
    return true
  }

  receiveTrailers(trailers: HeaderMap): void {
    this.isRemoteDone = true
    if (this.pauses === 0 && this.held === null) return this.receiver!.trailers(trailers)
    this.hasHeldEnd = true
    this.heldTrailers = trailers
  }

  /** Delivers what was held, until the receiver pauses again. */
  deliverHeld(): void {
    while (this.held !== null && this.pauses === 0 && !this.isClosed) this.#deliverNext(this.held)
    if (!this.hasHeldEnd || this.pauses > 0 || this.isClosed) return
    this.hasHeldEnd = false
    const trailers = this.heldTrailers
    this.heldTrailers = null
    if (trailers === null) this.receiver!.data(NOTHING, 0, 0, true)
    else this.receiver!.trailers(trailers)
  }

  /** `count` bytes of the queue have left. */
  dequeued(count: number): void {
    this.queued -= count
    if (!this.isHigh || this.queued > LOW_MARK) return
    this.isHigh = false
    if (!this.isLocalDone) this.receiver?.onBelowLowWatermark()
  }

  /** The stream is over: what waits is dropped. Returns the bytes that were received and not taken. */
  discard(): number {
    let count = 0
    if (this.held !== null) for (let i = 0; i < this.held.length; i++) count += this.held[i]!.length
    this.queue = this.held = null
    this.queued = 0
    this.queuedTrailers = this.heldTrailers = null
    this.hasHeldEnd = false
    this.isClosed = this.isLocalDone = this.isRemoteDone = true
    return count
  }

  #enqueue(bytes: Buffer, start: number, end: number): void {
    if (this.queue === null) {
      this.queue = []
      this.queueStart = 0
      this.movedAt = this.connection.now()
    }
    if (end > start) this.queue.push(keep(bytes, start, end))
    this.queued += end - start
    this.connection.waitForWindow(this)
    if (this.isHigh || this.queued <= HIGH_MARK) return
    this.isHigh = true
    if (!this.isLocalDone) this.receiver?.onAboveHighWatermark()
  }

  #hold(bytes: Buffer, start: number, end: number, isEnd: boolean): void {
    if (end > start) (this.held ??= []).push(keep(bytes, start, end))
    if (isEnd) this.hasHeldEnd = true
  }

  #deliverNext(held: Buffer[]): void {
    const bytes = held.shift()!
    if (held.length === 0) this.held = null
    const isEnd = this.held === null && this.hasHeldEnd && this.heldTrailers === null
    if (isEnd) this.hasHeldEnd = false
    this.connection.consume(this, bytes.length)
    this.receiver!.data(bytes, 0, bytes.length, isEnd)
  }
}
