/** A request through its filters, first to last (hot). */
import type { HeaderMap } from '../http/header-map.ts'
import type { HttpFilterContext } from './filter-context.ts'
import type { FilterPhase } from './filter-phase.ts'
import { FilterPath } from './filter-path.ts'
import type { PathOwner } from './filter-path.ts'
import type { FilterSlot, StreamMaps } from './filter-slot.ts'

/** The stream as the request path sees it. */
export interface RequestPathStream extends StreamMaps {
  /** The request has passed all filters. */
  requestHead(endStream: boolean): void
  requestBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void
  requestEnd(trailers: HeaderMap): void
  requestTooLarge(): void
  pauseRequest(): void
  resumeRequest(): void
}

export class RequestPath extends FilterPath {
  readonly stream: RequestPathStream
  /** Filters that the head has reached. */
  entered = 0

  constructor(stream: RequestPathStream, owner: PathOwner, slots: readonly FilterSlot[], limit: number) {
    super(owner, slots, 0, slots.length, limit)
    this.stream = stream
  }

  protected override phaseOf(slot: FilterSlot): FilterPhase {
    return slot.request
  }

  protected override contextOf(slot: FilterSlot): HttpFilterContext | null {
    this.entered = slot.index + 1
    return this.owner.openFilter(slot)
  }

  protected override seesBody(context: HttpFilterContext): boolean {
    return context.vm.callbacks.requestBody !== null
  }

  protected override headers(): HeaderMap {
    return this.stream.requestHeaders!
  }

  protected override trailers(): HeaderMap | null {
    return this.stream.requestTrailerMap
  }

  protected override invokeHeaders(context: HttpFilterContext, fields: number, endStream: boolean): number {
    return context.onRequestHeaders(fields, endStream)
  }

  protected override invokeData(context: HttpFilterContext, size: number, endStream: boolean): number {
    return context.onRequestBody(size, endStream)
  }

  protected override invokeTrailers(context: HttpFilterContext, fields: number): number {
    return context.onRequestTrailers(fields)
  }

  protected override emitHead(endStream: boolean): void {
    this.stream.requestHead(endStream)
  }

  protected override emitBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.stream.requestBytes(bytes, start, end, endStream)
  }

  protected override emitTrailers(trailers: HeaderMap): void {
    this.stream.requestEnd(trailers)
  }

  protected override onOverflow(): void {
    this.stream.requestTooLarge()
  }

  protected override holdSource(): void {
    this.stream.pauseRequest()
  }

  protected override releaseSource(): void {
    this.stream.resumeRequest()
  }
}
