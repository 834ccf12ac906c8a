/** A request to an upstream between router and codec while somebody taps: goes on as it came, and is written down. */
import type { HeaderMap } from '../http/header-map.ts'
import type { ClientStream, ResetReason, ResponseReceiver } from '../http/codec.ts'
import type { AttemptTrace, StreamTrace } from './stream-trace.ts'

/** The way to the upstream. */
export class TappedClientStream implements ClientStream {
  readonly #trace: StreamTrace
  readonly #attempt: AttemptTrace
  readonly #client: ClientStream

  constructor(trace: StreamTrace, attempt: AttemptTrace, client: ClientStream) {
    this.#trace = trace
    this.#attempt = attempt
    this.#client = client
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.#attempt.request.head(headers, endStream, this.#trace.now())
    this.#client.head(headers, endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#attempt.request.data(bytes, start, end, endStream)
    this.#client.data(bytes, start, end, endStream)
  }

  trailers(trailers: HeaderMap): void {
    this.#attempt.request.end(trailers)
    this.#client.trailers(trailers)
  }

  reset(reason: ResetReason): void {
    this.#attempt.request.reset = reason
    this.#client.reset(reason)
  }

  pauseReads(): void {
    this.#client.pauseReads()
  }

  resumeReads(): void {
    this.#client.resumeReads()
  }
}

/** The way back. */
export class TappedAnswer implements ResponseReceiver {
  readonly #trace: StreamTrace
  readonly #attempt: AttemptTrace
  readonly #receiver: ResponseReceiver

  constructor(trace: StreamTrace, attempt: AttemptTrace, receiver: ResponseReceiver) {
    this.#trace = trace
    this.#attempt = attempt
    this.#receiver = receiver
  }

  informational(headers: HeaderMap): void {
    this.#receiver.informational(headers)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.#attempt.response.head(headers, endStream, this.#trace.now())
    this.#receiver.head(headers, endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#attempt.response.data(bytes, start, end, endStream)
    this.#receiver.data(bytes, start, end, endStream)
  }

  trailers(trailers: HeaderMap): void {
    this.#attempt.response.end(trailers)
    this.#receiver.trailers(trailers)
  }

  onReset(reason: ResetReason, details: string): void {
    this.#attempt.response.reset = reason
    this.#receiver.onReset(reason, details)
  }

  onAboveHighWatermark(): void {
    this.#receiver.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#receiver.onBelowLowWatermark()
  }
}
