/** Owners of HTTP/1 connections that write down what they are told, and sockets without a network. */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type {
  ClientConnectionEvents,
  CodecRefusal,
  RequestReceiver,
  ResponseReceiver,
  ServerConnectionEvents,
  ServerStream,
} from '../../../host/http/codec.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import type { Http1ClientOptions } from '../../../host/http1/client.ts'
import type { SocketRead } from '../../../host/socket/read-buffer.ts'
import type { Http1ServerOptions } from '../../../host/http1/server.ts'
import { defer } from '../../../host/socket/turn.ts'
import type { Logger } from '../../../host/util/logger.ts'
import type { Timer, Timers } from '../../../host/util/timers.ts'
import { HTTP1_DEFAULTS } from './corpus.ts'

/** A log that keeps its lines. */
export class MemoryLogger implements Logger {
  readonly level = 0
  readonly lines: string[] = []
  enabled(): boolean {
    return true
  }
  log(_level: number, message: string): void {
    this.lines.push(message)
  }
}

/** Timers that fire when a test says so. */
export class ManualTimers implements Timers {
  readonly armed = new Map<() => void, number>()
  create(callback: () => void): Timer {
    const disarm = (): void => void this.armed.delete(callback)
    return { arm: (millis) => void this.armed.set(callback, millis), disarm, stop: disarm }
  }
  /** Fires everything that is armed. */
  fire(): void {
    for (const callback of Array.from(this.armed.keys())) {
      this.armed.delete(callback)
      callback()
    }
  }
}

/** The part of a socket that the codecs use; what it is given is read by the test, what it gets the test emits. */
export class MemorySocket extends EventEmitter {
  written = ''
  writes = 0
  isEnded = false
  destroyed = false
  paused = false
  allowHalfOpen = false
  writableLength = 0
  #onread: SocketRead | null = null
  get writable(): boolean {
    return !this.isEnded && !this.destroyed
  }
  write(data: string | Buffer, encoding?: unknown, done?: () => void): boolean {
    const text = typeof data === 'string' ? data : data.toString('latin1')
    if (this.isEnded || this.destroyed) throw new Error(`written after the end: ${text}`)
    this.written += text
    if (text !== '') this.writes++
    const callback = typeof encoding === 'function' ? (encoding as () => void) : done
    callback?.()
    return true
  }
  end(done?: () => void): void {
    this.isEnded = true
    done?.()
  }
  destroySoon(): void {
    this.isEnded = true
    this.destroy()
  }
  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    queueMicrotask(() => this.emit('close'))
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  isPaused(): boolean {
    return this.paused
  }
  asSocket(): Socket {
    return this as unknown as Socket
  }

  /** For a connection: gives it this socket. */
  readonly open = (onread: SocketRead): Socket => {
    this.#onread = onread
    return this.asSocket()
  }

  /** Bytes come, as from the kernel: into the buffer of all sockets, which the next read writes over. */
  receive(bytes: Buffer): void {
    const { buffer } = this.#onread!
    let at = 0
    do {
      const length = bytes.copy(buffer, 0, at)
      this.#onread!.callback(length, buffer)
      buffer.fill(0xee, 0, length)
      at += length
    } while (at < bytes.length && !this.destroyed)
  }
}

/** Options of a server connection with Envoy's defaults. */
export function serverOptions(changes: Partial<Http1ServerOptions> = {}): Http1ServerOptions {
  return {
    http1: HTTP1_DEFAULTS,
    scheme: 'http',
    bufferLimit: 1 << 20,
    requestHeadersTimeout: 0,
    delayedCloseTimeout: 1000,
    timers: new ManualTimers(),
    log: new MemoryLogger(),
    ...changes,
  }
}

/** Options of a client connection with Envoy's defaults. */
export function clientOptions(changes: Partial<Http1ClientOptions> = {}): Http1ClientOptions {
  return {
    maxHeadBytes: 81920,
    maxHeaders: 100,
    enableTrailers: true,
    letterCase: 'LOWER',
    allowChunkedLength: false,
    sendsWholeUrl: false,
    bufferLimit: 1 << 20,
    log: new MemoryLogger(),
    ...changes,
  }
}

/** A map as `name: value` lines. */
export function linesOf(map: HeaderMap): string[] {
  const lines: string[] = []
  for (let i = 0; i < map.fields.length; i += 2) lines.push(`${map.fields[i]}: ${map.fields[i + 1]}`)
  return lines
}

/** One message as it was delivered, however its body was cut. */
export class RecordedMessage {
  readonly headers: string[] = []
  readonly interim: string[][] = []
  body = ''
  pieces = 0
  trailerLines: string[] | null = null
  isComplete = false
  resetReason = ''
  resetDetails = ''
  highs = 0
  lows = 0

