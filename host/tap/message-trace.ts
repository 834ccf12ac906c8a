/** One message as it passed a codec. */
import type { HeaderMap } from '../http/header-map.ts'

export class MessageTrace {
  /** Names and values in turn, pseudo headers included; null = no head came. */
  headers: readonly string[] | null = null
  trailers: readonly string[] | null = null
  /** The message came to its end. */
  isComplete = false
  /** Why it did not; '' = nobody said. */
  reset = ''
  /** Microseconds from the start of the stream to the head. */
  atMicros = 0
  /** Bytes of the body, those that were not kept included. */
  size = 0
  /** Sizes of the parts in which the body came. */
  readonly parts: number[] = []
  readonly #limit: number
  readonly #kept: Buffer[] = []
  #room: number

  /** Keeps `limit` bytes of the body. */
  constructor(limit: number) {
    this.#limit = limit
    this.#room = limit
  }

  get isTruncated(): boolean {
    return this.size > this.#limit
  }

  /** As far as it was kept. */
  get body(): Buffer {
    return Buffer.concat(this.#kept)
  }

  head(headers: HeaderMap, endStream: boolean, atMicros: number): void {
    this.headers = [...headers.fields]
    this.isComplete = endStream
    this.atMicros = atMicros
  }

  /** Copies what it keeps: the buffer has another owner. */
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.isComplete = endStream
    if (end === start) return
    const keep = Math.min(this.#room, end - start)
    if (keep > 0) this.#kept.push(Buffer.from(bytes.subarray(start, start + keep)))
    this.#room -= keep
    this.size += end - start
    this.parts.push(end - start)
  }

  end(trailers: HeaderMap): void {
    this.trailers = [...trailers.fields]
    this.isComplete = true
  }
}
