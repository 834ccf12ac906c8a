/** One request of an HTTP/1 server connection: writes the response and steers the reading of the request (hot). */
import type { RequestReceiver, ResetReason, ServerStream } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { type BodyFraming, EncodeResult } from './body-encoder.ts'
import { contentLengthOf } from '../http/content-length.ts'
import { responseFields, statusLine } from './head-writer.ts'
import { writtenLine } from './letter-case.ts'
import type { Http1ServerConnection } from './server.ts'

export class Http1ServerStream implements ServerStream {
  readonly connection: Http1ServerConnection
  /** Null while the owner has not taken the request: a refusal. */
  receiver: RequestReceiver | null = null
  protocol: 'HTTP/1.0' | 'HTTP/1.1' = 'HTTP/1.1'
  isHead = false
  isConnect = false
  isUpgrade = false
  /** An HTTP/1.0 client that wants to stay. */
  isKeptHttp10 = false
  requestComplete = false
  /** The connection ends with this response. */
  closes = false
  /** It ends a moment after the response: the client may not know yet, and still send. */
  lingers = false
  isHeadSent = false
  /** The response is complete, or the stream was reset. */
  isOver = false
  /** Both sides have switched to another protocol. */
  isTunnel = false
  pauses = 0

  constructor(connection: Http1ServerConnection) {
    this.connection = connection
  }

  /** The head is known. */
  begin(request: ServerStreamTraits): void {
    this.protocol = request.isHttp10 ? 'HTTP/1.0' : 'HTTP/1.1'
    this.isHead = request.method === 'HEAD'
    this.isConnect = request.isConnect
    this.isUpgrade = request.isUpgrade
    this.closes ||= request.close
    this.isKeptHttp10 = request.isHttp10 && !request.close
  }

  handOver(receiver: RequestReceiver): void {
    this.receiver = receiver
    this.connection.events.onHandedOver(receiver)
  }

  informational(headers: HeaderMap): void {
    if (this.isOver || this.isHeadSent || this.protocol === 'HTTP/1.0') return
    const fields = responseFields(headers, false, true, headers.writer ?? this.connection.writer)
    if (fields === null) return this.#fail('http1.invalid_characters')
    this.connection.output.text(statusLine(statusOf(headers), false, headers.writer?.reason ?? '') + fields + '\r\n')
  }

  head(headers: HeaderMap, endStream: boolean): void {
    if (this.isOver) return
    const status = statusOf(headers)
    this.isTunnel = (this.isUpgrade && status === 101) || (this.isConnect && status >= 200 && status < 300)
    const forbidsBody = status < 200 || status === 204
    const writer = headers.writer ?? this.connection.writer
    const fields = responseFields(headers, this.isTunnel, forbidsBody || (this.isTunnel && this.isConnect), writer)
    if (fields === null) return this.#fail('http1.invalid_characters')
    if (!this.isTunnel) this.#decideClose()
    const framing = writtenLine(this.#framing(headers, status, endStream), writer)
    const line = statusLine(status, this.protocol === 'HTTP/1.0', writer === null ? '' : writer.reason)
    const text = line + fields + writtenLine(this.#connectionLine(), writer) + framing + '\r\n'
    this.isHeadSent = true
    this.connection.output.text(text)
    if (endStream && this.#lacksBody()) this.#fail('http1.body_length_mismatch')
    else if (endStream) this.#end()
    else this.connection.onResponseHead(this)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isOver) return
    const result = this.connection.encoder.data(bytes, start, end, endStream)
    if (result !== EncodeResult.Ok) return this.#fail('http1.body_length_mismatch')
    if (endStream) this.#end()
  }

  trailers(trailers: HeaderMap): void {
    if (this.isOver) return
    const enabled = this.connection.options.http1.enableTrailers
    const result = this.connection.encoder.trailers(enabled ? trailers : null)
    if (result === EncodeResult.WrongLength) return this.#fail('http1.body_length_mismatch')
    if (result === EncodeResult.BadTrailer) return this.#fail('http1.invalid_characters')
    this.#end()
  }

  /** HTTP/1 knows no other way to say so: what was written leaves, then the connection ends. */
  reset(_reason: ResetReason): void {
    if (this.isOver) return
    this.isOver = true
    this.connection.onStreamReset(this)
  }

  pauseReads(): void {
    this.pauses++
    if (!this.isOver) this.connection.onReadsPaused()
  }

  resumeReads(): void {
    if (this.pauses > 0 && --this.pauses === 0 && !this.isOver) this.connection.onReadsResumed()
  }

  closeAfterResponse(): void {
    this.closes = true
  }

  lingerAfterResponse(): void {
    this.lingers = true
  }

  /** A response that does not wait for the request's end leaves the connection unusable (RFC 9112, 9.3). */
  #decideClose(): void {
    if (!this.requestComplete) this.lingers = this.closes = true
    if (this.isUpgrade) this.requestComplete = true
    if (this.connection.isDraining) this.closes = true
  }

  #connectionLine(): string {
    if (this.isTunnel) return ''
    if (this.closes) return 'connection: close\r\n'
    return this.isKeptHttp10 ? 'connection: keep-alive\r\n' : ''
  }

  /** Chooses the framing as Envoy's codec does, and returns the line that announces it. */
  #framing(headers: HeaderMap, status: number, endStream: boolean): string {
    const length = headers.get('content-length')
    const hasBody = !this.isHead && status >= 200 && status !== 204 && status !== 304
    if (this.isTunnel) return this.#begin('raw', 0, '')
    if (length !== null) return this.#beginLength(length, hasBody)
    if (!hasBody && !(this.isHead && status >= 200 && status !== 204 && status !== 304)) return this.#begin('none', 0, '')
    if (endStream && !this.isHead) return this.#begin('none', 0, 'content-length: 0\r\n')
    if (this.protocol === 'HTTP/1.0') return this.#beginUntilClose()
    return this.#begin(hasBody ? 'chunked' : 'none', 0, 'transfer-encoding: chunked\r\n')
  }

  #beginLength(value: string, hasBody: boolean): string {
    const length = contentLengthOf(value)
    return this.#begin(hasBody ? 'length' : 'none', length < 0 ? 0 : length, '')
  }

  /** Without chunks only the end of the connection can end a body. */
  #beginUntilClose(): string {
    this.closes = true
    return this.#begin(this.isHead ? 'none' : 'raw', 0, '')
  }

  #begin(framing: BodyFraming, length: number, line: string): string {
    this.connection.encoder.begin(framing, length)
    return line
  }

  #lacksBody(): boolean {
    return this.connection.encoder.framing === 'length' && this.connection.encoder.left > 0
  }

  #end(): void {
    this.isOver = true
    this.connection.onResponseEnd(this)
  }

  /** Our own side broke the message: it must not leave, or not go on. */
  #fail(details: string): void {
    this.isOver = true
    this.connection.log.log(4, `response dropped: ${details}`)
    this.connection.onStreamReset(this)
    this.receiver?.onReset('codec_error', details)
  }
}

/** What a stream needs to know about its request. */
export interface ServerStreamTraits {
  readonly method: string
  readonly isHttp10: boolean
  readonly isConnect: boolean
  readonly isUpgrade: boolean
  readonly close: boolean
}

function statusOf(headers: HeaderMap): number {
  return Number(headers.get(':status') ?? 0)
}
