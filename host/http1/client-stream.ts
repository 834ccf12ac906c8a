/** One request of an HTTP/1 client connection: writes the request and steers the reading of the response (hot). */
import type { ClientStream, ResetReason, ResponseReceiver } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { EncodeResult } from './body-encoder.ts'
import type { Http1ClientConnection } from './client.ts'
import { connectionTokens } from './connection-tokens.ts'
import { contentLengthOf } from '../http/content-length.ts'
import { isLinePart, isOneLine, requestFields } from './head-writer.ts'
import { writtenLine } from './letter-case.ts'

export class Http1ClientStream implements ClientStream {
  readonly connection: Http1ClientConnection
  readonly receiver: ResponseReceiver
  isHead = false
  isConnect = false
  isUpgrade = false
  /** The whole request is written. */
  isRequestEnded = false
  /** Bytes went out before the upstream agreed to switch. */
  hasSentRaw = false
  /** The response is complete, or the stream was reset. */
  isOver = false
  pauses = 0

  constructor(connection: Http1ClientConnection, receiver: ResponseReceiver) {
    this.connection = connection
    this.receiver = receiver
  }

  head(headers: HeaderMap, endStream: boolean): void {
    if (this.isOver) return
    const method = headers.get(':method') ?? ''
    this.isHead = method === 'HEAD'
    this.isConnect = method === 'CONNECT'
    this.isUpgrade = !endStream && asksForUpgrade(headers)
    const authority = headers.get(':authority')
    const path = this.isConnect ? (authority ?? '') : (headers.get(':path') ?? '')
    const writer = headers.writer ?? this.connection.writer
    const fields = requestFields(headers, writer)
    const target = this.connection.options.sendsWholeUrl ? this.#wholeUrl(headers, path) : path
    const isWritable = fields !== null && isLinePart(method) && isLinePart(target) && (authority === null || isOneLine(authority))
    const framing = isWritable ? this.#framing(headers, method, endStream) : null
    if (framing === null) return this.#fail('a request that cannot be written was dropped')
    const host = authority === null ? '' : writtenLine('host: ' + authority + '\r\n', writer)
    this.connection.output.text(method + ' ' + target + ' HTTP/1.1\r\n' + host + fields! + writtenLine(framing, writer) + '\r\n')
    if (endStream) this.isRequestEnded = true
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isOver || this.isRequestEnded) return
    if (this.isUpgrade && end > start) this.hasSentRaw = true
    const result = this.connection.encoder.data(bytes, start, end, endStream)
    if (result !== EncodeResult.Ok) return this.#fail('a request body differs from its content-length')
    if (endStream) this.#endRequest()
  }

  trailers(trailers: HeaderMap): void {
    if (this.isOver || this.isRequestEnded) return
    const result = this.connection.encoder.trailers(this.connection.options.enableTrailers ? trailers : null)
    if (result !== EncodeResult.Ok) return this.#fail('request trailers cannot be written')
    this.#endRequest()
  }

  /** HTTP/1 has no reset: the connection ends. */
  reset(_reason: ResetReason): void {
    if (this.isOver) return
    this.isOver = true
    this.connection.onStreamReset()
  }

  pauseReads(): void {
    this.pauses++
    if (!this.isOver) this.connection.onReadsPaused()
  }

  resumeReads(): void {
    if (this.pauses > 0 && --this.pauses === 0 && !this.isOver) this.connection.onReadsResumed()
  }

  #wholeUrl(headers: HeaderMap, path: string): string {
    return this.isConnect ? path : `${headers.get(':scheme') ?? 'http'}://${headers.get(':authority') ?? ''}${path}`
  }

  #endRequest(): void {
    this.isRequestEnded = true
    if (this.connection.isTunnel) this.connection.endWrites()
  }

  /** The line that announces the body, as Envoy's codec chooses it; null when there cannot be such a body. */
  #framing(headers: HeaderMap, method: string, endStream: boolean): string | null {
    const encoder = this.connection.encoder
    encoder.begin('none', 0)
    const value = this.isConnect ? null : headers.get('content-length')
    if (value !== null) {
      const length = contentLengthOf(value)
      if (length < 0 || (endStream && length > 0)) return null
      encoder.begin('length', length)
      return ''
    }
    if (endStream) return hasNoBody(method) ? '' : 'content-length: 0\r\n'
    if (this.isUpgrade || this.isConnect) {
      encoder.begin('raw', 0)
      return ''
    }
    encoder.begin('chunked', 0)
    return 'transfer-encoding: chunked\r\n'
  }

  #fail(message: string): void {
    this.isOver = true
    this.connection.options.log.log(4, message)
    this.connection.onStreamReset()
    this.receiver.onReset('codec_error', '')
  }
}

/** Methods whose requests get no `content-length: 0`; the list of Envoy's codec. */
function hasNoBody(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' || method === 'TRACE' || method === 'CONNECT'
}

function asksForUpgrade(headers: HeaderMap): boolean {
  const connection = headers.get('connection')
  return connection !== null && headers.has('upgrade') && connectionTokens(connection).upgrade
}
