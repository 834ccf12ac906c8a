/**
 * What both ends of an HTTP/2 connection do alike (hot): reading, and the verdict on every frame (RFC 9113). What a stream
 * means is the business of its kind: server.ts, client.ts. One object, a file for each of its concerns:
 *
 *   socket ─▶ FrameReader ─▶ onFrame ─┬─ HEADERS, CONTINUATION ─▶ HeaderBlock ─▶ HPACK ─▶ onBlock (server, client)
 *                                     ├─ DATA ─▶ Http2Receiver ─▶ Http2Stream ─▶ receiver
 *                                     └─ the others: answered here
 *   Http2Stream ─▶ Http2Sender ─▶ Http2Output ─▶ socket, once per turn of the event loop
 *
 *   Http2Sender ◁─ Http2Streams ◁─ Http2Receiver ◁─ Http2Connection ◁─ client, server
 */
import type { Socket } from 'node:net'
import type { HeaderMap } from '../http/header-map.ts'
import { type SocketRead, copyOf } from '../socket/read-buffer.ts'
import { enterTurn, leaveTurn } from '../socket/turn.ts'
import { BlockFields, type BlockLimits } from './block-fields.ts'
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
import { Http2Receiver } from './receiver.ts'
import type { Http2SenderOptions } from './sender.ts'
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

export abstract class Http2Connection extends Http2Receiver implements FrameHandler {
  readonly limits: BlockLimits
  readonly reader: FrameReader
  readonly decoder = new HpackDecoder()
  readonly block: HeaderBlock
  readonly peer = new PeerSettings()

  /** The first frame was SETTINGS. */
  hasSettings = false
  /** Bytes that were read and wait for the next turn. */
  input: Buffer | null = null
  blocksInTurn = 0

  /** `open` makes or takes over the socket, with the given way to read. */
  constructor(options: Http2ConnectionOptions, open: (onread: SocketRead) => Socket) {
    super(options, open)
    this.limits = options.limits
    this.block = new HeaderBlock(options.limits.maxHeadBytes)
    // Until the peer has seen a smaller one, its table has the usual size.
    this.decoder.limitTable(Math.max(DEFAULT_TABLE_BYTES, options.http2.hpackTableBytes))
    this.reader = new FrameReader(this)
  }

  /** The fields of a complete block, whose stream the peer may have begun with it. False = the connection has ended. */
  protected abstract onBlock(id: number, endStream: boolean, block: BlockFields): boolean
  /** A block begins whose end is still to come. */
  protected abstract onBlockBegun(id: number): void
  /** The stream was reset by the peer. */
  protected abstract onPeerReset(stream: Http2Stream, code: number): void
  protected abstract onGoAway(lastId: number, code: number): void
  protected abstract onPingAnswered(): void

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
    this.deliverResumed()
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
    this.input = null
    if (bytes === null || this.isGone) return
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
    return type !== FrameType.Data || this.onDataHead(flags, id, length)
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
        return this.idleFrame()
    }
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
    if (stream === undefined) return this.idleFrame()
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
    return this.checkOutbound() && this.idleFrame()
  }

  #onSettingsAck(length: number): boolean {
    if (length !== 0) return this.fail(Http2Error.FrameSizeError, 'SETTINGS with ACK')
    this.decoder.limitTable(this.config.hpackTableBytes)
    return this.idleFrame()
  }

  /** The peer has said what it takes. */
  protected onPeerSettings(): void {}

  /** The windows of open streams follow the setting, below zero if need be (RFC 9113, 6.9.2). */
  #shiftWindows(difference: number): boolean {
    if (difference === 0) return true
    for (const stream of this.streams.all()) {
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
    return this.checkOutbound() && this.idleFrame()
  }

  #onPriority(id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id === 0) return this.fail(Http2Error.ProtocolError, 'PRIORITY without stream')
    const flood = this.flood.onPriority()
    if (flood !== null) return this.calm(flood)
    const code =
      end - start !== 5 ? Http2Error.FrameSizeError : readU31(bytes, start) === id ? Http2Error.ProtocolError : Http2Error.NoError
    if (code === Http2Error.NoError) return this.idleFrame()
    const stream = this.streams.get(id)
    if (stream !== undefined) return this.refuse(stream, code)
    // A stream that has not begun cannot be reset.
    if (this.isIdle(id)) return this.fail(code, 'PRIORITY')
    if (!this.isLate(id)) this.writeReset(id, code)
    return this.checkOutbound() && this.idleFrame()
  }

  #onGoAway(id: number, bytes: Buffer, start: number, end: number): boolean {
    if (id !== 0) return this.fail(Http2Error.ProtocolError, 'GOAWAY of a stream')
    if (end - start < 8) return this.fail(Http2Error.FrameSizeError, 'GOAWAY')
    this.onGoAway(readU31(bytes, start), readU31(bytes, start + 4))
    return !this.isGone && this.idleFrame()
  }
}
