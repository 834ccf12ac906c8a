/**
 * Where one filter stands in one direction of a stream (hot: two objects per filter and stream).
 *
 *            headers: stop-all            headers: stop      data or trailers: stop
 *   Continue ────────────────▶ StopAll    Continue ─────────────────────────────▶ StopSingle
 *      ▲                          │          ▲                                        │
 *      └── continue (from here) ──┘          └── continue, or Continue from a ────────┘
 *                                                callback (from the next filter)
 */
import type { BodyBuffer } from '../http/body-buffer.ts'

/** Whether and how a filter holds the message (envoy/http/filter.h, FilterManager's IterationState). */
export const Iteration = {
  Continue: 0,
  /** Holds what it returned "stop" for; its later callbacks still come. */
  StopSingle: 1,
  /** Holds everything that arrives, without a callback; over the limit the message fails. */
  StopAllBuffer: 3,
  /** Holds everything that arrives, without a callback; over the limit the source is slowed down. */
  StopAllWatermark: 4,
} as const

export class FilterPhase {
  /** A value of {@link Iteration}. */
  state = 0
  /** The head has gone on to the next filter. */
  headersContinued = false
  /** The end of the message arrived here with the head or a body part. */
  endReached = false
  /** Trailers arrived here. */
  trailersReached = false
  /** Body bytes that are held here; null = none. */
  buffer: BodyBuffer | null = null
  /** The last body callback asked to see all held bytes again. */
  buffering = false
  /** What a running body callback sees. */
  view: BodyBuffer | null = null
  /** The guest may read and write the head, the trailers. */
  headersVisible = false
  trailersVisible = false
  /** The source was asked to wait because of `buffer`. */
  readsHeld = false
}
