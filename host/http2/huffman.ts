/**
 * The Huffman code of HPACK (RFC 7541, 5.2 and appendix B) (hot). The code is canonical: the lengths alone give the codes,
 * in order of length and then of byte.
 */

import { VALUE } from '../http/tables.ts'

/** Bits of the code of each byte. The end of the string, which is never sent, would be the last of the longest codes. */
// prettier-ignore
const LENGTHS = Uint8Array.from([
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
])
const MIN_BITS = 5
const MAX_BITS = 30
/** Codes up to this length are found by one look-up. */
const LOOKUP_BITS = 10
const LOOKUP_MASK = (1 << LOOKUP_BITS) - 1
/** More bits than these at the end are no padding (RFC 7541, 5.2). */
const MAX_PADDING = 7

const codes = new Uint32Array(256)
/** By the next ten bits: length << 8 | byte; 0 = the code is longer. 2 KiB, which stays in the nearest cache. */
const lookup = new Uint16Array(1 << LOOKUP_BITS)
/** Per length: the first code, how many there are, and their bytes in order. */
const firstCodes = new Int32Array(MAX_BITS + 1)
const counts = new Int32Array(MAX_BITS + 1)
const bytesOf: Uint8Array[] = []

fillTables()

/** Bytes that the text takes when coded. */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i)]!
  return (bits + 7) >> 3
}

/** Writes the coded byte string to `out[at]`; returns where it ends. */
export function huffmanEncode(text: string, out: Uint8Array, at: number): number {
  let pending = 0
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i)
    let bits = LENGTHS[byte]!
    let code = codes[byte]!
    if (bits > 16) {
      // Up to seven pending bits and a long code do not fit in 31.
      pending = (pending << (bits - 16)) | (code >>> 16)
      count += bits - 16
      for (; count >= 8; count -= 8) out[at++] = pending >>> (count - 8)
      bits = 16
      code &= 0xffff
    }
    pending = (pending << bits) | code
    for (count += bits; count >= 8; count -= 8) out[at++] = pending >>> (count - 8)
  }
  if (count > 0) out[at++] = (pending << (8 - count)) | (0xff >>> count)
  return at
}

/** Whether the text decoded last has a byte that no header value has. Those bytes all have long codes. */
export let hasControlByte = false

/** Decodes `bytes[start, end)` to the start of `out`, which has room; returns the length, or -1 for what is no code. */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let at = start
  let pending = 0
  let count = 0
  let length = 0
  hasControlByte = false
  for (;;) {
    while (count <= 16 && at < end) {
      pending = (pending << 8) | bytes[at++]!
      count += 8
    }
    if (count < LOOKUP_BITS) break
    const entry = lookup[(pending >>> (count - LOOKUP_BITS)) & LOOKUP_MASK]!
    if (entry !== 0) {
      count -= entry >> 8
      out[length++] = entry
      continue
    }
    let code = (pending >>> (count -= LOOKUP_BITS)) & LOOKUP_MASK
    let bits = LOOKUP_BITS
    let byte = -1
    while (byte < 0) {
      if (count === 0) {
        if (at === end) return -1
        pending = bytes[at++]!
        count = 8
      }
      code = (code << 1) | ((pending >>> --count) & 1)
      if (++bits > MAX_BITS) return -1
      byte = byteOf(code, bits)
    }
    out[length++] = byte
    if (VALUE[byte] === 0) hasControlByte = true
  }
  return decodeEnd(pending, count, out, length)
}

/** The last bits, fewer than a look-up takes: short codes, then padding of ones. */
function decodeEnd(pending: number, count: number, out: Uint8Array, length: number): number {
  while (count > 0) {
    const missing = LOOKUP_BITS - count
    const entry = lookup[((pending << missing) | ((1 << missing) - 1)) & LOOKUP_MASK]!
    const bits = entry >> 8
    if (bits === 0 || bits > count) return isPadding(pending, count) ? length : -1
    count -= bits
    out[length++] = entry
  }
  return length
}

function isPadding(pending: number, count: number): boolean {
  const ones = (1 << count) - 1
  return count <= MAX_PADDING && (pending & ones) === ones
}

/** The byte with this code of a given length, or -1. */
function byteOf(code: number, bits: number): number {
  const index = code - firstCodes[bits]!
  return index >= 0 && index < counts[bits]! ? bytesOf[bits]![index]! : -1
}

function fillTables(): void {
  let code = 0
  for (let bits = MIN_BITS; bits <= MAX_BITS; bits++, code <<= 1) {
    const bytes = Array.from(LENGTHS.keys()).filter((byte) => LENGTHS[byte] === bits)
    bytesOf[bits] = Uint8Array.from(bytes)
    counts[bits] = bytes.length
    firstCodes[bits] = code
    for (const byte of bytes) addCode(byte, code++, bits)
  }
}

function addCode(byte: number, code: number, bits: number): void {
  codes[byte] = code
  if (bits > LOOKUP_BITS) return
  const first = code << (LOOKUP_BITS - bits)
  lookup.fill((bits << 8) | byte, first, first + (1 << (LOOKUP_BITS - bits)))
}
