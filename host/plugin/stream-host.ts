/**
 * The line between a stream context (below) and the filter chain that it sits in (above). The chain implements
 * {@link StreamHost} once per filter and stream; hostcalls reach the stream only through it.
 *
 * Actions (continue, close, local reply) are recorded by the stream context while the guest runs and performed
 * through this interface when the outermost guest call has ended, in order.
 */
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'

/** `proxy_send_local_response`. */
export interface LocalReply {
  readonly status: number
  /** Response details, blanks already replaced by `_`. */
  readonly details: string
  readonly body: Buffer
  /** Extra headers in order; null = none. */
  readonly headers: HeaderMap | null
  /** 0–16, or -1 for none. */
  readonly grpcStatus: number
}

/** Map types 0–3 of the ABI. */
export type StreamMap = 0 | 1 | 2 | 3

/** Which direction of the stream: HTTP_REQUEST 0, HTTP_RESPONSE 1. */
export type StreamDirection = 0 | 1

/** Buffer types 0–3 of the ABI. */
export type StreamBuffer = 0 | 1 | 2 | 3

/** What every stream has. */
export interface StreamHost {
  readonly info: StreamInfo
  /** Ends the stream: the client sees its connection end. */
  closeStream(details: string): void
  /** Route properties of the cached match, computed when needed: fills `info.routeName` and friends. */
  resolveRoute(): void
  /** The VM has failed in a callback of another stream or of the plugin: nobody will continue this one if it is paused. */
  vmFailed(): void
}

/** A client's connection and the one to its upstream. */
export interface TcpHost extends StreamHost {
  /** What has arrived from the client (DOWNSTREAM_DATA 2) or the upstream (3) and has not gone on, while the guest may see it. */
  data(type: 2 | 3): BodyBuffer | null
  /** What the client has sent goes on to the next filter. */
  continueDownstream(): void
}

/** A request and its response. */
export interface HttpHost extends StreamHost {
  /**
   * The map if the guest may see it in this phase (request headers until on_request_headers returned
   * Continue, and so on), else null. `write` is false during on_log for a change: then null too.
   */
  headerMap(type: StreamMap, write: boolean): HeaderMap | null
  /** Creates the trailer map from the last body callback; null when that is not allowed now. */
  createTrailers(type: 1 | 3): HeaderMap | null
  /** The body the guest may see now, or null. With `write` the buffer may be changed. */
  body(direction: StreamDirection, write: boolean): BodyBuffer | null
  /** After any change of request headers: Envoy forgets the cached route for ABI 0.2.1 and below. */
  requestHeadersChanged(): void
  /** Headers and properties that stay readable for the log: the final maps, or null. */
  logMap(type: StreamMap): HeaderMap | null
  continueStream(direction: StreamDirection): void
  sendLocalReply(reply: LocalReply): void
}
