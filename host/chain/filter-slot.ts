/**
 * One filter in one stream: its stream context, its state in both directions, and the view of the stream that its
 * guest has (hot: one object per filter and stream). What a guest may see when is Envoy's rule, measured there:
 * maps and buffers are available from their callback on until the callback returned Continue.
 */
import type { BodyBuffer } from '../http/body-buffer.ts'
import { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { LocalReply, StreamDirection, HttpHost, StreamMap } from '../plugin/stream-host.ts'
import type { HttpFilterContext } from './filter-context.ts'
import { FilterPhase } from './filter-phase.ts'

/** The maps of a stream; null = not there yet. */
export interface StreamMaps {
  requestHeaders: HeaderMap | null
  requestTrailerMap: HeaderMap | null
  responseHeaders: HeaderMap | null
  responseTrailerMap: HeaderMap | null
}

/** What a slot needs of its stream. */
export interface FilteredStream extends StreamMaps {
  readonly info: StreamInfo
  /** A filter changed the request head: the cached route no longer counts. */
  requestHeadersChanged(): void
  closeByFilter(details: string): void
  replyByFilter(reply: LocalReply): void
  resolveRoute(): void
}

/** What a slot needs of the filters it belongs to. */
export interface SlotOwner {
  continueFilter(index: number, direction: StreamDirection): void
  /** The VM of a filter has died while its guest held the stream. */
  failPausedStream(): void
}

export class FilterSlot implements HttpHost {
  readonly stream: FilteredStream
  readonly owner: SlotOwner
  readonly index: number
  readonly info: StreamInfo
  /** Null until the stream reaches the filter, and for a bypassed filter. */
  context: HttpFilterContext | null = null
  opened = false
  /** on_log runs: maps are read-only, then gone. */
  logging = false
  readonly request = new FilterPhase()
  readonly response = new FilterPhase()

  constructor(stream: FilteredStream, owner: SlotOwner, index: number) {
    this.stream = stream
    this.owner = owner
    this.index = index
    this.info = stream.info
  }

  headerMap(type: StreamMap, write: boolean): HeaderMap | null {
    if (this.logging) return write ? null : this.logMap(type)
    switch (type) {
      case 0:
        return this.request.headersVisible ? this.stream.requestHeaders : null
      case 1:
        return this.request.trailersVisible ? this.stream.requestTrailerMap : null
      case 2:
        return this.response.headersVisible ? this.stream.responseHeaders : null
      case 3:
        return this.response.trailersVisible ? this.stream.responseTrailerMap : null
    }
  }

  /** Allowed once the end of the body is at this filter and it can still see that body. */
  createTrailers(type: 1 | 3): HeaderMap | null {
    const phase = type === 1 ? this.request : this.response
    if (this.logging || !phase.endReached || phase.trailersReached || bodyOf(phase) === null) return null
    const trailers = new HeaderMap(type === 1 ? 0 : NameFlag.JoinsInTrailers)
    phase.trailersReached = true
    phase.trailersVisible = true
    if (type === 1) this.stream.requestTrailerMap = trailers
    else this.stream.responseTrailerMap = trailers
    return trailers
  }

  body(direction: StreamDirection, _write: boolean): BodyBuffer | null {
    return bodyOf(direction === 0 ? this.request : this.response)
  }

  requestHeadersChanged(): void {
    this.stream.requestHeadersChanged()
  }

  /** Request trailers are not part of what Envoy shows to the log. */
  logMap(type: StreamMap): HeaderMap | null {
    if (type === 0) return this.stream.requestHeaders
    if (type === 2) return this.stream.responseHeaders
    return type === 3 ? this.stream.responseTrailerMap : null
  }

  /** Envoy takes the request from the guest with either direction. */
  continueStream(direction: StreamDirection): void {
    this.request.headersVisible = false
    this.request.trailersVisible = false
    this.owner.continueFilter(this.index, direction)
  }

  closeStream(details: string): void {
    this.stream.closeByFilter(details)
  }

  sendLocalReply(reply: LocalReply): void {
    this.stream.replyByFilter(reply)
  }

  resolveRoute(): void {
    this.stream.resolveRoute()
  }

  /** The life of the stream is over: nothing is visible any more. */
  end(): void {
    const { request, response } = this
    request.headersVisible = request.trailersVisible = request.buffering = false
    response.headersVisible = response.trailersVisible = response.buffering = false
  }

  /**
   * The VM has failed. A stream that its guest holds would never be continued, so it ends now; any other one ends at
   * its next event.
   */
  vmFailed(): void {
    if (this.request.state !== 0 || this.response.state !== 0) this.owner.failPausedStream()
  }
}

function bodyOf(phase: FilterPhase): BodyBuffer | null {
  if (phase.view !== null) return phase.view
  return phase.buffering ? phase.buffer : null
}
