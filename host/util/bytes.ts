/** Byte strings: JavaScript strings whose code units are bytes (latin1). Header names and values are such strings. */

declare global {
  interface Buffer {
    /** Node's direct latin1 decoder; `toString('latin1')` without its argument checks. */
    latin1Slice(start?: number, end?: number): string
    /** Node's direct latin1 encoder. */
    latin1Write(text: string, offset?: number, length?: number): number
  }
}

/** The bytes of `buffer[start, end)` as a byte string (hot). */
export function byteString(buffer: Buffer, start: number, end: number): string {
  return buffer.latin1Slice(start, end)
}

/** The bytes of a byte string. */
export function fromByteString(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Text from people (configuration, messages) as a byte string of its UTF-8 form. */
export function utf8ByteString(text: string): string {
  return Buffer.from(text, 'utf8').latin1Slice()
}
