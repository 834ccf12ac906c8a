/**
 * A downstream HTTP/1 connection (hot): requests in, one at a time and in order; responses out.
 *
 *   Head ──head──▶ Body ──end──▶ Wait ──response──▶ Head            keep-alive
 *     │              └─ response first, or refused ──▶ Closing       nothing is read as a request any more
 *     └─upgrade─▶ Hold ──101──▶ Tunnel ──▶ Closing                   bytes are held until the answer is known
 *
 * Bytes that came too early stay in `input`; past READ_AHEAD the socket is paused. While it is not, the end of the
 * client is noticed at once and aborts the request, as Envoy does.
 */
import type { Socket } from 'node:net'
import type { Http1Config } from '../config/types.ts'
import type { CodecRefusal, ServerConnection, ServerConnectionEvents } from '../http/codec.ts'
import type { NameWriter } from '../http/header-map.ts'
import type { Logger } from '../util/logger.ts'
import type { Timer, Timers } from '../util/timers.ts'
import { BodyDecoder } from './body-decoder.ts'
import { BodyEncoder } from './body-encoder.ts'
import { writerOf } from './letter-case.ts'
import { HeadParser, ParseResult } from './head-parser.ts'
import { DelayedClose } from '../socket/delayed-close.ts'
import { Output, type OutputEvents } from '../socket/output.ts'
import { READ_BUFFER, type SocketRead } from '../socket/read-buffer.ts'
import { Refusal } from './refusals.ts'
import { RequestHead } from './request-head.ts'
import { Http1ServerStream } from './server-stream.ts'
import { type Deferred, defer, enterTurn, leaveTurn } from '../socket/turn.ts'

/** What all HTTP/1 connections of a listener share. */
export interface Http1ServerOptions {
  readonly http1: Http1Config
  /** `http` or `https`, for `:scheme`. */
  readonly scheme: string
  /** High mark of a connection's write queue, bytes. */
  readonly bufferLimit: number
  /** Time for a head from its first to its last byte, ms; 0 = none. */
  readonly requestHeadersTimeout: number
  /** Time that a client has to read the last answer before the connection is cut, ms; 0 = cut once it is written. */
  readonly delayedCloseTimeout: number
  readonly timers: Timers
  readonly log: Logger
}

/** Bytes of later requests that are taken before the socket is paused. */
const READ_AHEAD = 16384
const NOTHING = Buffer.alloc(0)

type State = 'head' | 'body' | 'wait' | 'hold' | 'tunnel' | 'closing'

export class Http1ServerConnection implements ServerConnection, OutputEvents, Deferred {
  readonly socket: Socket
  readonly options: Http1ServerOptions
  readonly events: ServerConnectionEvents
  readonly output: Output
  readonly encoder: BodyEncoder
  readonly log: Logger
  isDeferred = false
  isDraining = false

  readonly writer: NameWriter | null
  readonly parser: HeadParser
  readonly decoder: BodyDecoder
  readonly request = new RequestHead()
  state: State = 'head'
  stream: Http1ServerStream | null = null
  /** Bytes not yet looked at: `input[inputAt, inputEnd)`. */
  input: Buffer | null = null
  inputAt = 0
  inputEnd = 0
  /** The request's end is known and waits for its receiver. */
  hasPendingEnd = false
  isPumping = false
  isReading = true
  isClosed = false
  headTimer: Timer | null = null
  readonly delayedClose: DelayedClose

