/**
 * The local reply of one stream (filter_manager.cc, sendLocalReply): through the filters that have seen the request
 * while there is no response, straight to the client while the response head waits in a filter, by a reset afterwards.
 */
import { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { ResetReason } from '../http/codec.ts'
import { statusOf } from './header-checks.ts'
import { HeldReply } from './held-reply.ts'
import type { ReplySink } from './held-reply.ts'
import { beginReply, describeReply, replyBody } from './local-reply.ts'
import type { RepliedStream } from './local-reply.ts'
import type { Reply } from './reply.ts'
import type { StreamFilters } from './stream-filters.ts'
import type { StreamRoute } from './stream-route.ts'
import type { StreamSettings } from './stream-settings.ts'

/** The stream as its reply sees it. */
export interface ReplyingStream extends RepliedStream, ReplySink {
  readonly settings: StreamSettings
  readonly info: StreamInfo
  readonly responseTrailerMap: HeaderMap | null
  readonly routing: StreamRoute
  readonly closed: boolean
  readonly responseStarted: boolean
  /** Null without filters, and before the request meets them. */
  readonly filters: StreamFilters | null
  /** Version of the head before the filters; -1 = the head of a reply is always checked. */
  receivedVersion: number
  closesConnection: boolean
  sendHead(endStream: boolean): void
  resetClient(reason: ResetReason): void
}

export class ReplyPath {
  readonly #stream: ReplyingStream
  /** What a request callback asked for; sent when the callback has returned. */
  #prepared: Reply | null = null
  /** The reply passes filters: its head waits for its body. */
  #holds = false
  /** The body so far of such a reply, whose head has passed the filters; null = there is none. */
  #held: HeldReply | null = null

  constructor(stream: ReplyingStream) {
    this.#stream = stream
  }

  /** Of two replies in one callback the first is sent. */
  reply(reply: Reply): void {
    const stream = this.#stream
    if (stream.responseHeaders !== null) this.#replyLate(reply)
    else if (stream.filters !== null && stream.filters.isInCallback) this.#prepared ??= reply
    else this.#replyThroughFilters(reply)
  }

  /** The outermost callback has returned. */
  onCallbackEnd(): void {
    if (this.#prepared !== null && !this.#stream.closed) this.#replyThroughFilters(this.#prepared)
  }

  /** The head has passed the filters. True: it waits for its body. */
  holdHead(endStream: boolean): boolean {
    if (!this.#holds || endStream) return false
    this.#held = new HeldReply()
    return true
  }

  /** Bytes have passed the filters. True: they were taken, and written if they were the last. */
  holdBytes(bytes: Buffer, endStream: boolean): boolean {
    if (this.#held === null) return false
    this.#held.append(bytes)
    if (endStream) this.#takeHeld().complete(this.#stream.responseHeaders!, this.#stream)
    return true
  }

  /** Trailers follow: what was held is written before them. */
  release(): void {
    if (this.#held !== null) this.#takeHeld().release(this.#stream)
  }

  /** The head is on its way: nothing is held any more. */
  onHeadWritten(): void {
    this.#held = null
  }

  #replyThroughFilters(reply: Reply): void {
    const stream = this.#stream
    this.#prepared = null
    const body = this.#start(reply)
    const { filters } = stream
    if (filters === null || filters.request.entered === 0) return this.#send(body)
    this.#holds = true
    filters.reply(body.length === 0 ? null : bufferOf(body))
  }

  #replyLate(reply: Reply): void {
    const stream = this.#stream
    if (this.#held !== null) stream.writeHead(false)
    if (stream.responseStarted) return stream.resetClient('local_reset')
    this.#holds = false
    this.#send(this.#start(reply))
  }

  /** Makes the head; returns the body. */
  #start(given: Reply): Buffer {
    const stream = this.#stream
    const { localReplies } = stream.settings
    if (given.status === 400) stream.closesConnection = true
    if (stream.routing.table.changesResponses) stream.routing.resolve()
    beginReply(given, stream)
    stream.info.responseCode = given.status
    const reply = localReplies === null ? given : localReplies.map(given, stream)
    describeReply(reply, stream)
    stream.info.responseCode = statusOf(stream.responseHeaders!)
    stream.receivedVersion = -1
    return replyBody(reply, stream.requestHeaders)
  }

  #send(body: Buffer): void {
    this.#stream.sendHead(body.length === 0)
    if (body.length > 0) this.#stream.sendBytes(body, 0, body.length, true)
  }

  #takeHeld(): HeldReply {
    const held = this.#held!
    this.#held = null
    return held
  }
}

function bufferOf(body: Buffer): BodyBuffer {
  const bytes = new BodyBuffer()
  bytes.append(body)
  return bytes
}
