/** One request of an HTTP/2 server connection: writes the response and steers the reading of the request (hot). */
import type { RequestReceiver, ResetReason, ServerStream } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { isField } from '../http/known-lines.ts'
import { Http2Error } from './frames.ts'
import type { Http2ServerConnection } from './server.ts'
import { Http2Stream } from './stream.ts'
import { toConnectAnswer } from './upgrade.ts'

/** A stream that has ended before its response began, within this time, was begun in vain. */
const PREMATURE_MILLIS = 1000

export class Http2ServerStream extends Http2Stream implements ServerStream {
  readonly connection: Http2ServerConnection
  readonly protocol = 'HTTP/2'
  receiver: RequestReceiver | null = null
  readonly openedAt: number
  isHead = false
  isHeadSent = false
  isConnect = false
  /** The protocol that the request asks for; '' = none. */
  upgrade = ''
  /** What the client sends waits until it is known whether its request was granted. */
  awaitsTunnel = false
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

  handOver(receiver: RequestReceiver): void {
    this.receiver = receiver
    this.connection.events.onHandedOver(receiver)
  }

  informational(headers: HeaderMap): void {
    if (!this.isLocalDone && !this.isHeadSent) this.connection.writeHead(this, headers, 'response', false)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    if (this.isLocalDone) return
    const status = headers.get(':status') ?? ''
    // HTTP/2 has no upgrade but CONNECT (RFC 9113, 8.6), so nobody asked for it.
    if (status === '101' && this.upgrade === '') return this.#fail('http2.violation.of.messaging.rule')
    if (status === '101') headers = toConnectAnswer(headers)
    this.isHeadSent = true
    const isBare = this.isHead || status === '204' || status === '304'
    this.isLocalDone = endStream || isBare
    this.connection.writeHead(this, headers, 'response', endStream || isBare)
    if (this.awaitsTunnel) this.#endWait()
  }

  /** The request is CONNECT, perhaps for a protocol. */
  awaitTunnel(protocol: string): void {
    this.isConnect = true
    this.upgrade = protocol
    this.awaitsTunnel = true
    this.pauseReads()
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
    return this.isConnect ? Http2Error.ConnectError : Http2Error.InternalError
  }

  #endWait(): void {
    this.awaitsTunnel = false
    this.resumeReads()
  }

  /** Our own side broke the message: it must not leave, or not go on. */
  #fail(details: string): void {
    if (this.isClosed) return
    this.connection.resetStream(this, Http2Error.InternalError)
    this.receiver?.onReset('codec_error', details)
  }
}
