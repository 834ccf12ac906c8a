/**
 * The serialized form of header maps and property maps (hot). Little-endian, no alignment:
 *
 *     u32 N
 *     N × { u32 name length, u32 value length }
 *     N × { name bytes, 0x00, value bytes, 0x00 }
 */
import type { HeaderMap } from '../http/header-map.ts'
import { canonicalName } from '../http/names.ts'
import { writeText } from './text.ts'
import { MAX_PAIRS, MAX_PAIRS_BYTES } from './limits.ts'

const NONE: Uint8Array = new Uint8Array(0)

/** The map's serialized form, made once per version of the map; empty for an empty map. The bytes are shared. */
export function encodedHeaders(map: HeaderMap): Uint8Array {
  if (map.encodedVersion === map.version) return map.encoded!
  const encoded = encodePairs(map.fields)
  map.encoded = encoded
  map.encodedVersion = map.version
  return encoded
}

/** Serializes byte strings that alternate name and value; empty for none. */
export function encodePairs(fields: readonly string[]): Uint8Array {
  const words = fields.length
  if (words === 0) return NONE
  const head = 4 + 4 * words
  let size = head + words
  for (let i = 0; i < words; i++) size += fields[i]!.length
  const bytes = Buffer.allocUnsafe(size)
  writeWord(bytes, 0, words >> 1)
  let at = head
  for (let i = 0; i < words; i++) {
    const field = fields[i]!
    writeWord(bytes, 4 + 4 * i, field.length)
    writeText(bytes, at, field)
    at += field.length
    bytes[at++] = 0
  }
  return bytes
}

/**
 * Decodes `buffer[start, end)` to byte strings that alternate name and value, names as they came. Anything that is
 * not exactly one well-formed blob within the limits is an empty list, as in Envoy (pairs_util.cc).
 */
export function decodePairs(buffer: Buffer, start: number, end: number): string[] {
  const size = end - start
  if (size < 4 || size > MAX_PAIRS_BYTES) return []
  const count = buffer.readUInt32LE(start)
  if (count > MAX_PAIRS || 4 + 8 * count > size) return []
  const fields: string[] = []
  let at = start + 4 + 8 * count
  for (let i = 0; i < 2 * count; i++) {
    const next = at + buffer.readUInt32LE(start + 4 + 4 * i)
    if (next >= end || buffer[next] !== 0) return []
    fields.push(buffer.latin1Slice(at, next))
    at = next + 1
  }
  return at === end ? fields : []
}

/** Adds decoded pairs to a map: names become lower-case, inline names join, as `proxy_add_header_map_value` does. */
export function addPairs(map: HeaderMap, fields: readonly string[]): void {
  for (let i = 0; i < fields.length; i += 2) map.add(canonicalName(fields[i]!), fields[i + 1]!)
}

function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
