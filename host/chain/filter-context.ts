/**
 * What the chain needs of a plugin and of its stream contexts. The chain calls the callbacks in stream order; what the
 * guest asks for comes back through `HttpHost`. Results are those of abi/enums.ts: HeadersAction, BodyAction,
 * TrailersAction; `Failed` from a VM that is dead.
 */
import type { HttpHost } from '../plugin/stream-host.ts'

/** One filter's part in one stream: `HttpContext` of host/plugin. */
export interface HttpFilterContext {
  readonly vm: {
    readonly failed: boolean
    /** Null for a callback that the guest does not have: bodies then pass without being wrapped for it. */
    readonly callbacks: { readonly requestBody: unknown; readonly responseBody: unknown }
  }
  onRequestHeaders(count: number, endOfStream: boolean): number
  onRequestBody(size: number, endOfStream: boolean): number
  onRequestTrailers(count: number): number
  onResponseHeaders(count: number, endOfStream: boolean): number
  onResponseBody(size: number, endOfStream: boolean): number
  onResponseTrailers(count: number): number
  /** The end of life, in this order, each once. */
  onLog(): void
  onDone(): void
  onDelete(): void
}

/** One filter of the chain: `Plugin` of host/plugin. */
export interface HttpFilterFactory {
  /** 'bypass': the filter is absent for this stream; 'fail': the stream is answered with 503. */
  openStream(host: HttpHost): HttpFilterContext | 'bypass' | 'fail'
}
