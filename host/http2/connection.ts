/**
 * What both ends of an HTTP/2 connection do alike (hot): settings, windows, streams and their order, PING, GOAWAY, and
 * the verdicts on frames (RFC 9113). What a stream means is the business of its kind: server.ts, client.ts.
 *
 *   socket ─▶ FrameReader ─▶ onFrame ─┬─ HEADERS, CONTINUATION ─▶ HeaderBlock ─▶ HPACK ─▶ onBlock (server, client)
 *                                     ├─ DATA ─▶ windows ─▶ Http2Stream ─▶ receiver
 *                                     └─ the others: answered here
 *   Http2Stream ─▶ Http2Sender ─▶ Http2Output ─▶ socket, once per turn of the event loop
 *
 * A fault of the peer ends the connection by GOAWAY, or a stream by RST_STREAM where the standard leaves that much. The
 * file is long because the verdict on nearly every frame needs the state that all the others change.
 */
import type { Socket } from 'node:net'
import type { ResetReason } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { type SocketRead, copyOf } from '../socket/read-buffer.ts'
import { type Deferred, defer, enterTurn, leaveTurn } from '../socket/turn.ts'
import { BlockFields, type BlockLimits } from './block-fields.ts'
import type { Flood } from './flood-guard.ts'
import {
  Http2Error,
  FRAME_HEAD,
  FrameFlag,
  FrameReader,
  FrameType,
  type FrameHandler,
  MAX_FRAME_SIZE,
  MAX_WINDOW,
  readU31,
  writeFrameHead,
} from './frames.ts'
import { HeaderBlock } from './header-block.ts'
import { DEFAULT_TABLE_BYTES, HpackDecoder } from './hpack-decoder.ts'
import { PeerSettings } from './settings.ts'
import { Http2Sender, type Http2SenderOptions } from './sender.ts'
import type { Http2Stream } from './stream.ts'

/** What all HTTP/2 connections of a listener or cluster share. */
export interface Http2ConnectionOptions extends Http2SenderOptions {
  /** Limits of a head. */
  readonly limits: BlockLimits
}

/** Frames of new messages that one connection may have handled before others have their turn. */
const BLOCKS_PER_TURN = 128

/** The fields of the block that was decoded last. */
const fields = new BlockFields()

export abstract class Http2Connection extends Http2Sender implements FrameHandler, Deferred {
  readonly limits: BlockLimits
  readonly reader: FrameReader
  readonly decoder = new HpackDecoder()
  readonly block: HeaderBlock
  readonly peer = new PeerSettings()
  readonly streams = new Map<number, Http2Stream>()
  /** Streams whose held bytes can be delivered. */
  readonly resumed: Http2Stream[] = []
  isDeferred = false

  receiveWindow: number
  consumed = 0
  /** Length of the DATA frame that is read, and how much of it was body. */
  dataLength = 0
  dataBody = 0
  dataStream: Http2Stream | null = null
  dataEndsStream = false

  /** The first frame was SETTINGS. */
  hasSettings = false
  /** Bytes that were read and wait for the next turn. */
  input: Buffer | null = null
  blocksInTurn = 0

  /** `open` makes or takes over the socket, with the given way to read. */
  constructor(options: Http2ConnectionOptions, open: (onread: SocketRead) => Socket) {
    super(options, open)
    this.limits = options.limits
    this.receiveWindow = options.http2.initialConnectionWindow
    this.block = new HeaderBlock(options.limits.maxHeadBytes)
    // Until the peer has seen a smaller one, its table has the usual size.
    this.decoder.limitTable(Math.max(DEFAULT_TABLE_BYTES, options.http2.hpackTableBytes))
    this.reader = new FrameReader(this)
  }

