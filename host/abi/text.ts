/** Byte strings into and out of guest memory (hot). */

/** Longest text that a loop writes faster than V8's own writer. */
const SHORT_TEXT = 10

/** Writes a byte string; the caller has checked that it fits. */
export function writeText(bytes: Buffer, at: number, text: string): void {
  const length = text.length
  if (length > SHORT_TEXT) bytes.latin1Write(text, at, length)
  else for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i)
}

/** Longest text that is looked up; beyond it making a string anew is as cheap as comparing. */
const LONGEST_KNOWN = 32
const SLOTS = 512

const knownBytes: (Uint8Array | null)[] = Array.from({ length: SLOTS }, () => null)
const knownTexts: string[] = Array.from({ length: SLOTS }, () => '')

/**
 * The bytes of `buffer[start, end)` as a byte string. Guests write the same few values again and again, and making a
 * string costs more than finding one, so short ones are kept: one per slot, the latest wins.
 */
export function readText(buffer: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > LONGEST_KNOWN) return buffer.latin1Slice(start, end)
  const slot = hash(buffer, start, length)
  const known = knownBytes[slot]!
  if (known !== null && known.length === length && isSame(known, buffer, start)) return knownTexts[slot]!
  const text = buffer.latin1Slice(start, end)
  knownBytes[slot] = Uint8Array.prototype.slice.call(buffer, start, end)
  knownTexts[slot] = text
  return text
}

function isSame(known: Uint8Array, buffer: Buffer, start: number): boolean {
  for (let i = 0; i < known.length; i++) if (known[i] !== buffer[start + i]) return false
  return true
}

function hash(buffer: Buffer, start: number, length: number): number {
  const first = buffer[start]!
  const middle = buffer[start + (length >> 1)]!
  const last = buffer[start + length - 1]!
  return (length * 31 + first * 7 + middle * 57 + last * 131) & (SLOTS - 1)
}
