/**
 * The sending half of an HTTP/2 connection (hot): frames into the output, as far as windows and socket allow, and the
 * streams that wait for either.
 */
import type { Socket } from 'node:net'
import type { Http2Config } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { READ_BUFFER, type SocketRead, copyOf } from '../socket/read-buffer.ts'
import type { Clock } from '../util/clock.ts'
import { FloodGuard, type Flood } from './flood-guard.ts'
import {
  DEFAULT_WINDOW,
  FRAME_HEAD,
  FrameFlag,
  FrameType,
  type Http2Error,
  MAX_FRAME_SIZE,
  putU32,
  writeFrameHead,
} from './frames.ts'
import { fieldsRoom, type MessageKind, writeFields } from './head-writer.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import { Http2Output, type Http2OutputEvents } from './output.ts'
import { writeSettings } from './settings.ts'
import type { Http2Statistics } from './statistics.ts'
import type { Http2Stream } from './stream.ts'

/** What a sender takes from its listener or cluster. */
export interface Http2SenderOptions {
  readonly http2: Http2Config
  readonly statistics: Http2Statistics
  readonly clock: Clock
}

const NOTHING = Buffer.alloc(0)
/** Streams that we have reset lately: frames for them were on their way. */
const RESETS_KEPT = 32
/** Bytes that the peer does not read, beyond any body: heads and control frames. */
const MAX_UNSENT = 8 * 1024 * 1024

export abstract class Http2Sender implements Http2OutputEvents {
  readonly config: Http2Config
  readonly statistics: Http2Statistics
  readonly clock: Clock
  readonly flood: FloodGuard
  readonly socket: Socket
  readonly output: Http2Output
  readonly encoder = new HpackEncoder()
  sendWindow = DEFAULT_WINDOW
  /** Streams with bytes that wait for a window or for the socket, in the order in which they are served. */
  readonly waiting: Http2Stream[] = []
  isPumping = false
  readonly recentResets = new Int32Array(RESETS_KEPT)
  resetCount = 0
  /** Nothing is read or written any more. */
  isGone = false

  constructor(options: Http2SenderOptions, open: (onread: SocketRead) => Socket) {
    this.config = options.http2
    this.statistics = options.statistics
    this.clock = options.clock
    this.flood = new FloodGuard(options.http2, options.statistics, options.clock.monotonicMillis())
    this.socket = open({ buffer: READ_BUFFER, callback: (length, bytes) => this.onRead(bytes as Buffer, length) })
    this.output = new Http2Output(this.socket, this)
    this.socket.on('error', ignore)
  }

  /** Bytes have come; returns whether the socket goes on reading. */
  protected abstract onRead(bytes: Buffer, length: number): boolean
  /** Our message has left. */
  protected abstract onLocalEnd(stream: Http2Stream): void
  /** Ends the connection of a peer that is too much. */
  protected abstract calm(flood: Flood): false

  now(): number {
    return this.clock.monotonicMillis()
  }

