/**
 * An upstream HTTP/1 connection (hot): one request at a time.
 *
 * All connections of a thread read into one buffer, which is free again when the read callback returns: heads are
 * parsed from it at once, body pieces are lent to their receiver.
 */
import type { Socket } from 'node:net'
import type { LetterCaseConfig } from '../config/types.ts'
import type { NameWriter } from '../http/header-map.ts'
import type { ClientConnection, ClientConnectionEvents, ResetReason, ResponseReceiver } from '../http/codec.ts'
import { NameFlag } from '../http/names.ts'
import { assert } from '../util/assert.ts'
import type { Logger } from '../util/logger.ts'
import { BodyDecoder } from './body-decoder.ts'
import { BodyEncoder } from './body-encoder.ts'
import { Http1ClientStream } from './client-stream.ts'
import { connectFailure, connectFailureReason } from '../socket/connect-failure.ts'
import { HeadParser, ParseResult } from './head-parser.ts'
import { Output, type OutputEvents } from '../socket/output.ts'
import { READ_BUFFER, type SocketRead, copyOf } from '../socket/read-buffer.ts'
import { readyEvent } from '../socket/ready-event.ts'
import { writerOf } from './letter-case.ts'
import { ResponseHead } from './response-head.ts'
import { type Deferred, defer, enterTurn, leaveTurn } from '../socket/turn.ts'

/** What all HTTP/1 connections of a cluster share. */
export interface Http1ClientOptions {
  /** Status line to final CRLF CRLF, bytes; Envoy's default is 80 KiB. */
  readonly maxHeadBytes: number
  /** Fields of a response; default 100. */
  readonly maxHeaders: number
  /** Response trailers are delivered and request trailers written, when the body is chunked. */
  readonly enableTrailers: boolean
  /** Of names in requests that did not come in other letters, and in answers that are read. */
  readonly letterCase: LetterCaseConfig
  /** An answer may have both lengths. */
  readonly allowChunkedLength: boolean
  /** Requests name their whole URL. */
  readonly sendsWholeUrl: boolean
  /** High mark of a connection's write queue, bytes. */
  readonly bufferLimit: number
  readonly log: Logger
}

const NOTHING = Buffer.alloc(0)

type State = 'connecting' | 'idle' | 'head' | 'body' | 'closed'

export class Http1ClientConnection implements ClientConnection, OutputEvents, Deferred {
  readonly socket: Socket
  readonly options: Http1ClientOptions
  readonly events: ClientConnectionEvents
  readonly output: Output
  readonly encoder: BodyEncoder
  isDeferred = false

  readonly writer: NameWriter | null
  readonly parser: HeadParser
  readonly decoder: BodyDecoder
  readonly response = new ResponseHead()
  readonly maxStreams = 1
  state: State = 'connecting'
  stream: Http1ClientStream | null = null
  /** A piece of body, and the end, that wait for a paused receiver. */
  heldData: Buffer | null = null
  hasPendingEnd = false
  isTunnel = false
  /** The connection can take another request after this response. */
  isReusable = true
  error: Error | null = null
  /** The pool knows of the end. */
  #isTold = false

