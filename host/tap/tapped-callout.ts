/** A filter's own request while somebody taps: goes on as it came, and is written down in every trace it belongs to. */
import type { HeaderMap } from '../http/header-map.ts'
import type { CalloutReceiver, CalloutStream } from '../hostcalls/services.ts'
import type { CalloutTrace, StreamTrace } from './stream-trace.ts'
import type { TapObserver } from './tap-observer.ts'

/** A callout in one trace. */
export interface CalloutEntry {
  readonly trace: StreamTrace
  readonly callout: CalloutTrace
}

/** The way to the upstream. */
export class TappedCallout implements CalloutStream {
  readonly #entries: readonly CalloutEntry[]
  readonly #stream: CalloutStream

  constructor(entries: readonly CalloutEntry[], stream: CalloutStream) {
    this.#entries = entries
    this.#stream = stream
  }

  get details(): string {
    return this.#stream.details
  }

  head(headers: HeaderMap, endStream: boolean): void {
    for (const { trace, callout } of this.#entries) callout.request.head(headers, endStream, trace.now())
    this.#stream.head(headers, endStream)
  }

  data(bytes: Buffer, endStream: boolean): void {
    for (const { callout } of this.#entries) callout.request.data(bytes, 0, bytes.length, endStream)
    this.#stream.data(bytes, endStream)
  }

  cancel(): void {
    for (const { callout } of this.#entries) callout.request.reset = 'local_reset'
    this.#stream.cancel()
  }
}

/** The way back. What the root context does with it belongs to the stream that asked. */
export class TappedCalloutAnswer implements CalloutReceiver {
  readonly #entries: readonly CalloutEntry[]
  readonly #receiver: CalloutReceiver
  readonly #observer: TapObserver
  readonly #asker: StreamTrace | null

  /** `asker` null = a root context asked. */
  constructor(entries: readonly CalloutEntry[], receiver: CalloutReceiver, observer: TapObserver, asker: StreamTrace | null) {
    this.#entries = entries
    this.#receiver = receiver
    this.#observer = observer
    this.#asker = asker
  }

  onHead(headers: HeaderMap, endStream: boolean): void {
    for (const { trace, callout } of this.#entries) callout.response.head(headers, endStream, trace.now())
    this.#observer.cause = this.#asker
    this.#receiver.onHead(headers, endStream)
    this.#observer.cause = null
  }

  onData(bytes: Buffer, endStream: boolean): void {
    for (const { callout } of this.#entries) callout.response.data(bytes, 0, bytes.length, endStream)
    this.#observer.cause = this.#asker
    this.#receiver.onData(bytes, endStream)
    this.#observer.cause = null
  }

  onTrailers(trailers: HeaderMap): void {
    for (const { callout } of this.#entries) callout.response.end(trailers)
    this.#observer.cause = this.#asker
    this.#receiver.onTrailers(trailers)
    this.#observer.cause = null
  }

  onReset(): void {
    for (const { callout } of this.#entries) callout.response.reset = 'remote_reset'
    this.#observer.cause = this.#asker
    this.#receiver.onReset()
    this.#observer.cause = null
  }
}