  /** `open` takes over an accepted socket, with the given way to read. */
  constructor(options: Http1ServerOptions, events: ServerConnectionEvents, open: (onread: SocketRead) => Socket) {
    const socket = open({ buffer: READ_BUFFER, callback: (length, bytes) => this.#onRead(bytes as Buffer, length) })
    this.socket = socket
    this.options = options
    this.events = events
    this.log = options.log
    this.output = new Output(socket, this, options.bufferLimit)
    this.encoder = new BodyEncoder(this.output)
    this.writer = writerOf(options.http1.letterCase)
    this.parser = new HeadParser('request', options.http1)
    this.decoder = new BodyDecoder(options.http1, options.http1.enableTrailers, 0)
    this.delayedClose = new DelayedClose(socket, options.timers, options.delayedCloseTimeout)
    // The end of the client's side is ours to judge: an abort, or half of a tunnel.
    socket.allowHalfOpen = true
    socket.on('end', () => this.#onEnd())
    socket.on('error', ignore)
    socket.on('close', () => this.#onClose())
  }

  get activeStreams(): number {
    return this.stream === null ? 0 : 1
  }

  announceEnd(): void {
    this.isDraining = true
  }

  drain(): void {
    this.isDraining = true
    if (this.stream === null && this.state === 'head' && !this.parser.isInside) this.#finish()
  }

  close(): void {
    this.#terminate('downstream_local_disconnect')
    this.socket.destroy()
  }

  onOutputPending(): void {
    defer(this)
  }

  onOutputHigh(): void {
    this.stream?.receiver?.onAboveHighWatermark()
  }

  onOutputLow(): void {
    this.stream?.receiver?.onBelowLowWatermark()
  }

  runDeferred(): void {
    this.#pump()
    this.output.flush()
  }

  /** A stream sent a head that does not end the response. */
  onResponseHead(stream: Http1ServerStream): void {
    if (this.state !== 'hold') return
    if (stream.isTunnel) {
      this.state = 'tunnel'
      this.decoder.beginRaw()
    } else if (stream.isUpgrade) {
      this.state = 'body'
      this.hasPendingEnd = true
    }
    defer(this)
  }

  /** A stream has sent all of its response. */
  onResponseEnd(stream: Http1ServerStream): void {
    const isRead = stream.requestComplete || this.hasPendingEnd
    this.#forgetStream()
    if (stream.isTunnel) return this.#finish()
    if (!isRead || this.state === 'closing') return this.#finishLater()
    if (stream.closes && stream.lingers) return this.#finishLater()
    if (stream.closes || this.isDraining) return this.#finish()
    this.state = 'head'
    if (this.input !== null && !this.isPumping) defer(this)
    if (!this.isReading) this.#updateReading()
  }

  /** A stream was given up by its owner or by the codec. What was written is left to the client for a moment. */
  onStreamReset(stream: Http1ServerStream): void {
    this.#forgetStream()
    if (stream.isHeadSent) return this.#finishLater()
    this.state = 'closing'
    this.socket.destroySoon()
  }

  onReadsPaused(): void {
    this.#updateReading()
  }

  onReadsResumed(): void {
    defer(this)
  }

  /** Returns whether the socket goes on reading. */
  #onRead(bytes: Buffer, length: number): boolean {
    if (this.state === 'closing') return true
    enterTurn()
    try {
      if (this.input !== null) this.#append(bytes, length)
      else {
        this.input = bytes
        this.inputAt = 0
        this.inputEnd = length
      }
      this.#pump()
      if (this.input === READ_BUFFER) this.#keepInput()
    } finally {
      leaveTurn()
    }
    return this.isReading
  }

  #append(bytes: Buffer, length: number): void {
    const rest = this.input!.subarray(this.inputAt, this.inputEnd)
    this.input = Buffer.concat([rest, bytes.subarray(0, length)])
    this.inputAt = 0
    this.inputEnd = this.input.length
  }

  /** What is left waits for its turn, and the shared buffer is needed for other sockets. */
  #keepInput(): void {
    this.input = Buffer.from(READ_BUFFER.subarray(this.inputAt, this.inputEnd))
    this.inputAt = 0
    this.inputEnd = this.input.length
  }

  /** Reads on as far as state and receiver allow. */
  #pump(): void {
    if (this.isPumping) return
    this.isPumping = true
    if (this.hasPendingEnd) this.#deliverEnd()
    while (this.input !== null && this.#canRead()) {
      if (this.state === 'head') this.#readHead(this.input)
      else this.#readBody(this.input)
    }
    this.isPumping = false
    if (this.state === 'closing') this.input = null
    this.#updateReading()
  }

