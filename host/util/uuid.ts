/**
 * Version 4 UUIDs (RFC 9562, 5.4), one per request (hot). `crypto.randomUUID` puts each together from a dozen strings,
 * nearly a kilobyte of garbage; here random bytes are drawn for many at a time and a UUID is one string.
 */
import { randomFillSync } from 'node:crypto'
import { byteString } from './bytes.ts'

const BYTES = 16
const pool = new Uint8Array(BYTES * 256)
let used = pool.length

/** Where the first digit of each byte stands in the text. */
const PLACES = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34)
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const text = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1')

/** A new UUID in lower case. */
export function randomUuid(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = used
  used += BYTES
  pool[bytes + 6] = (pool[bytes + 6]! & 0x0f) | 0x40
  pool[bytes + 8] = (pool[bytes + 8]! & 0x3f) | 0x80
  for (let i = 0; i < BYTES; i++) {
    const byte = pool[bytes + i]!
    text[PLACES[i]!] = DIGITS[byte >> 4]!
    text[PLACES[i]! + 1] = DIGITS[byte & 15]!
  }
  return byteString(text, 0, text.length)
}