  /** `open` makes the socket, connecting, with the given way to read. */
  constructor(options: Http1ClientOptions, events: ClientConnectionEvents, open: (onread: SocketRead) => Socket) {
    this.options = options
    this.events = events
    this.socket = open({ buffer: READ_BUFFER, callback: (bytesRead) => this.#onRead(bytesRead) })
    this.output = new Output(this.socket, this, options.bufferLimit)
    this.encoder = new BodyEncoder(this.output)
    const { maxHeadBytes, maxHeaders, letterCase } = options
    const limits = { maxHeadBytes, maxHeaders, allowCustomMethods: true, letterCase }
    this.writer = writerOf(letterCase)
    this.parser = new HeadParser('response', limits)
    this.decoder = new BodyDecoder(limits, options.enableTrailers, NameFlag.JoinsInTrailers)
    this.socket.on(readyEvent(this.socket), () => this.#onConnect())
    this.socket.on('end', () => this.#onEnd())
    this.socket.on('error', (error) => void (this.error = error))
    this.socket.on('close', () => this.#onClose())
  }

  newStream(receiver: ResponseReceiver): Http1ClientStream {
    assert(this.state === 'idle', 'a request on an HTTP/1 connection that is not idle')
    const stream = new Http1ClientStream(this, receiver)
    this.stream = stream
    this.state = 'head'
    this.isReusable = true
    if (this.output.isHigh) receiver.onAboveHighWatermark()
    return stream
  }

  close(): void {
    this.#fail('connection_termination')
  }

  onOutputPending(): void {
    defer(this)
  }

  onOutputHigh(): void {
    this.stream?.receiver.onAboveHighWatermark()
  }

  onOutputLow(): void {
    this.stream?.receiver.onBelowLowWatermark()
  }

  runDeferred(): void {
    this.#deliverHeld()
    this.output.flush()
  }

  /** The stream was given up: nothing else can tell the upstream. */
  onStreamReset(): void {
    this.#forgetStream()
    this.state = 'closed'
    this.socket.destroy()
  }

  onReadsPaused(): void {
    this.socket.pause()
  }

  onReadsResumed(): void {
    defer(this)
  }

  /** Ends our half of a tunnel. */
  endWrites(): void {
    this.output.flush()
    this.socket.end()
  }

  #onConnect(): void {
    // Refused meanwhile: `close` follows.
    if (this.state !== 'connecting' || this.socket.destroyed) return
    this.state = 'idle'
    enterTurn()
    try {
      this.events.onConnected()
    } finally {
      leaveTurn()
    }
  }

  /** Returns whether the socket goes on reading. */
  #onRead(bytesRead: number): boolean {
    enterTurn()
    try {
      this.#read(READ_BUFFER, bytesRead)
    } finally {
      leaveTurn()
    }
    return this.stream === null || this.stream.pauses === 0
  }

  #read(chunk: Buffer, end: number): void {
    let at = 0
    while (at < end && this.state === 'head') at = this.#readHead(chunk, at, end)
    if (at < end && this.state === 'body') at = this.#readBody(chunk, at, end)
    // Bytes that belong to no response: whatever they are, the next response would not be ours.
    if (at < end && this.state !== 'closed') this.isReusable = false
    if (this.hasPendingEnd) this.#deliverHeld()
    else if (at < end && this.state === 'idle') this.#leaveIdle()
  }

  #readHead(chunk: Buffer, at: number, end: number): number {
    const parser = this.parser
    const result = parser.execute(chunk, at, end)
    if (result === ParseResult.More) return end
    const refusal = result === ParseResult.Refused ? parser.refusal : this.response.read(parser, this.stream!, this.options)
    if (refusal === null) this.#beginResponse(parser.next < end)
    else this.#refuse(refusal.details)
    return parser.next
  }

  #beginResponse(isFollowed: boolean): void {
    const response = this.response
    const stream = this.stream!
    if (response.isInformational) return stream.receiver.informational(response.map)
    this.isReusable = response.keepAlive
    // A refused upgrade leaves an ordinary request without body behind.
    if (stream.isUpgrade && response.framing !== 'tunnel' && !stream.hasSentRaw) stream.isRequestEnded = true
    // What a client sends behind a refused CONNECT would be read as requests.
    if (stream.isConnect && response.framing !== 'tunnel') this.encoder.begin('none', 0)
    this.state = 'body'
    if (response.framing === 'none') return this.#endWithHead(stream, isFollowed)
    if (response.framing === 'length') this.decoder.beginLength(response.contentLength)
    else if (response.framing === 'chunked') this.decoder.beginChunked()
    else this.decoder.beginRaw()
    this.isTunnel = response.framing === 'tunnel'
    stream.receiver.head(response.map, false)
  }

