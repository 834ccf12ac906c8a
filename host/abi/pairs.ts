/**
 * The serialized form of header maps and property maps. Little-endian, no alignment:
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

/** Serializes byte strings that alternate name and value; empty for none. */
export function encodePairs(fields: readonly string[]): Uint8Array {
  const count = fields.length
  if (count === 0) return NONE
  let at = 4 + 4 * count
  let size = at + count
  for (let i = 0; i < count; i++) size += fields[i]!.length
  const bytes = Buffer.alloc(size)
  bytes.writeUInt32LE(count >> 1, 0)
  for (let i = 0; i < count; i++) {
    bytes.writeUInt32LE(fields[i]!.length, 4 + 4 * i)
    writeText(bytes, at, fields[i]!)
    at += fields[i]!.length + 1
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