  /** The fields of a complete block, whose stream the peer may have begun with it. False = the connection has ended. */
  protected abstract onBlock(id: number, endStream: boolean, block: BlockFields): boolean
  /** A block begins whose end is still to come. */
  protected abstract onBlockBegun(id: number): void
  /** No frame was ever sent or received for the stream. */
  protected abstract isIdle(id: number): boolean
  /** The stream was reset by the peer. */
  protected abstract onPeerReset(stream: Http2Stream, code: number): void
  /** The stream was reset by us for a fault of the peer. */
  protected abstract onFault(stream: Http2Stream, details: string): void
  protected abstract onGoAway(lastId: number, code: number): void
  protected abstract onPingAnswered(): void
  /** The connection has ended by a fault of the peer, and its streams know; GOAWAY is on its way. */
  protected abstract onEnded(): void
  /** A stream is gone. */
  protected abstract onStreamClosed(stream: Http2Stream): void
  /** Identifier of the last stream of the peer that was begun, for GOAWAY. */
  protected abstract get lastPeerId(): number

  // Reading.

  /** Returns whether the socket goes on reading. */
  protected onRead(bytes: Buffer, length: number): boolean {
    if (this.isGone) return true
    enterTurn()
    try {
      this.#read(bytes, 0, length)
    } finally {
      leaveTurn()
    }
    return this.input === null
  }

  runDeferred(): void {
    this.#deliverResumed()
    if (this.input !== null) this.#readOn()
  }

