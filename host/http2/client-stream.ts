/** One request of an HTTP/2 client connection: writes the request and steers the reading of the response (hot). */
import type { ClientStream, ResetReason, ResponseReceiver } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { Http2ClientConnection } from './client.ts'
import { Http2Error } from './frames.ts'
import { isCarriedHead, isCarriedTrailers } from './request-fields.ts'
import { Http2Stream } from './stream.ts'
import { toExtendedConnect, upgradeOf } from './upgrade.ts'

export class Http2ClientStream extends Http2Stream implements ClientStream {
  readonly connection: Http2ClientConnection
  readonly receiver: ResponseReceiver
  isHead = false
  /** The protocol that the request asks for; '' = none. */
  upgrade = ''
  /** The stream exists for the peer. */
  isHeadSent = false
  /** The head of the response came, not an interim one. */
  hasHead = false

  constructor(connection: Http2ClientConnection, receiver: ResponseReceiver, id: number) {
    super(id, connection.peer.initialWindow, connection.config.initialStreamWindow)
    this.connection = connection
    this.receiver = receiver
  }

  /** A head that HTTP/2 cannot carry resets the stream. */
  head(headers: HeaderMap, endStream: boolean): void {
    if (this.isClosed) return
    this.upgrade = upgradeOf(headers)
    if (this.upgrade !== '') headers = toExtendedConnect(headers, this.upgrade)
    if (!isCarriedHead(headers)) return this.#refuse()
    const method = headers.get(':method')
    if (!headers.has(':scheme') && method !== null && method !== 'CONNECT') headers.set(':scheme', 'http')
    this.isHead = method === 'HEAD'
    this.isHeadSent = true
    this.isLocalDone = endStream
    this.connection.writeHead(this, headers, 'request', endStream)
  }

  override trailers(trailers: HeaderMap): void {
    if (isCarriedTrailers(trailers)) super.trailers(trailers)
    else this.#refuse()
  }

  override reset(_reason: ResetReason): void {
    if (!this.isClosed) this.connection.abandon(this, this.resetCode())
  }

  /** The body comes behind the head. */
  override receive(bytes: Buffer, start: number, end: number, isEnd: boolean): boolean {
    return this.hasHead && super.receive(bytes, start, end, isEnd)
  }

  /** Envoy says this much, whatever the reason. */
  protected resetCode(): Http2Error {
    return Http2Error.InternalError
  }

  /** What we would send is broken; the owner is told when its own call has ended. */
  #refuse(): void {
    this.isLocalDone = true
    process.nextTick(() => {
      if (this.isClosed) return
      this.connection.abandon(this, Http2Error.InternalError)
      this.receiver.onReset('protocol_error', '')
    })
  }
}
