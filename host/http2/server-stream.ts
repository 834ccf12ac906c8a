/** One request of an HTTP/2 server connection: writes the response and steers the reading of the request (hot). */
import type { RequestReceiver, ResetReason, ServerStream } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { isField } from '../http/known-lines.ts'
import { Http2Error } from './frames.ts'
import type { Http2ServerConnection } from './server.ts'
import { Http2Stream } from './stream.ts'

/** A stream that has ended before its response began, within this time, was begun in vain. */
const PREMATURE_MILLIS = 1000

export class Http2ServerStream extends Http2Stream implements ServerStream {
  readonly connection: Http2ServerConnection
  readonly protocol = 'HTTP/2'
  receiver: RequestReceiver | null = null
  readonly openedAt: number
  isHead = false
  isHeadSent = false
  /** The response cannot have a body: what comes of one is dropped. */
  isMute = false

  constructor(connection: Http2ServerConnection, id: number, sendWindow: number, receiveWindow: number) {
    super(id, sendWindow, receiveWindow)
    this.connection = connection
    this.openedAt = connection.now()
  }

  get requestComplete(): boolean {
    return this.isRemoteDone && !this.hasHeldEnd
  }

  informational(headers: HeaderMap): void {
    if (!this.isLocalDone && !this.isHeadSent) this.connection.writeHead(this, headers, 'response', false)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    if (this.isLocalDone) return
    const status = headers.get(':status') ?? ''
    // HTTP/2 has no upgrade (RFC 9113, 8.6), so nobody asked for it.
    if (status === '101') return this.#fail('http2.violation.of.messaging.rule')
    this.isHeadSent = true
    const isBare = this.isHead || status === '204' || status === '304'
    this.isLocalDone = endStream || isBare
    this.connection.writeHead(this, headers, 'response', endStream || isBare)
  }

  override trailers(trailers: HeaderMap): void {
    const { fields } = trailers
    for (let i = 0; i < fields.length; i += 2) {
      if (!isField(fields[i]!, fields[i + 1]!)) return this.#fail('http2.invalid.header.field')
    }
    super.trailers(trailers)
  }

  /** Streams end, their connection goes on. */
  closeAfterResponse(): void {}

  lingerAfterResponse(): void {}

  /** True when the stream has cost work for nothing. */
  isPremature(now: number): boolean {
    return !this.isHeadSent && now - this.openedAt <= PREMATURE_MILLIS
  }

  protected resetCode(_reason: ResetReason): Http2Error {
    return Http2Error.InternalError
  }

  /** Our own side broke the message: it must not leave, or not go on. */
  #fail(details: string): void {
    if (this.isClosed) return
    this.connection.resetStream(this, Http2Error.InternalError)
    this.receiver?.onReset('codec_error', details)
  }
}
