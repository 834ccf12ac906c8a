/** A response through the filters that have seen the request, last to first (hot). */
import type { HeaderMap } from '../http/header-map.ts'
import type { HttpFilterContext } from './filter-context.ts'
import type { FilterPhase } from './filter-phase.ts'
import { FilterPath } from './filter-path.ts'
import type { PathOwner } from './filter-path.ts'
import type { FilterSlot, StreamMaps } from './filter-slot.ts'

/** The stream as the response path sees it. */
export interface ResponsePathStream extends StreamMaps {
  /** The response has passed all filters. */
  sendHead(endStream: boolean): void
  sendBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void
  sendTrailers(trailers: HeaderMap): void
  responseTooLarge(): void
  pauseResponse(): void
  resumeResponse(): void
}

export class ResponsePath extends FilterPath {
  readonly stream: ResponsePathStream

  /** `entered` filters have seen the request. */
  constructor(stream: ResponsePathStream, owner: PathOwner, slots: readonly FilterSlot[], entered: number, limit: number) {
    super(owner, slots, entered - 1, -1, limit)
    this.stream = stream
  }

  protected override phaseOf(slot: FilterSlot): FilterPhase {
    return slot.response
  }

  protected override contextOf(slot: FilterSlot): HttpFilterContext | null {
    return slot.context
  }

  protected override seesBody(context: HttpFilterContext): boolean {
    return context.vm.callbacks.responseBody !== null
  }

  protected override headers(): HeaderMap {
    return this.stream.responseHeaders!
  }

  protected override trailers(): HeaderMap | null {
    return this.stream.responseTrailerMap
  }

  protected override invokeHeaders(context: HttpFilterContext, fields: number, endStream: boolean): number {
    return context.onResponseHeaders(fields, endStream)
  }

  protected override invokeData(context: HttpFilterContext, size: number, endStream: boolean): number {
    return context.onResponseBody(size, endStream)
  }

  protected override invokeTrailers(context: HttpFilterContext, fields: number): number {
    return context.onResponseTrailers(fields)
  }

  protected override emitHead(endStream: boolean): void {
    this.stream.sendHead(endStream)
  }

  protected override emitBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.stream.sendBytes(bytes, start, end, endStream)
  }

  protected override emitTrailers(trailers: HeaderMap): void {
    this.stream.sendTrailers(trailers)
  }

  protected override onOverflow(): void {
    this.stream.responseTooLarge()
  }

  protected override holdSource(): void {
    this.stream.pauseResponse()
  }

  protected override releaseSource(): void {
    this.stream.resumeResponse()
  }
}
