/**
 * The filters of one stream (hot; filter_manager.cc): their slots, the paths of request and response through them, and
 * their end of life. A stream that has none has no such object.
 */
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { StreamDirection } from '../plugin/stream-host.ts'
import { deleteContexts, logStream } from './end-of-life.ts'
import type { HttpFilterContext, HttpFilterFactory } from './filter-context.ts'
import type { PathOwner } from './filter-path.ts'
import { FilterSlot } from './filter-slot.ts'
import type { FilteredStream, SlotOwner } from './filter-slot.ts'
import { RequestPath } from './request-path.ts'
import type { RequestPathStream } from './request-path.ts'
import { ResponsePath } from './response-path.ts'
import type { ResponsePathStream } from './response-path.ts'

/** The stream as its filters see it. */
export interface StreamOfFilters extends FilteredStream, RequestPathStream, ResponsePathStream {
  /** Nothing is read or written any more. */
  readonly closed: boolean
  /** The outermost callback has returned: what was asked for in it is done now. */
  onCallbacksEnd(): void
  /** The VM of a filter is dead. */
  replyDeadVm(): void
}

export class StreamFilters implements PathOwner, SlotOwner {
  readonly request: RequestPath
  /** Null until a response enters it. */
  response: ResponsePath | null = null
  failing = false
  readonly #stream: StreamOfFilters
  readonly #factories: readonly HttpFilterFactory[]
  readonly #limit: number
  readonly #slots: FilterSlot[] = []
  /** Callbacks that run now, one inside the other. */
  #depth = 0

  /** In chain order; `limit`: most bytes that a filter may hold, per direction. */
  constructor(stream: StreamOfFilters, factories: readonly HttpFilterFactory[], limit: number) {
    this.#stream = stream
    this.#factories = factories
    this.#limit = limit
    for (let i = 0; i < factories.length; i++) this.#slots.push(new FilterSlot(stream, this, i))
    this.request = new RequestPath(stream, this, this.#slots, limit)
  }

  get isInCallback(): boolean {
    return this.#depth > 0
  }

  /** The head of an upstream's response, which passes them all. */
  responseHead(endStream: boolean): void {
    this.#beginResponse(this.#slots.length).head(endStream)
  }

  /** A local reply, which passes those that the request has entered; `body` null = its head is all. */
  reply(body: BodyBuffer | null): void {
    const path = this.#beginResponse(this.request.entered)
    path.head(body === null)
    if (body !== null) path.body(body)
  }

  #beginResponse(entered: number): ResponsePath {
    return (this.response = new ResponsePath(this.#stream, this, this.#slots, entered, this.#limit))
  }

  abortResponse(): void {
    if (this.response !== null) this.response.aborted = true
  }

  /** on_log of all, those that the stream never reached included. */
  log(): void {
    logStream(this, this.#slots)
  }

  /** on_done and on_delete of each. */
  delete(): void {
    deleteContexts(this.#slots)
  }

  // PathOwner.

  openFilter(slot: FilterSlot): HttpFilterContext | null {
    if (slot.opened) return slot.context
    slot.opened = true
    const context = this.#factories[slot.index]!.openStream(slot)
    if (context === 'bypass') return null
    if (context !== 'fail') return (slot.context = context)
    if (!this.#stream.closed) this.failStream()
    return null
  }

  enterCallback(): void {
    this.#depth++
  }

  leaveCallback(): void {
    if (--this.#depth === 0) this.#stream.onCallbacksEnd()
  }

  failStream(): void {
    this.failing = true
    this.#stream.replyDeadVm()
  }

  // SlotOwner.

  /** Without a response there is nothing to continue on that side; Envoy crashes. */
  continueFilter(index: number, direction: StreamDirection): void {
    const path = direction === 0 ? this.request : this.response
    if (path !== null && !this.#stream.closed) path.resume(index)
  }

  failPausedStream(): void {
    if (this.#depth === 0 && !this.failing) this.failStream()
  }
}
