/** Reads the primitive forms of the WebAssembly binary format (core specification 5.2). */

/** The bytes are not what the format says; the loader turns it into a SluiceError. */
export class MalformedModule extends Error {
  constructor(message: string, offset: number) {
    super(`${message} at offset 0x${offset.toString(16)}`)
    this.name = 'MalformedModule'
  }
}

export class ByteReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    if (end > bytes.length) throw new MalformedModule('Section ends after the module', start)
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  u8(): number {
    if (this.at >= this.end) throw new MalformedModule('Unexpected end', this.at)
    return this.bytes[this.at++]!
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new MalformedModule('Number too long', this.at)
  }

  /** Passes a LEB128 number of any size and sign. */
  skipNumber(): void {
    while (this.u8() >= 0x80);
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw new MalformedModule('Unexpected end', this.at)
    this.at += count
  }

  name(): string {
    const length = this.u32()
    const start = this.at
    this.skip(length)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8')
  }

  /** Passes a value type; reference types may carry a heap type. */
  valueType(): number {
    const type = this.u8()
    if (type === 0x63 || type === 0x64) this.skipNumber()
    return type
  }

  /** A limits field of a memory or table: flags, minimum, maximum or null. */
  limits(): { flags: number; min: number; max: number | null } {
    const at = this.at
    const flags = this.u32()
    if (flags > 3) throw new MalformedModule('64-bit memories and tables are not supported', at)
    // A guest could wait in it for ever, which no counter sees.
    if (flags > 1) throw new MalformedModule('Shared memories are not supported', at)
    const min = this.u32()
    return { flags, min, max: (flags & 1) === 1 ? this.u32() : null }
  }
}