  /** Throws when the calls come in an order that the codec's contract excludes. */
  check(condition: boolean, what: string): void {
    if (!condition) throw new Error(`${what} after ${JSON.stringify(this)}`)
  }
  head(headers: HeaderMap, endStream: boolean): void {
    this.check(this.headers.length === 0 && this.resetReason === '', 'head')
    this.headers.push(...linesOf(headers))
    this.isComplete = endStream
  }
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.check(this.headers.length > 0 && !this.isComplete && this.resetReason === '', 'data')
    this.check(end > start || endStream, 'empty data')
    this.body += bytes.latin1Slice(start, end)
    if (end > start) this.pieces++
    // The receiver owns the bytes: whatever it does to them must not reach anything else.
    bytes.fill(0x2a, start, end)
    this.isComplete = endStream
  }
  trailers(trailers: HeaderMap): void {
    this.check(this.headers.length > 0 && !this.isComplete && this.resetReason === '', 'trailers')
    this.trailerLines = linesOf(trailers)
    this.isComplete = true
  }
  onReset(reason: string, details: string): void {
    this.check(this.resetReason === '', 'a second reset')
    this.resetReason = reason
    this.resetDetails = details
  }
  onAboveHighWatermark(): void {
    this.highs++
  }
  onBelowLowWatermark(): void {
    this.lows++
  }
}

/** A request and the stream to answer it. */
export class RecordedRequest extends RecordedMessage implements RequestReceiver {
  readonly stream: ServerStream
  readonly owner: RecordingServer
  /** Calls of `headBegun`. */
  begun = 0
  constructor(stream: ServerStream, owner: RecordingServer) {
    super()
    this.stream = stream
    this.owner = owner
  }
  headBegun(): void {
    this.begun++
  }
  override head(headers: HeaderMap, endStream: boolean): void {
    this.owner.requests.push(this)
    super.head(headers, endStream)
    this.owner.onHead?.(this)
    if (endStream) this.owner.answer(this)
  }
  override data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    super.data(bytes, start, end, endStream)
    if (endStream) this.owner.answer(this)
  }
  override trailers(trailers: HeaderMap): void {
    super.trailers(trailers)
    this.owner.answer(this)
  }
}

/** The owner of a server connection: keeps everything, answers refusals as a local reply does. */
export class RecordingServer implements ServerConnectionEvents {
  readonly requests: RecordedRequest[] = []
  readonly refusals: CodecRefusal[] = []
  closed = 0
  /** Called inside the delivery of a head, and a little after a request is complete. */
  onHead: ((request: RecordedRequest) => void) | null = null
  onRequest: ((request: RecordedRequest) => void) | null = null

  /** As an upstream's answer comes: in the same turn, but not inside the call that delivers the request. */
  answer(request: RecordedRequest): void {
    defer({ isDeferred: false, runDeferred: () => this.onRequest?.(request) })
  }

  newStream(stream: ServerStream): RequestReceiver {
    return new RecordedRequest(stream, this)
  }
  onHandedOver(): void {}

  onRefused(stream: ServerStream, refusal: CodecRefusal): void {
    this.refusals.push(refusal)
    respond(stream, refusal.status, refusal.body)
  }
  onClosed(): void {
    this.closed++
  }
}

/** Writes a whole response with its length. */
export function respond(stream: ServerStream, status: number, body: string): void {
  const head = HeaderMap.from([
    [':status', String(status)],
    ['content-length', String(body.length)],
  ])
  stream.head(head, body === '')
  if (body !== '') stream.data(Buffer.from(body, 'latin1'), 0, body.length, true)
}

/** A response as the client codec delivered it. */
export class RecordedResponse extends RecordedMessage implements ResponseReceiver {
  onEnd: (() => void) | null = null
  informational(headers: HeaderMap): void {
    this.check(this.headers.length === 0, 'an interim head')
    this.interim.push(linesOf(headers))
  }
  override head(headers: HeaderMap, endStream: boolean): void {
    super.head(headers, endStream)
    if (endStream) this.onEnd?.()
  }
  override data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    super.data(bytes, start, end, endStream)
    if (endStream) this.onEnd?.()
  }
  override trailers(trailers: HeaderMap): void {
    super.trailers(trailers)
    this.onEnd?.()
  }
  override onReset(reason: string, details: string): void {
    super.onReset(reason, details)
    this.onEnd?.()
  }
}

/** The owner of a client connection. */
export class RecordingPool implements ClientConnectionEvents {
  connected = 0
  readonly ended: boolean[] = []
  readonly closed: string[] = []
  onReady: (() => void) | null = null
  onGone: (() => void) | null = null
  onConnected(): void {
    this.connected++
    this.onReady?.()
  }
  onStreamEnded(reusable: boolean): void {
    this.ended.push(reusable)
  }
  onStreamReset(): void {}
  onCapacityChanged(): void {}
  onGoAway(): void {}
  onClosed(reason: string, details: string): void {
    this.closed.push(details === '' ? reason : `${reason} ${details}`)
    this.onGone?.()
  }
}