  #read(bytes: Buffer, at: number, end: number): void {
    this.blocksInTurn = 0
    at = this.readPreface(bytes, at, end)
    while (at >= 0 && at < end) {
      if (this.blocksInTurn >= BLOCKS_PER_TURN && this.reader.isAtFrame) return this.#yield(bytes, at, end)
      at = this.reader.next(bytes, at, end)
    }
  }

  /** Where frames begin; -1 = the connection has ended. Only a client has something to say before. */
  protected readPreface(_bytes: Buffer, at: number, _end: number): number {
    return at
  }

  /** Lets other connections have their turn. */
  #yield(bytes: Buffer, at: number, end: number): void {
    this.input = copyOf(bytes, at, end)
    this.socket.pause()
    setImmediate(() => this.#readOn())
  }

  #readOn(): void {
    const bytes = this.input
    if (bytes === null || this.isGone) return
    this.input = null
    enterTurn()
    try {
      this.#read(bytes, 0, bytes.length)
    } finally {
      leaveTurn()
    }
    if (this.input === null && !this.isGone) this.socket.resume()
  }

  onFrameHead(type: number, flags: number, id: number, length: number): boolean {
    if (length > MAX_FRAME_SIZE) return this.fail(Http2Error.FrameSizeError, 'too large a frame')
    if (!this.hasSettings && (type !== FrameType.Settings || (flags & FrameFlag.Ack) !== 0))
      return this.fail(Http2Error.ProtocolError, 'no SETTINGS at the start')
    if (this.block.id !== 0 && (type !== FrameType.Continuation || id !== this.block.id))
      return this.fail(Http2Error.ProtocolError, 'a frame inside a header block')
    return type !== FrameType.Data || this.#onDataHead(flags, id, length)
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): boolean {
    switch (type) {
      case FrameType.Headers:
        return this.#onHeaders(flags, id, bytes, start, end)
      case FrameType.WindowUpdate:
        return this.#onWindowUpdate(id, bytes, start, end)
      case FrameType.ResetStream:
        return this.#onResetStream(id, bytes, start, end)
      case FrameType.Settings:
        return this.#onSettings(flags, id, bytes, start, end)
      case FrameType.Ping:
        return this.#onPing(flags, id, bytes, start, end)
      case FrameType.Continuation:
        return this.#onContinuation(flags, bytes, start, end)
      case FrameType.Priority:
        return this.#onPriority(id, bytes, start, end)
      case FrameType.GoAway:
        return this.#onGoAway(id, bytes, start, end)
      case FrameType.PushPromise:
        return this.fail(Http2Error.ProtocolError, 'PUSH_PROMISE')
      default:
        return this.#idleFrame()
    }
  }

  // DATA.

  #onDataHead(flags: number, id: number, length: number): boolean {
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
    return this.#idleFrame()
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

  #deliverResumed(): void {
    for (let i = 0; i < this.resumed.length; i++) {
      const stream = this.resumed[i]!
      stream.deliverHeld()
      if (!stream.isClosed) this.closeIfDone(stream)
    }
    this.resumed.length = 0
  }

  // HEADERS, CONTINUATION.

  #onHeaders(flags: number, id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id === 0) return this.fail(Http2Error.ProtocolError, 'HEADERS without stream')
    let dependency = 0
    if ((flags & FrameFlag.Padded) !== 0) {
      if (start === end) return this.fail(Http2Error.FrameSizeError, 'HEADERS without padding')
      const padding = bytes[start++]!
      if (padding > end - start) return this.fail(Http2Error.ProtocolError, 'HEADERS: too much padding')
      end -= padding
    }
    if ((flags & FrameFlag.Priority) !== 0) {
      if (end - start < 5) return this.fail(Http2Error.FrameSizeError, 'HEADERS without priority')
      dependency = readU31(bytes, start)
      start += 5
    }
    const isComplete = (flags & FrameFlag.EndHeaders) !== 0
    const endStream = (flags & FrameFlag.EndStream) !== 0
    const flood = this.flood.onMessageFrame(start === end && !endStream)
    if (flood !== null) return this.calm(flood)
    // RFC 9113, 5.3.1 keeps what RFC 7540 says of a stream that depends on itself.
    if (dependency === id) return this.fail(Http2Error.ProtocolError, 'HEADERS: a stream depends on itself')
    if (isComplete) return this.#decode(id, endStream, bytes, start, end)
    if (!this.block.begin(id, endStream, bytes, start, end)) return this.calm('codec_error:Too_large_a_header_block')
    this.onBlockBegun(id)
    return !this.isGone
  }

  #onContinuation(flags: number, bytes: Buffer, start: number, end: number): boolean {
    const block = this.block
    if (block.id === 0) return this.fail(Http2Error.ProtocolError, 'CONTINUATION without HEADERS')
    const isComplete = (flags & FrameFlag.EndHeaders) !== 0
    const flood = this.flood.onMessageFrame(start === end && !isComplete)
    if (flood !== null) return this.calm(flood)
    if (!block.append(bytes, start, end)) return this.calm('codec_error:Too_large_a_header_block')
    if (!isComplete) return true
    const { id, endStream, length } = block
    return this.#decode(id, endStream, block.take(), 0, length)
  }

  #decode(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): boolean {
    this.blocksInTurn++
    if (!this.decoder.decode(bytes, start, end, fields, this.limits))
      return this.fail(Http2Error.CompressionError, 'header block')
    return this.onBlock(id, endStream, fields) && !this.isGone
  }

  /** The peer's trailers for a stream that it may still send on. */
  protected onTrailers(stream: Http2Stream, endStream: boolean, trailers: HeaderMap | null): boolean {
    if (stream.isRemoteDone) return this.refuse(stream, Http2Error.StreamClosed)
    if (!endStream) return this.malformed(stream, 'http2.violation.of.messaging.rule')
    if (trailers === null) return this.malformed(stream, 'http2.invalid.header.field')
    if (stream.bodyLeft > 0) return this.refuse(stream, Http2Error.ProtocolError)
    this.statistics.trailers.add(1)
    stream.receiveTrailers(trailers)
    if (!stream.isClosed) this.closeIfDone(stream)
    return !this.isGone
  }

  // The other frames.

  #onWindowUpdate(id: number, bytes: Buffer, start: number, end: number): boolean {
    if (end - start !== 4) return this.fail(Http2Error.FrameSizeError, 'WINDOW_UPDATE')
    const flood = this.flood.onWindowUpdate()
    if (flood !== null) return this.calm(flood)
    const increment = readU31(bytes, start)
    if (id === 0) return this.#widenConnection(increment)
    const stream = this.streams.get(id)
    if (stream === undefined) {
      if (this.isIdle(id)) return this.fail(Http2Error.ProtocolError, 'WINDOW_UPDATE: stream is idle')
      return true
    }
    if (increment === 0) return this.refuse(stream, Http2Error.ProtocolError)
    stream.sendWindow += increment
    if (stream.sendWindow > MAX_WINDOW) return this.refuse(stream, Http2Error.FlowControlError)
    // It keeps its place among those that wait; who goes through them finds it done.
    if (stream.isWaiting) this.flush(stream)
    return !this.isGone
  }

  #widenConnection(increment: number): boolean {
    if (increment === 0) return this.fail(Http2Error.ProtocolError, 'WINDOW_UPDATE of nothing')
    this.sendWindow += increment
    if (this.sendWindow > MAX_WINDOW) return this.fail(Http2Error.FlowControlError, 'WINDOW_UPDATE: window too large')
    if (this.waiting.length > 0) this.pump()
    return !this.isGone
  }

  #onResetStream(id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id === 0 || this.isIdle(id)) return this.fail(Http2Error.ProtocolError, 'RST_STREAM: stream is idle')
    if (end - start !== 4) return this.fail(Http2Error.FrameSizeError, 'RST_STREAM')
    const stream = this.streams.get(id)
    if (stream === undefined) return this.#idleFrame()
    this.statistics.rxReset.add(1)
    this.closeStream(stream)
    this.onPeerReset(stream, readU31(bytes, start))
    return !this.isGone
  }

  #onSettings(flags: number, id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id !== 0) return this.fail(Http2Error.ProtocolError, 'SETTINGS of a stream')
    const length = end - start
    if ((flags & FrameFlag.Ack) !== 0) return this.#onSettingsAck(length)
    if (length % 6 !== 0) return this.fail(Http2Error.FrameSizeError, 'SETTINGS')
    this.hasSettings = true
    const windowBefore = this.peer.initialWindow
    const error = this.peer.read(bytes, start, end)
    if (error !== Http2Error.NoError) return this.fail(error, 'SETTINGS: value out of range')
    if (this.peer.tableBytes >= 0) this.encoder.limitTable(this.peer.tableBytes)
    this.peer.tableBytes = -1
    if (!this.#shiftWindows(this.peer.initialWindow - windowBefore))
      return this.fail(Http2Error.FlowControlError, 'SETTINGS: window too large')
    this.writeEmpty(FrameType.Settings, FrameFlag.Ack)
    this.onPeerSettings()
    if (this.isGone) return false
    if (this.waiting.length > 0) this.pump()
    return this.checkOutbound() && this.#idleFrame()
  }

  #onSettingsAck(length: number): boolean {
    if (length !== 0) return this.fail(Http2Error.FrameSizeError, 'SETTINGS with ACK')
    this.decoder.limitTable(this.config.hpackTableBytes)
    return this.#idleFrame()
  }

  /** The peer has said what it takes. */
  protected onPeerSettings(): void {}

  /** The windows of open streams follow the setting, below zero if need be (RFC 9113, 6.9.2). */
  #shiftWindows(difference: number): boolean {
    if (difference === 0) return true
    for (const stream of this.streams.values()) {
      stream.sendWindow += difference
      if (stream.sendWindow > MAX_WINDOW) return false
    }
    return true
  }

  #onPing(flags: number, id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id !== 0) return this.fail(Http2Error.ProtocolError, 'PING of a stream')
    if (end - start !== 8) return this.fail(Http2Error.FrameSizeError, 'PING')
    if ((flags & FrameFlag.Ack) !== 0) {
      this.onPingAnswered()
      return !this.isGone
    }
    const at = this.output.reserve(FRAME_HEAD + 8)
    const out = this.output.buffer!
    bytes.copy(out, writeFrameHead(out, at, 8, FrameType.Ping, FrameFlag.Ack, 0), start, end)
    this.wroteControl(at + FRAME_HEAD + 8)
    return this.checkOutbound() && this.#idleFrame()
  }

  #onPriority(id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id === 0) return this.fail(Http2Error.ProtocolError, 'PRIORITY without stream')
    const flood = this.flood.onPriority()
    if (flood !== null) return this.calm(flood)
    const code =
      end - start !== 5 ? Http2Error.FrameSizeError : readU31(bytes, start) === id ? Http2Error.ProtocolError : Http2Error.NoError
    if (code === Http2Error.NoError) return this.#idleFrame()
    const stream = this.streams.get(id)
    if (stream !== undefined) return this.refuse(stream, code)
    // A stream that has not begun cannot be reset.
    if (this.isIdle(id)) return this.fail(code, 'PRIORITY')
    if (!this.isLate(id)) this.writeReset(id, code)
    return this.checkOutbound() && this.#idleFrame()
  }

  #onGoAway(id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id !== 0) return this.fail(Http2Error.ProtocolError, 'GOAWAY of a stream')
    if (end - start < 8) return this.fail(Http2Error.FrameSizeError, 'GOAWAY')
    this.onGoAway(readU31(bytes, start), readU31(bytes, start + 4))
    return !this.isGone && this.#idleFrame()
  }

  #idleFrame(): boolean {
    const flood = this.flood.onIdleFrame(this.now())
    return flood === null || this.calm(flood)
  }

  // Faults.

  /** Ends the connection: a fault that leaves its state unknown. Always false. */
  fail(code: Http2Error, text: string): false {
    return this.#end(code, `codec_error:${text.replaceAll(' ', '_')}`)
  }

  protected override calm(flood: Flood): false {
    return this.#end(Http2Error.EnhanceYourCalm, flood)
  }

  #end(code: Http2Error, details: string): false {
    if (this.isGone) return false
    this.writeGoAway(this.lastPeerId, code)
    this.terminate('protocol_error', details)
    this.onEnded()
    return false
  }

  /** Nothing is read or written any more; every open stream is told. */
  terminate(reason: ResetReason, details: string): void {
    if (this.isGone) return
    this.isGone = true
    this.input = null
    this.output.finish()
    const open = Array.from(this.streams.values())
    for (const stream of open) this.closeStream(stream)
    for (const stream of open) stream.receiver?.onReset(reason, details)
  }

  /** A message that breaks the rules of HTTP: ends its stream, or the connection, as configured. */
  malformed(stream: Http2Stream, details: string): boolean {
    this.statistics.rxMessagingError.add(1)
    if (!this.config.resetsMalformedStreams) return this.#end(Http2Error.ProtocolError, details)
    return this.refuse(stream, Http2Error.ProtocolError, details)
  }

  /** Ends a stream for a fault of the peer. False = the connection has ended. */
  protected refuse(stream: Http2Stream, code: Http2Error, details = 'http2.remote_reset'): boolean {
    this.resetStream(stream, code)
    this.onFault(stream, details)
    return !this.isGone && this.checkOutbound() && this.#idleFrame()
  }

  // Streams.

  /** Ends a stream in both directions; its owner knows or is told by the caller. */
  resetStream(stream: Http2Stream, code: Http2Error): void {
    this.writeReset(stream.id, code)
    this.closeStream(stream)
  }

  closeIfDone(stream: Http2Stream): void {
    if (stream.isRemoteDone && stream.isEndSent && !stream.hasHeldEnd && stream.held === null) this.closeStream(stream)
  }

  closeStream(stream: Http2Stream): void {
    if (stream.isClosed) return
    this.streams.delete(stream.id)
    this.consumeLost(stream.discard())
    if (stream.isWaiting && !this.isPumping) this.stopWaiting(stream)
    this.statistics.streamsActive.add(-1)
    this.onStreamClosed(stream)
  }

  /** True when a frame of a stream that is no more may have been on its way when we reset it. */
  protected isLate(id: number): boolean {
    return this.recentResets.includes(id)
  }

  /** Counts a frame for a stream that we have reset. */
  protected ignoreLate(): boolean {
    return this.#idleFrame()
  }
}
