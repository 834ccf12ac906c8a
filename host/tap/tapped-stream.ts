/**
 * A client's stream between codec and chain while somebody taps: everything goes on as it came, and is written down. Each
 * direction is taken where it leaves or meets the codec, so the trace has what the client sent and saw.
 */
import type { HeaderMap } from '../http/header-map.ts'
import type { CodecRefusal, RequestReceiver, ResetReason, ServerStream } from '../http/codec.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { StreamTrace } from './stream-trace.ts'

/** A stream of the chain, as the owner of a connection has it. */
export interface ManagedStream extends RequestReceiver {
  readonly info: StreamInfo
  /** The codec cannot read the request, or the rest of it: answers it and ends the connection. */
  refuse(refusal: CodecRefusal): void
}

/** The way in. */
export class TappedRequest implements ManagedStream {
  readonly info: StreamInfo
  readonly #trace: StreamTrace
  readonly #stream: ManagedStream
  readonly #onHead: (headers: HeaderMap) => void

  /** `onHead` comes before the chain sees the head. */
  constructor(trace: StreamTrace, stream: ManagedStream, onHead: (headers: HeaderMap) => void) {
    this.info = stream.info
    this.#trace = trace
    this.#stream = stream
    this.#onHead = onHead
  }

  headBegun(): void {
    this.#stream.headBegun()
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.#trace.request.head(headers, endStream, this.#trace.now())
    this.#onHead(headers)
    this.#stream.head(headers, endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#trace.request.data(bytes, start, end, endStream)
    this.#stream.data(bytes, start, end, endStream)
  }

  trailers(trailers: HeaderMap): void {
    this.#trace.request.end(trailers)
    this.#stream.trailers(trailers)
  }

  refuse(refusal: CodecRefusal): void {
    this.#trace.request.reset = refusal.details
    this.#stream.refuse(refusal)
  }

  onReset(reason: ResetReason, details: string): void {
    this.#trace.request.reset = reason
    this.#stream.onReset(reason, details)
  }

  onAboveHighWatermark(): void {
    this.#stream.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#stream.onBelowLowWatermark()
  }
}

/** The way out. */
export class TappedResponse implements ServerStream {
  readonly #trace: StreamTrace
  readonly #server: ServerStream

  constructor(trace: StreamTrace, server: ServerStream) {
    this.#trace = trace
    this.#server = server
  }

  get protocol(): string {
    return this.#server.protocol
  }

  get requestComplete(): boolean {
    return this.#server.requestComplete
  }

  handOver(receiver: RequestReceiver): void {
    this.#server.handOver(receiver)
  }

  informational(headers: HeaderMap): void {
    this.#server.informational(headers)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.#trace.response.head(headers, endStream, this.#trace.now())
    this.#server.head(headers, endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#trace.response.data(bytes, start, end, endStream)
    this.#server.data(bytes, start, end, endStream)
  }

  trailers(trailers: HeaderMap): void {
    this.#trace.response.end(trailers)
    this.#server.trailers(trailers)
  }

  reset(reason: ResetReason): void {
    this.#trace.response.reset = reason
    this.#server.reset(reason)
  }

  pauseReads(): void {
    this.#server.pauseReads()
  }

  resumeReads(): void {
    this.#server.resumeReads()
  }

  closeAfterResponse(): void {
    this.#server.closeAfterResponse()
  }

  lingerAfterResponse(): void {
    this.#server.lingerAfterResponse()
  }
}
