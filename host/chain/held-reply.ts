/**
 * The body of a local reply whose head has passed the filters and waits for it: head and body leave together, because
 * only then content-length is known.
 */
import { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { asBuffer } from './filter-path.ts'

/** Where the reply goes. */
export interface ReplySink {
  writeHead(endStream: boolean): void
  sendBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void
}

export class HeldReply {
  readonly #body = new BodyBuffer()

  append(bytes: Buffer): void {
    this.#body.append(bytes)
  }

  /** The body is complete: names its length, if the head has one, and writes all. */
  complete(headers: HeaderMap, sink: ReplySink): void {
    const bytes = this.#body.length
    if (headers.has('content-length')) headers.setInPlace('content-length', String(bytes))
    sink.writeHead(bytes === 0)
    if (bytes > 0) this.#write(sink, true)
  }

  /** Trailers follow: writes all that was held. */
  release(sink: ReplySink): void {
    sink.writeHead(false)
    this.#write(sink, false)
  }

  #write(sink: ReplySink, endStream: boolean): void {
    const chunks = this.#body.chunks
    for (let i = 0; i < chunks.length; i++) {
      const bytes = asBuffer(chunks[i]!)
      sink.sendBytes(bytes, 0, bytes.length, endStream && i === chunks.length - 1)
    }
  }
}