  #canRead(): boolean {
    if (this.state === 'head') return true
    if (this.state !== 'body' && this.state !== 'tunnel') return false
    return !this.hasPendingEnd && this.stream !== null && this.stream.pauses === 0
  }

  /** Bytes before `offset` are done with. */
  #advance(offset: number): void {
    if (offset === this.inputEnd) this.input = null
    else this.inputAt = offset
  }

  #readHead(chunk: Buffer): void {
    const parser = this.parser
    const result = parser.execute(chunk, this.inputAt, this.inputEnd)
    if (result === ParseResult.More) {
      this.input = null
      if (parser.isInside) this.#beginHead()
      return
    }
    if (this.headTimer !== null) this.#disarmHead()
    if (result === ParseResult.Refused) return this.#refuse(parser.refusal)
    this.#advance(parser.next)
    const refusal = this.request.read(parser, this.options.http1, this.options.scheme)
    if (refusal !== null) return this.#refuse(refusal)
    this.#beginRequest()
  }

  /** A head comes in pieces: from now on there is a stream whose timeouts run. */
  #beginHead(): void {
    if (this.options.requestHeadersTimeout > 0) this.#armHead()
    if (this.stream === null) this.#newStream().receiver!.headBegun()
  }

  #newStream(): Http1ServerStream {
    const stream = new Http1ServerStream(this)
    this.stream = stream
    stream.receiver = this.events.newStream(stream)
    if (this.output.isHigh) stream.receiver.onAboveHighWatermark()
    return stream
  }

  #beginRequest(): void {
    const request = this.request
    const stream = this.stream ?? this.#newStream()
    stream.begin(request)
    this.#beginBody(stream)
    if (request.expectsContinue) this.output.text('HTTP/1.1 100 Continue\r\n\r\n')
    if (stream.isOver) return
    stream.receiver!.head(request.map, stream.requestComplete)
  }

  #beginBody(stream: Http1ServerStream): void {
    const request = this.request
    if (request.isUpgrade || request.isConnect) this.state = 'hold'
    else if (request.isChunked) {
      this.state = 'body'
      this.decoder.beginChunked()
    } else if (request.contentLength > 0) {
      this.state = 'body'
      this.decoder.beginLength(request.contentLength)
    } else {
      this.state = 'wait'
      stream.requestComplete = true
    }
  }

  #readBody(chunk: Buffer): void {
    const decoder = this.decoder
    decoder.decode(chunk, this.inputAt, this.inputEnd)
    if (decoder.refusal !== null) return this.#refuseBody(decoder.refusal)
    this.#advance(decoder.next)
    if (decoder.isDone) this.hasPendingEnd = true
    if (decoder.dataEnd > decoder.dataStart) this.stream!.receiver!.data(chunk, decoder.dataStart, decoder.dataEnd, false)
    if (this.hasPendingEnd) this.#deliverEnd()
  }

  /** Envoy ends an HTTP/1 body by an empty piece of its own; filters see that. */
  #deliverEnd(): void {
    const stream = this.stream
    if (stream === null || stream.pauses > 0) return
    this.hasPendingEnd = false
    stream.requestComplete = true
    this.state = 'wait'
    const trailers = this.options.http1.enableTrailers && this.decoder.isDone ? this.decoder.trailers : null
    if (trailers !== null) stream.receiver!.trailers(trailers)
    else stream.receiver!.data(NOTHING, 0, 0, true)
  }

  /** A head is refused: the stream exists only to take the answer. */
  #refuse(refusal: CodecRefusal): void {
    this.state = 'closing'
    const stream = this.stream ?? new Http1ServerStream(this)
    stream.closes = true
    this.stream = stream
    this.events.onRefused(stream, refusal)
  }

  /** A body is refused: its stream answers, unless it already does. */
  #refuseBody(refusal: CodecRefusal): void {
    const stream = this.stream!
    if (!stream.isHeadSent) {
      this.state = 'closing'
      return this.events.onRefused(stream, refusal)
    }
    stream.isOver = true
    this.onStreamReset(stream)
    stream.receiver!.onReset('protocol_error', refusal.details)
  }

  #forgetStream(): void {
    this.stream = null
    this.hasPendingEnd = false
  }

  #updateReading(): void {
    const ahead = this.input === null ? 0 : this.inputEnd - this.inputAt
    const isPaused = this.stream !== null && this.stream.pauses > 0 && this.state !== 'wait'
    const wanted = this.state === 'closing' || (!isPaused && ahead < READ_AHEAD)
    if (wanted === this.isReading || this.isClosed) return
    this.isReading = wanted
    if (wanted) this.socket.resume()
    else this.socket.pause()
  }

  /** Ends our side once everything is written. */
  #finish(): void {
    this.state = 'closing'
    this.output.flush()
    this.delayedClose.end()
    this.#updateReading()
  }

  /** Leaves our side open for a moment: a client that still sends would lose the answer to a reset. */
  #finishLater(): void {
    this.state = 'closing'
    this.output.flush()
    this.delayedClose.linger()
    this.#updateReading()
  }

  #armHead(): void {
    if (this.headTimer !== null) return
    this.headTimer = this.options.timers.create(() => this.#onHeadTimeout())
    this.headTimer.arm(this.options.requestHeadersTimeout)
  }

  #disarmHead(): void {
    this.headTimer!.stop()
    this.headTimer = null
  }

  #onHeadTimeout(): void {
    this.headTimer = null
    if (this.state === 'head' && !this.isClosed) this.#refuse(Refusal.headTimeout)
  }

  /** The client has ended its side: the rest of a tunnel's half, the end of an idle connection, or an abort. */
  #onEnd(): void {
    if (this.state === 'tunnel') {
      this.hasPendingEnd = true
      return defer(this)
    }
    if (this.state === 'wait' && this.stream !== null && this.stream.isTunnel) return
    this.#terminate('downstream_remote_disconnect')
    this.socket.destroy()
  }

  #onClose(): void {
    this.isClosed = true
    this.#terminate('downstream_remote_disconnect')
    this.headTimer?.stop()
    this.delayedClose.onClosed()
    this.events.onClosed()
  }

  #terminate(details: string): void {
    this.state = 'closing'
    this.input = null
    const stream = this.stream
    if (stream === null) return
    this.#forgetStream()
    stream.isOver = true
    stream.receiver?.onReset('connection_termination', details)
  }
}

function ignore(): void {
  // `close` follows and says all there is to do.
}
