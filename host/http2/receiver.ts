/**
 * The receiving half of an HTTP/2 connection as far as bodies go (hot): DATA, counted against both windows, to the streams;
 * the peer may send again what their receivers have taken.
 */
import type { Socket } from 'node:net'
import type { SocketRead } from '../socket/read-buffer.ts'
import { type Deferred, defer } from '../socket/turn.ts'
import { FrameFlag, Http2Error } from './frames.ts'
import type { Http2SenderOptions } from './sender.ts'
import type { Http2Stream } from './stream.ts'
import { Http2Streams } from './streams.ts'

export abstract class Http2Receiver extends Http2Streams implements Deferred {
  receiveWindow: number
  consumed = 0
  /** Length of the DATA frame that is read, and how much of it was body. */
  dataLength = 0
  dataBody = 0
  dataStream: Http2Stream | null = null
  dataEndsStream = false
  /** Streams whose held bytes can be delivered. */
  readonly resumed: Http2Stream[] = []
  isDeferred = false

  constructor(options: Http2SenderOptions, open: (onread: SocketRead) => Socket) {
    super(options, open)
    this.receiveWindow = options.http2.initialConnectionWindow
  }

  /** No frame was ever sent or received for the stream. */
  protected abstract isIdle(id: number): boolean
  abstract runDeferred(): void

  protected onDataHead(flags: number, id: number, length: number): boolean {
    if (id === 0 || this.isIdle(id)) return this.fail(Http2Error.ProtocolError, 'DATA: stream is idle')
    if ((flags & FrameFlag.Padded) !== 0 && length === 0) return this.fail(Http2Error.FrameSizeError, 'DATA without padding')
    if (length > this.receiveWindow) return this.fail(Http2Error.FlowControlError, 'DATA: window of the connection exceeded')
    this.receiveWindow -= length
    this.dataLength = length
    this.dataBody = 0
    this.dataEndsStream = (flags & FrameFlag.EndStream) !== 0
    this.dataStream = null
    const flood = this.flood.onMessageFrame(length === 0 && !this.dataEndsStream)
    if (flood !== null) return this.calm(flood)
    if (length > 0) this.flood.usefulFrames++
    const stream = this.streams.get(id)
    if (stream === undefined) return this.#onLateData(id)
    if (stream.isRemoteDone) return this.refuse(stream, Http2Error.StreamClosed)
    if (length > stream.receiveWindow) return this.refuse(stream, Http2Error.FlowControlError)
    stream.receiveWindow -= length
    this.dataStream = stream
    return true
  }

  /** DATA for a stream that has ended: on its way when we reset it, or a fault. */
  #onLateData(id: number): boolean {
    if (!this.isLate(id)) this.writeReset(id, Http2Error.StreamClosed)
    return this.idleFrame()
  }

  onDataPiece(bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    const stream = this.dataStream
    this.dataBody += end - start
    if (stream === null || stream.isClosed) this.consumeLost(end - start)
    if (isLast) this.#onDataEnd(stream)
    if (stream === null || stream.isClosed) return !this.isGone
    const isEnd = isLast && this.dataEndsStream
    if (start === end && !isEnd) return true
    if (!stream.receive(bytes, start, end, isEnd)) return this.refuse(stream, Http2Error.ProtocolError)
    if (isEnd) this.closeIfDone(stream)
    return !this.isGone
  }

  onPaddingTooLong(): boolean {
    return this.fail(Http2Error.ProtocolError, 'DATA: too much padding')
  }

  /** Padding counts against the windows, and is nobody's. */
  #onDataEnd(stream: Http2Stream | null): void {
    const padding = this.dataLength - this.dataBody
    if (padding === 0) return
    if (stream === null || stream.isClosed) this.consumeLost(padding)
    else this.consume(stream, padding)
  }

  /** The receiver of a stream has taken `bytes`, which the peer may send again. */
  consume(stream: Http2Stream, bytes: number): void {
    this.consumeLost(bytes)
    stream.consumed += bytes
    if (stream.isRemoteDone || stream.consumed < this.config.initialStreamWindow >> 1) return
    this.writeWindowUpdate(stream.id, stream.consumed)
    stream.receiveWindow += stream.consumed
    stream.consumed = 0
  }

  /** The same of the connection alone. */
  consumeLost(bytes: number): void {
    this.consumed += bytes
    if (this.consumed < this.config.initialConnectionWindow >> 1 || this.isGone) return
    this.writeWindowUpdate(0, this.consumed)
    this.receiveWindow += this.consumed
    this.consumed = 0
  }

  deliverLater(stream: Http2Stream): void {
    this.resumed.push(stream)
    defer(this)
  }

  protected deliverResumed(): void {
    for (let i = 0; i < this.resumed.length; i++) {
      const stream = this.resumed[i]!
      stream.deliverHeld()
      if (!stream.isClosed) this.closeIfDone(stream)
    }
    this.resumed.length = 0
  }
}