  /**
   * Writes as much of `bytes[start, end)` as windows and socket allow; returns where the rest begins, or -1 when all has
   * been written, the end of the stream included.
   */
  writeData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): number {
    const { output } = this
    for (;;) {
      if (output.isBlocked || this.isGone) return start
      const length = Math.min(end - start, MAX_FRAME_SIZE, this.sendWindow, stream.sendWindow)
      const isLast = length === end - start
      if (length < 0 || (length === 0 && !isLast)) return start
      if (length === 0 && !endStream) return -1
      const at = output.reserve(FRAME_HEAD + length)
      const out = output.buffer!
      const flags = isLast && endStream ? FrameFlag.EndStream : 0
      const body = writeFrameHead(out, at, length, FrameType.Data, flags, stream.id)
      if (length > 0) bytes.copy(out, body, start, start + length)
      output.length = body + length
      output.frames++
      this.sendWindow -= length
      stream.sendWindow -= length
      this.flood.dataFramesSent++
      start += length
      if (!isLast) continue
      if (length > 0) this.flood.usefulFrames++
      if (endStream) this.#endSent(stream)
      return -1
    }
  }

  writeTrailers(stream: Http2Stream, trailers: HeaderMap): void {
    this.writeHead(stream, trailers, 'trailers', true)
  }

  /** HEADERS with the fields of `map`, CONTINUATION behind them when they are too many for a frame. */
  writeHead(stream: Http2Stream, map: HeaderMap, kind: MessageKind, endStream: boolean): void {
    const { output } = this
    const at = output.reserve(FRAME_HEAD + fieldsRoom(map))
    const out = output.buffer!
    const start = at + FRAME_HEAD
    const end = writeFields(this.encoder, map, kind, out, start)
    const flags = endStream ? FrameFlag.EndStream : 0
    if (end - start <= MAX_FRAME_SIZE) {
      writeFrameHead(out, at, end - start, FrameType.Headers, flags | FrameFlag.EndHeaders, stream.id)
      output.length = end
      output.frames++
    } else this.#writeLongHead(stream.id, flags, copyOf(out, start, end))
    if (endStream) this.#endSent(stream)
    this.checkOutbound()
  }

  #endSent(stream: Http2Stream): void {
    stream.isEndSent = true
    this.flood.usefulFrames++
    this.onLocalEnd(stream)
  }

  #writeLongHead(id: number, flags: number, block: Buffer): void {
    for (let from = 0; from < block.length; from += MAX_FRAME_SIZE) {
      const to = Math.min(block.length, from + MAX_FRAME_SIZE)
      const at = this.output.reserve(FRAME_HEAD + to - from)
      const type = from === 0 ? FrameType.Headers : FrameType.Continuation
      const own = (from === 0 ? flags : 0) | (to === block.length ? FrameFlag.EndHeaders : 0)
      const body = writeFrameHead(this.output.buffer!, at, to - from, type, own, id)
      block.copy(this.output.buffer!, body, from, to)
      this.output.length = body + to - from
      this.output.frames++
    }
  }

  writeReset(id: number, code: Http2Error): void {
    if (this.isGone) return
    this.recentResets[this.resetCount++ % RESETS_KEPT] = id
    this.statistics.txReset.add(1)
    this.#writeNumber(FrameType.ResetStream, id, code)
  }

  writeGoAway(lastId: number, code: Http2Error): void {
    this.statistics.goawaySent.add(1)
    const at = this.output.reserve(FRAME_HEAD + 8)
    const out = this.output.buffer!
    const body = writeFrameHead(out, at, 8, FrameType.GoAway, 0, 0)
    this.wroteControl(putU32(out, putU32(out, body, lastId), code))
  }

  /** Our own settings, and the connection's window, which no setting names. */
  protected writeOwnSettings(isServer: boolean): void {
    const at = this.output.reserve(FRAME_HEAD + 64)
    this.output.length = writeSettings(this.output.buffer!, at, this.config, isServer)
    this.writeWindowUpdate(0, this.config.initialConnectionWindow - DEFAULT_WINDOW)
  }

  protected writePing(): void {
    const at = this.output.reserve(FRAME_HEAD + 8)
    const out = this.output.buffer!
    const body = writeFrameHead(out, at, 8, FrameType.Ping, 0, 0)
    this.output.length = putU32(out, putU32(out, body, 0), 0)
  }

  protected writeWindowUpdate(id: number, increment: number): void {
    if (increment > 0 && !this.isGone) this.#writeNumber(FrameType.WindowUpdate, id, increment)
  }

  #writeNumber(type: number, id: number, value: number): void {
    const at = this.output.reserve(FRAME_HEAD + 4)
    const out = this.output.buffer!
    this.wroteControl(putU32(out, writeFrameHead(out, at, 4, type, 0, id), value))
  }

  protected writeEmpty(type: number, flags: number): void {
    const at = this.output.reserve(FRAME_HEAD)
    this.wroteControl(writeFrameHead(this.output.buffer!, at, 0, type, flags, 0))
  }

  protected wroteControl(end: number): void {
    const { output } = this
    output.length = end
    output.frames++
    output.controlFrames++
  }

  // Bytes that wait.

  waitForWindow(stream: Http2Stream): void {
    if (stream.isWaiting) return
    stream.isWaiting = true
    this.waiting.push(stream)
    this.onWaiting()
  }

  /** The first stream waits: it must not do so for ever. */
  protected onWaiting(): void {}

  onOutputReady(): void {
    if (!this.isGone && this.waiting.length > 0) this.pump()
  }

  /** Streams in turn, each as far as it gets; who still waits keeps its place. */
  protected pump(): void {
    const { waiting } = this
    let kept = 0
    this.isPumping = true
    for (let i = 0; i < waiting.length; i++) {
      const stream = waiting[i]!
      if (!stream.isClosed && !this.flush(stream)) waiting[kept++] = stream
      else stream.isWaiting = false
    }
    waiting.length = kept
    this.isPumping = false
    // The next to be served is not the one that was served first this time.
    if (kept > 1) waiting.push(waiting.shift()!)
  }

  /** A stream that is gone must not be kept until a window opens. */
  protected stopWaiting(stream: Http2Stream): void {
    stream.isWaiting = false
    this.waiting.splice(this.waiting.indexOf(stream), 1)
  }

  /** True when nothing of the stream waits any more. */
  protected flush(stream: Http2Stream): boolean {
    const queue = stream.queue
    if (queue === null) return true
    while (queue.length > 0) {
      const bytes = queue[0]!
      const start = stream.queueStart
      const rest = this.writeData(stream, bytes, start, bytes.length, queue.length === 1 && stream.queueEnd === 'end')
      if (stream.isClosed) return true
      if (rest === start) return false
      stream.movedAt = this.now()
      if (rest >= 0) {
        stream.queueStart = rest
        stream.dequeued(rest - start)
        return false
      }
      queue.shift()
      stream.queueStart = 0
      stream.dequeued(bytes.length - start)
    }
    return this.#flushEnd(stream)
  }

  /** The last byte has left; the end may wait on its own. */
  #flushEnd(stream: Http2Stream): boolean {
    const isEndLeft = stream.queueEnd === 'end' && !stream.isEndSent
    if (isEndLeft && this.writeData(stream, NOTHING, 0, 0, true) >= 0) return false
    stream.queue = null
    if (stream.queueEnd === 'trailers' && !stream.isEndSent) this.writeTrailers(stream, stream.queuedTrailers!)
    return true
  }

  /** Whether the peer reads what we write; false = the connection has ended. */
  protected checkOutbound(): boolean {
    const { output } = this
    const flood = this.flood.onOutbound(output.frames + output.socketFrames, output.controlFrames + output.socketControlFrames)
    if (flood !== null) return this.calm(flood)
    return output.unsent <= MAX_UNSENT || this.calm('codec_error:Too_many_bytes_in_the_outbound_queue.')
  }
}

function ignore(): void {
  // `close` follows and says all there is to do.
}
