/**
 * Finds out what a client speaks before it has a codec (hot afterwards: one call per read): a client of HTTP/2 sends its
 * preface first, and no request of HTTP/1 begins that way.
 */
import { PREFACE } from '../http2/frames.ts'
import { READ_BUFFER, type SocketRead, copyOf } from '../socket/read-buffer.ts'

/** What a connection speaks. */
export type CodecName = 'HTTP1' | 'HTTP2'

/** What is known without the client's bytes: from the configuration, or from what TLS has agreed on (`''` = nothing). */
export function knownCodec(configured: 'AUTO' | CodecName, alpn: string): CodecName | null {
  if (configured !== 'AUTO') return configured
  if (alpn === 'h2') return 'HTTP2'
  return alpn === 'http/1.1' || alpn === 'http/1.0' ? 'HTTP1' : null
}

/** Reads until the codec is known, then for the codec. */
export class CodecChoice implements SocketRead {
  readonly buffer = READ_BUFFER
  readonly #onChosen: (name: CodecName) => SocketRead
  #codec: SocketRead | null = null
  /** The begin of a preface. */
  #held: Buffer | null = null

  /** `onChosen` makes the codec, and returns how it reads. */
  constructor(onChosen: (name: CodecName) => SocketRead) {
    this.#onChosen = onChosen
  }

  /** Node calls it as a function of the socket. */
  readonly callback = (length: number, bytes: Uint8Array): boolean => {
    if (this.#codec !== null) return this.#codec.callback(length, bytes)
    return this.#choose(bytes as Buffer, length)
  }

  #choose(bytes: Buffer, length: number): boolean {
    const held = this.#held
    const seen = held === null ? bytes : Buffer.concat([held, bytes.subarray(0, length)])
    const seenLength = held === null ? length : seen.length
    const compared = Math.min(seenLength, PREFACE.length)
    const isPreface = PREFACE.compare(seen, 0, compared, 0, compared) === 0
    if (isPreface && compared < PREFACE.length) {
      this.#held = copyOf(seen, 0, seenLength)
      return true
    }
    this.#held = null
    this.#codec = this.#onChosen(isPreface ? 'HTTP2' : 'HTTP1')
    return this.#codec.callback(seenLength, seen)
  }
}
