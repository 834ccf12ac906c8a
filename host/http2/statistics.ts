/** Counters of HTTP/2 connections under Envoy's names (source/common/http/http2/codec_stats.h). */

/** Where counters come from; the process-wide store is one. */
export interface Http2CounterSource {
  counter(name: string): { add(delta: number): void }
  gauge(name: string): { add(delta: number): void }
}

type Counter = ReturnType<Http2CounterSource['counter']>

export class Http2Statistics {
  readonly droppedUnderscores: Counter
  readonly goawaySent: Counter
  readonly headerListTooLarge: Counter
  readonly headerOverflow: Counter
  readonly emptyFramesFlood: Counter
  readonly priorityFramesFlood: Counter
  readonly windowUpdateFramesFlood: Counter
  readonly keepaliveTimeout: Counter
  readonly outboundControlFlood: Counter
  readonly outboundFlood: Counter
  readonly rejectedUnderscores: Counter
  readonly rxMessagingError: Counter
  readonly rxReset: Counter
  readonly streamRefused: Counter
  readonly trailers: Counter
  readonly txFlushTimeout: Counter
  readonly txReset: Counter
  readonly streamsActive: Counter

  /** `prefix`: `http2.` of all clients, `cluster.<name>.http2.` of an upstream. */
  constructor(source: Http2CounterSource, prefix: string) {
    this.droppedUnderscores = source.counter(`${prefix}dropped_headers_with_underscores`)
    this.goawaySent = source.counter(`${prefix}goaway_sent`)
    this.headerListTooLarge = source.counter(`${prefix}header_list_size_too_large`)
    this.headerOverflow = source.counter(`${prefix}header_overflow`)
    this.emptyFramesFlood = source.counter(`${prefix}inbound_empty_frames_flood`)
    this.priorityFramesFlood = source.counter(`${prefix}inbound_priority_frames_flood`)
    this.windowUpdateFramesFlood = source.counter(`${prefix}inbound_window_update_frames_flood`)
    this.keepaliveTimeout = source.counter(`${prefix}keepalive_timeout`)
    this.outboundControlFlood = source.counter(`${prefix}outbound_control_flood`)
    this.outboundFlood = source.counter(`${prefix}outbound_flood`)
    this.rejectedUnderscores = source.counter(`${prefix}requests_rejected_with_underscores_in_headers`)
    this.rxMessagingError = source.counter(`${prefix}rx_messaging_error`)
    this.rxReset = source.counter(`${prefix}rx_reset`)
    this.streamRefused = source.counter(`${prefix}stream_refused_errors`)
    this.trailers = source.counter(`${prefix}trailers`)
    this.txFlushTimeout = source.counter(`${prefix}tx_flush_timeout`)
    this.txReset = source.counter(`${prefix}tx_reset`)
    this.streamsActive = source.gauge(`${prefix}streams_active`)
  }
}
