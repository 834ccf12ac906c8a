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
/** The two digits of each byte as one number. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) => Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16BE())
const text = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1')
const view = new DataView(text.buffer, text.byteOffset, text.length)

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
  for (let i = 0; i < BYTES; i++) view.setUint16(PLACES[i]!, DIGITS[pool[bytes + i]!]!)
  return byteString(text, 0, text.length)
}
