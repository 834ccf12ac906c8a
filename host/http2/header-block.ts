/** A header block that comes in several frames (RFC 9113, 4.3): put together before it is decoded, within limits. */

/** Frames of one block, beside those that its bytes need. */
const MAX_FRAMES = 16
/** Compressed bytes of a block, beside those that the head may have. */
const SPARE_BYTES = 4096
const FULL_FRAME = 16384

export class HeaderBlock {
  /** Stream of the open block; 0 = none is open. */
  id = 0
  endStream = false
  length = 0
  readonly #maxBytes: number
  readonly #maxFrames: number
  #frames = 0
  #bytes: Buffer = Buffer.alloc(0)

  /** `maxHeadBytes`: what the decoded head may have. */
  constructor(maxHeadBytes: number) {
    this.#maxBytes = maxHeadBytes + SPARE_BYTES
    this.#maxFrames = MAX_FRAMES + Math.ceil(this.#maxBytes / FULL_FRAME)
  }

  /** The block begins with `bytes[start, end)`. False = it is too large. */
  begin(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): boolean {
    this.id = id
    this.endStream = endStream
    this.length = 0
    this.#frames = 0
    return this.append(bytes, start, end)
  }

  append(bytes: Buffer, start: number, end: number): boolean {
    const length = this.length + end - start
    if (length > this.#maxBytes || ++this.#frames > this.#maxFrames) return false
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(FULL_FRAME, length * 2)))
      this.#bytes.copy(grown, 0, 0, this.length)
      this.#bytes = grown
    }
    bytes.copy(this.#bytes, this.length, start, end)
    this.length = length
    return true
  }

  /** Ends the block; its bytes, `[0, length)` of the result, are valid until the next one begins. */
  take(): Buffer {
    this.id = 0
    const bytes = this.#bytes
    this.#bytes = Buffer.alloc(0)
    return bytes
  }
}
