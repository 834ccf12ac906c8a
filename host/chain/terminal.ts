/**
 * The line between the filter chain and what stands at its end: the router in the proxy, a scripted upstream in the
 * harness. The chain gives each stream one terminal; request parts reach it after the last filter, its response
 * parts enter the chain at the last filter.
 */
import type { MessageSink, ResetReason } from '../http/codec.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { MetadataMatchConfig, MirrorConfig, RouteConfig, VirtualHostConfig } from '../config/types.ts'
import type { HashPolicies } from '../route/hash-policy.ts'

/** The route that a request matched; a stream keeps the route table it started with. */
export interface MatchedRoute {
  /** Null = chance decides on the endpoint. */
  readonly hashPolicies: HashPolicies | null
  /** Null = endpoints of any metadata. */
  readonly metadataMatch: MetadataMatchConfig | null
  /** Where copies of the request go; null = nowhere. */
  readonly mirrors: readonly MirrorConfig[] | null
  readonly virtualHost: VirtualHostConfig
  readonly route: RouteConfig
}

/** Takes one request that has passed all filters. */
export interface Terminal extends MessageSink {
  /** The stream ended early (client gone, local reply, timeout): give up the upstream side. No call follows. */
  cancel(reason: ResetReason): void
  /** Stops and resumes the response (the client reads slowly); counted. */
  pauseReads(): void
  resumeReads(): void
}

/** An answer that the proxy makes itself; it passes the filters that have seen the request. */
export interface TerminalReply {
  readonly status: number
  readonly body: string
  readonly details: string
  /** ResponseFlag bits to set. */
  readonly flags: number
  /** Placed before content-length; null = none. */
  readonly headers: HeaderMap | null
}

/** What a terminal sees of its stream. */
export interface TerminalStream {
  readonly info: StreamInfo
  readonly requestHeaders: HeaderMap
  /** The route for the request as it is now: re-evaluated after filters changed headers. Null = no route. */
  route(): MatchedRoute | null
  /** The route for the request as it would be with other headers. */
  routeOf(headers: HeaderMap): MatchedRoute | null
  /** The whole request begins anew, with this head and this body, as `answer` wants: nothing more comes from or goes to this stream. */
  restart(headers: HeaderMap, body: BodyBuffer, answer: HeaderMap): void
  /** Makes the route's changes to the request: called once, when it is certain that the request will be sent. */
  finalizeRequest(): void
  /** Bytes that a part of the stream may hold. */
  readonly bufferLimit: number
  /** True once a response head has passed to the client: a failure can then only reset. */
  readonly responseStarted: boolean
  /** True once the whole request has reached the terminal. */
  readonly requestComplete: boolean
  informational(headers: HeaderMap): void
  responseHead(headers: HeaderMap, endStream: boolean): void
  responseData(bytes: Buffer, start: number, end: number, endStream: boolean): void
  responseTrailers(trailers: HeaderMap): void
  localReply(reply: TerminalReply): void
  /** Ends the client's stream after its response began. */
  resetDownstream(reason: ResetReason, details: string): void
  /** Stops and resumes the request (the upstream reads slowly); counted. */
  pauseRequest(): void
  resumeRequest(): void
  /** Restarts the stream's idle timer; called for every upstream event that passes no filter. */
  touch(): void
}

/** Makes the terminal of each stream. */
export interface TerminalFactory {
  create(stream: TerminalStream): Terminal
}
