/** What has come of a request, kept so that it can be sent again. */
import { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { keep } from '../socket/read-buffer.ts'
import type { UpstreamAttempt } from './upstream-attempt.ts'

export class KeptRequest {
  readonly #limit: number
  /** Null once it is too much to keep. */
  #body: BodyBuffer | null = new BodyBuffer()
  #trailers: HeaderMap | null = null
  isComplete = false

  /** `limit`: most bytes of the body. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The request cannot be sent again. */
  get isLost(): boolean {
    return this.#body === null
  }

  /** What has come of the body; only while it is not lost. */
  get body(): BodyBuffer {
    return this.#body!
  }

  /** False when the request has just become too long to keep. */
  data(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    this.isComplete = endStream
    if (this.#body === null) return true
    this.#body.append(keep(bytes, start, end))
    if (this.#body.length <= this.#limit) return true
    this.#body = null
    return false
  }

  trailers(trailers: HeaderMap): void {
    this.isComplete = true
    this.#trailers = trailers
  }

  /** Sends what has come so far with another attempt. */
  replay(headers: HeaderMap, attempt: UpstreamAttempt): void {
    const chunks = this.#body!.chunks
    const isComplete = this.isComplete && this.#trailers === null
    attempt.start(headers, isComplete && chunks.length === 0)
    for (let i = 0; i < chunks.length; i++) {
      const bytes = chunks[i] as Buffer // that is what `data` puts there
      attempt.sendData(bytes, 0, bytes.length, isComplete && i === chunks.length - 1)
    }
    if (this.#trailers !== null) attempt.sendTrailers(this.#trailers)
  }
}
