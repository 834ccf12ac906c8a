/** One stream of a filter without a chain around it: each callback is called by hand, and what it leaves is read. */
import { HeadersAction } from '../../../abi/enums.ts'
import { BodyBuffer } from '../../../http/body-buffer.ts'
import type { HeaderMap } from '../../../http/header-map.ts'
import { StreamInfo } from '../../../http/stream-info.ts'
import type { HttpContext } from '../../../plugin/http-context.ts'
import type { Plugin } from '../../../plugin/plugin.ts'
import type { HttpHost, LocalReply, StreamDirection, StreamMap } from '../../../plugin/stream-host.ts'
import { connectionOf } from '../../connection-facts.ts'
import { headerMap, type HeaderList } from '../../messages.ts'
import type { VirtualTime } from '../../virtual-time.ts'

/** What a callback has left. */
export interface PhaseResult {
  /** Of the message, or of the reply. */
  readonly headers: HeaderMap
  /** A byte string. */
  readonly body: string
  /** The filter held the head back without an answer of its own. */
  readonly isPaused: boolean
  readonly reply: LocalReply | null
}

export class PhaseStream implements HttpHost {
  readonly info: StreamInfo
  readonly #context: HttpContext
  /** Heads of both directions, as the log sees them. */
  readonly #heads: [HeaderMap | null, HeaderMap | null] = [null, null]
  /** What the guest may see now. */
  #visibleHead: StreamDirection | -1 = -1
  #visibleBody: { readonly direction: StreamDirection; readonly buffer: BodyBuffer } | null = null
  #reply: LocalReply | null = null
  #closed = false

  /** Makes the guest's context. */
  constructor(filter: Plugin, clock: VirtualTime) {
    this.info = new StreamInfo(connectionOf({}), clock.wallMillis(), clock.monotonicMillis())
    const context = filter.openStream(this)
    if (typeof context === 'string') throw new Error('the VM has failed')
    this.#context = context
    if (!context.create()) throw new Error('the VM failed')
  }

  /** The filter has answered or ended the stream: no further callback of it has anything to say. */
  get isOver(): boolean {
    return this.#reply !== null || this.#closed
  }

  /** on_request_headers or on_response_headers; not the end of the message. */
  sendHead(direction: StreamDirection, headers: HeaderList): PhaseResult {
    const map = headerMap(headers)
    this.#heads[direction] = map
    this.#visibleHead = direction
    const context = this.#context
    const action = direction === 0 ? context.onRequestHeaders(map.size, false) : context.onResponseHeaders(map.size, false)
    this.#visibleHead = -1
    return this.#result(action, map, '')
  }

  /** on_request_body or on_response_body with one chunk, a byte string. */
  sendBody(direction: StreamDirection, chunk: string, endStream: boolean): PhaseResult {
    const buffer = new BodyBuffer()
    buffer.append(Buffer.from(chunk, 'latin1'))
    this.#visibleBody = { direction, buffer }
    const { length } = buffer
    const context = this.#context
    const action = direction === 0 ? context.onRequestBody(length, endStream) : context.onResponseBody(length, endStream)
    this.#visibleBody = null
    const result = this.#result(action, headerMap([]), Buffer.concat(buffer.chunks).latin1Slice())
    return { ...result, isPaused: false }
  }

  /** on_log, on_done, on_delete. */
  end(): void {
    this.#context.onLog()
    this.#context.onDone()
    this.#context.onDelete()
    if (this.#context.vm.failed) throw new Error('the VM failed')
  }

  // What the guest may do (HttpHost).

  headerMap(type: StreamMap): HeaderMap | null {
    return type === this.#visibleHead * 2 ? this.#heads[this.#visibleHead as StreamDirection] : null
  }

  createTrailers(): null {
    return null
  }

  body(direction: StreamDirection): BodyBuffer | null {
    return this.#visibleBody?.direction === direction ? this.#visibleBody.buffer : null
  }

  requestHeadersChanged(): void {}

  logMap(type: StreamMap): HeaderMap | null {
    return type === 0 ? this.#heads[0] : type === 2 ? this.#heads[1] : null
  }

  continueStream(): void {}

  closeStream(): void {
    this.#closed = true
  }

  sendLocalReply(reply: LocalReply): void {
    this.#reply = reply
  }

  resolveRoute(): void {}

  vmFailed(): void {}

  #result(action: number, headers: HeaderMap, body: string): PhaseResult {
    if (action === HeadersAction.Failed) throw new Error('the VM failed')
    const reply = this.#reply
    if (reply === null) return { headers, body, isPaused: action !== HeadersAction.Continue, reply }
    return { headers: reply.headers ?? headerMap([]), body: reply.body.latin1Slice(), isPaused: false, reply }
  }
}
