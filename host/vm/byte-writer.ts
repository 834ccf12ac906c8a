/** A growing byte array for the rewriter. */
export class ByteWriter {
  #bytes: Uint8Array
  /** Bytes written. */
  length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
  }

  u8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  /** An unsigned LEB128 number. */
  u32(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.u8(rest)
  }

  bytes(source: ArrayLike<number>): void {
    this.#reserve(source.length)
    this.#bytes.set(source, this.length)
    this.length += source.length
  }

  /** Copies `source[start, end)`. */
  range(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.#bytes.set(source.subarray(start, end), this.length)
    this.length += end - start
  }

  /** The bytes so far; valid until the next write. */
  result(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  #reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.result())
    this.#bytes = grown
  }
}

/** Bytes of an unsigned LEB128 number. */
export function leb(value: number): number[] {
  const writer = new ByteWriter(5)
  writer.u32(value)
  return [...writer.result()]
}

/** Bytes of a signed LEB128 number of 32 bits. */
export function signedLeb(value: number): number[] {
  const out: number[] = []
  for (let rest = value | 0; ; rest >>= 7) {
    const byte = rest & 0x7f
    const last = (rest >> 6 === 0 && (byte & 0x40) === 0) || (rest >> 6 === -1 && (byte & 0x40) !== 0)
    out.push(last ? byte : byte | 0x80)
    if (last) return out
  }
}
