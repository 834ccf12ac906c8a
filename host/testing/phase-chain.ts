/** The chain around one filter alone: stands for the stream that the proxy has, with the filter's slot and both of its paths. */
import { deleteContexts, logStream } from '../chain/end-of-life.ts'
import type { PathOwner } from '../chain/filter-path.ts'
import { FilterSlot, type FilteredStream, type SlotOwner } from '../chain/filter-slot.ts'
import { RequestPath, type RequestPathStream } from '../chain/request-path.ts'
import { ResponsePath, type ResponsePathStream } from '../chain/response-path.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { HttpHost, LocalReply, StreamDirection } from '../plugin/stream-host.ts'
import { PhaseMessage } from './phase-message.ts'
import { RecordedContext, type OpenedContext } from './recorded-context.ts'

/** Makes the filter's stream context; 'bypass' and 'fail': its VM has failed. */
export type ContextFactory = (host: HttpHost) => OpenedContext | 'bypass' | 'fail'

export class PhaseChain implements FilteredStream, RequestPathStream, ResponsePathStream, PathOwner, SlotOwner {
  readonly info: StreamInfo
  readonly request: PhaseMessage
  readonly response: PhaseMessage
  readonly requestPath: RequestPath
  readonly responsePath: ResponsePath
  requestHeaders: HeaderMap | null = null
  requestTrailerMap: HeaderMap | null = null
  responseHeaders: HeaderMap | null = null
  responseTrailerMap: HeaderMap | null = null
  /** The first answer of the filter. */
  reply: LocalReply | null = null
  /** Why the filter ended the stream. */
  closeDetails: string | null = null
  /** Nothing is answered here because of a dead VM. */
  readonly failing = false
  /** Null until the filter is opened. */
  context: RecordedContext | null = null
  readonly #slots: readonly FilterSlot[]

  constructor(info: StreamInfo, bufferLimit: number) {
    this.info = info
    const slot = new FilterSlot(this, this, 0)
    this.#slots = [slot]
    this.request = new PhaseMessage(slot.request, () => [this.requestHeaders, this.requestTrailerMap])
    this.response = new PhaseMessage(slot.response, () => [this.responseHeaders, this.responseTrailerMap])
    this.requestPath = new RequestPath(this, this, this.#slots, bufferLimit)
    this.responsePath = new ResponsePath(this, this, this.#slots, 1, bufferLimit)
    // Without a head nobody has looked whether the filter has body callbacks.
    this.requestPath.bodySeen = this.responsePath.bodySeen = true
  }

  /** Makes the filter's context; null when its VM has failed. */
  open(factory: ContextFactory): RecordedContext | null {
    const slot = this.#slots[0]!
    const context = factory(slot)
    if (typeof context === 'string' || !context.create()) return null
    slot.opened = true
    return (this.context = slot.context = new RecordedContext(context))
  }

  /** on_log. */
  log(): void {
    logStream(this, this.#slots)
  }

  /** on_done, on_delete. */
  delete(): void {
    deleteContexts(this.#slots)
  }

  // What has passed the filter (RequestPathStream, ResponsePathStream).

  requestHead(endStream: boolean): void {
    if (endStream) this.request.complete()
  }

  requestBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.request.addPart(bytes.subarray(start, end))
    if (endStream) this.request.complete()
  }

  requestEnd(): void {
    this.request.complete()
  }

  sendHead(endStream: boolean): void {
    if (endStream) this.response.complete()
  }

  sendBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.response.addPart(bytes.subarray(start, end))
    if (endStream) this.response.complete()
  }

  sendTrailers(): void {
    this.response.complete()
  }

  /** As the proxy answers what a filter holds too much of. */
  requestTooLarge(): void {
    this.replyByFilter(tooLarge(413, 'Payload Too Large', 'request_payload_too_large'))
  }

  responseTooLarge(): void {
    this.replyByFilter(tooLarge(500, 'Internal Server Error', 'response_payload_too_large'))
  }

  // What the filter asks for (FilteredStream, PathOwner, SlotOwner).

  openFilter(): RecordedContext | null {
    return this.context
  }

  continueFilter(index: number, direction: StreamDirection): void {
    if (direction === 0) this.requestPath.resume(index)
    else this.responsePath.resume(index)
  }

  replyByFilter(reply: LocalReply): void {
    this.reply ??= reply
    this.requestPath.aborted = true
    if (this.responseHeaders !== null) this.responsePath.aborted = true
  }

  closeByFilter(details: string): void {
    this.closeDetails ??= details
    this.requestPath.aborted = this.responsePath.aborted = true
  }

  failStream(): void {
    this.requestPath.aborted = this.responsePath.aborted = true
  }

  failPausedStream(): void {
    this.failStream()
  }

  // Nothing stands above the filter that would listen.

  enterCallback(): void {}

  leaveCallback(): void {}

  requestHeadersChanged(): void {}

  resolveRoute(): void {}

  pauseRequest(): void {}

  resumeRequest(): void {}

  pauseResponse(): void {}

  resumeResponse(): void {}
}

function tooLarge(status: number, body: string, details: string): LocalReply {
  return { status, details, body: Buffer.from(body), headers: null, grpcStatus: -1 }
}
