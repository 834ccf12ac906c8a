/** An HTTP callout over a stream: the whole request at once, the whole answer at the end. */
import type { HeaderMap } from '../http/header-map.ts'
import type {
  HttpCallout,
  HttpCalloutRequest,
  HttpCalloutResponse,
  HttpCallouts,
  CalloutStream,
  CalloutReceiver,
} from './services.ts'

/** Largest answer that is collected, bytes (Envoy's kBufferLimitForResponse). */
export const MAX_CALLOUT_RESPONSE = 32 * 1024 * 1024

/** Sends the request; null when its stream ended at once: it could not be sent, and nobody is called back. */
export function sendCollected(
  callouts: Pick<HttpCallouts, 'open'>,
  request: HttpCalloutRequest,
  onEnd: (response: HttpCalloutResponse | null) => void,
): HttpCallout | null {
  const collector = new HttpCollector(onEnd)
  return collector.start(callouts, request) ? collector : null
}

class HttpCollector implements CalloutReceiver, HttpCallout {
  readonly #onEnd: (response: HttpCalloutResponse | null) => void
  #stream: CalloutStream | null = null
  #isStarting = true
  #isEnded = false
  #headers: HeaderMap | null = null
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(onEnd: (response: HttpCalloutResponse | null) => void) {
    this.#onEnd = onEnd
  }

  start(callouts: Pick<HttpCallouts, 'open'>, { cluster, headers, body, timeoutMillis }: HttpCalloutRequest): boolean {
    const stream = callouts.open({ cluster, timeoutMillis, isMarkedInternal: true }, this)
    this.#stream = stream
    const hasBody = body !== null && body.length > 0
    if (hasBody) headers.setInPlace('content-length', String(body.length))
    stream.head(headers, !hasBody)
    if (hasBody && !this.#isEnded) stream.data(body, true)
    this.#isStarting = false
    return !this.#isEnded
  }

  cancel(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#stream!.cancel()
  }

  onHead(headers: HeaderMap, endStream: boolean): void {
    this.#headers = headers
    if (endStream) this.#finish(null)
  }

  onData(bytes: Buffer, endStream: boolean): void {
    this.#chunks.push(bytes)
    this.#length += bytes.length
    if (this.#length > MAX_CALLOUT_RESPONSE) return this.#giveUp()
    if (endStream) this.#finish(null)
  }

  onTrailers(trailers: HeaderMap): void {
    this.#finish(trailers)
  }

  onReset(): void {
    this.#end(null)
  }

  #giveUp(): void {
    this.#stream!.cancel()
    this.#end(null)
  }

  #finish(trailers: HeaderMap | null): void {
    this.#end({ headers: this.#headers!, body: Buffer.concat(this.#chunks), trailers })
  }

  #end(response: HttpCalloutResponse | null): void {
    if (this.#isEnded) return
    this.#isEnded = true
    if (!this.#isStarting) this.#onEnd(response)
  }
}