  /** What follows is no answer to anybody: who waits for a connection must not get it as one. */
  #endWithHead(stream: Http1ClientStream, isFollowed: boolean): void {
    if (isFollowed) this.isReusable = false
    const isReusable = this.#release(stream)
    stream.receiver.head(this.response.map, true)
    this.#afterEnd(isReusable)
  }

  #readBody(chunk: Buffer, at: number, end: number): number {
    const decoder = this.decoder
    decoder.decode(chunk, at, end)
    if (decoder.isDone) this.hasPendingEnd = true
    if (decoder.dataEnd > decoder.dataStart) this.#deliverData(chunk, decoder.dataStart, decoder.dataEnd)
    if (decoder.refusal === null) return decoder.next
    // What came before the fault was already on its way.
    this.#refuse(decoder.refusal.details)
    return end
  }

  #deliverData(chunk: Buffer, start: number, end: number): void {
    const stream = this.stream!
    if (stream.pauses > 0) this.heldData = copyOf(chunk, start, end)
    else stream.receiver.data(chunk, start, end, false)
  }

  /** What waits, as far as the receiver takes it. */
  #deliverHeld(): void {
    const stream = this.stream
    if (stream === null || stream.pauses > 0) return
    const piece = this.heldData
    if (piece !== null) {
      this.heldData = null
      stream.receiver.data(piece, 0, piece.length, false)
    }
    if (stream !== this.stream || stream.pauses > 0) return
    if (this.hasPendingEnd) this.#deliverEnd(stream)
    else if (this.socket.isPaused()) this.socket.resume()
  }

  /** Envoy ends an HTTP/1 body by an empty piece of its own; filters see that. */
  #deliverEnd(stream: Http1ClientStream): void {
    const trailers = this.options.enableTrailers && this.decoder.isDone ? this.decoder.trailers : null
    const isReusable = this.#release(stream)
    if (trailers !== null) stream.receiver.trailers(trailers)
    else stream.receiver.data(NOTHING, 0, 0, true)
    this.#afterEnd(isReusable)
  }

  /** The response is complete. Returns whether another request may follow. */
  #release(stream: Http1ClientStream): boolean {
    stream.isOver = true
    this.#forgetStream()
    const isReusable = this.isReusable && stream.isRequestEnded
    this.state = isReusable ? 'idle' : 'closed'
    return isReusable
  }

  /** Tells the pool, after the receiver has seen the end. */
  #afterEnd(isReusable: boolean): void {
    if (isReusable && this.socket.isPaused()) this.socket.resume()
    this.events.onStreamEnded(isReusable)
    if (!isReusable) this.socket.destroySoon()
  }

  #forgetStream(): void {
    this.stream = null
    this.heldData = null
    this.hasPendingEnd = false
  }

  #refuse(details: string): void {
    this.options.log.log(1, `upstream answer refused: ${details}`)
    this.#fail('protocol_error')
  }

  /** Ends the connection and tells the stream. */
  #fail(reason: ResetReason): void {
    const stream = this.stream
    this.#forgetStream()
    if (this.state !== 'connecting') this.state = 'closed'
    this.socket.destroy()
    if (stream === null) return
    stream.isOver = true
    stream.receiver.onReset(reason, '')
  }

  /** Nothing may be sent any more. `close` comes only after other events, which may bring requests: the pool knows at once. */
  #leaveIdle(): void {
    this.#fail('connection_termination')
    this.#tellClosed()
  }

  /** The upstream has ended its side: the end of some bodies, else too early. */
  #onEnd(): void {
    if (this.state === 'idle') return this.#leaveIdle()
    if (this.stream === null) return void this.socket.destroy()
    const isEndOfBody = this.state === 'body' && (this.response.framing === 'close' || this.isTunnel)
    if (!isEndOfBody && !this.hasPendingEnd) return this.#fail(this.#cutReason())
    this.isReusable = false
    this.hasPendingEnd = true
    defer(this)
  }

  /** A message that has begun and is cut breaks the protocol; one without an end of its own, or none, does not. */
  #cutReason(): ResetReason {
    if (this.state === 'head') return this.parser.isInside ? 'protocol_error' : 'connection_termination'
    const ends = this.response.framing === 'length' || this.response.framing === 'chunked'
    return this.state === 'body' && ends ? 'protocol_error' : 'connection_termination'
  }

  #onClose(): void {
    if (this.state === 'connecting') {
      this.state = 'closed'
      return this.events.onClosed(connectFailureReason(this.error), connectFailure(this.error))
    }
    // What was read in time is still delivered to a receiver that paused.
    if (this.stream !== null && !this.hasPendingEnd) this.#fail(this.#cutReason())
    this.state = 'closed'
    this.#tellClosed()
  }

  #tellClosed(): void {
    if (this.#isTold) return
    this.#isTold = true
    this.events.onClosed('connection_termination', '')
  }
}
