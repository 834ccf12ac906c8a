/**
 * The serialized form of header maps and property maps (hot). Little-endian, no alignment:
 *
 *     u32 N
 *     N × { u32 name length, u32 value length }
 *     N × { name bytes, 0x00, value bytes, 0x00 }
 */
import type { EncodedHeaders, HeaderMap } from '../http/header-map.ts'
import { canonicalName } from '../http/names.ts'
import { writeText } from './text.ts'
import { MAX_PAIRS, MAX_PAIRS_BYTES } from './limits.ts'

const NONE: Uint8Array = new Uint8Array(0)

/** Room for the headers that a chain of filters adds, so that a later filter costs only what came since. */
const SPARE_BYTES = 512

/** The map's serialized form, made once per version of the map; empty for an empty map. The bytes are shared. */
export function encodedHeaders(map: HeaderMap): Uint8Array {
  const known = map.encoded
  if (known === null || known.rewrites !== map.rewrites) return encodeAnew(map)
  if (known.version !== map.version && !extend(known, map)) return encodeAnew(map)
  return known.bytes
}

function encodeAnew(map: HeaderMap): Uint8Array {
  const { fields, version, rewrites } = map
  const size = encodedSize(fields)
  const store = Buffer.allocUnsafe(size + SPARE_BYTES)
  const bytes = store.subarray(0, size)
  if (size > 0) writePairs(bytes, fields)
  map.encoded = { bytes, store, words: fields.length, version, rewrites }
  return bytes
}

/** Appends the fields that were added since; false when there is no room, or nothing to extend. */
function extend(known: EncodedHeaders, map: HeaderMap): boolean {
  const { bytes, store, words } = known
  const fields = map.fields
  let size = bytes.length + 4 * (fields.length - words)
  for (let i = words; i < fields.length; i++) size += fields[i]!.length + 1
  if (words === 0 || size > store.length) return false
  const text = 4 + 4 * words
  const newText = 4 + 4 * fields.length
  store.copyWithin(newText, text, bytes.length)
  writeWord(store, 0, fields.length >> 1)
  writeFields(store, newText + bytes.length - text, fields, words)
  known.bytes = store.subarray(0, size)
  known.words = fields.length
  known.version = map.version
  return true
}

/** Serializes byte strings that alternate name and value; empty for none. */
export function encodePairs(fields: readonly string[]): Uint8Array {
  if (fields.length === 0) return NONE
  const bytes = Buffer.allocUnsafe(encodedSize(fields))
  writePairs(bytes, fields)
  return bytes
}

/** 0 for an empty list: the host then gives address 0, size 0. */
function encodedSize(fields: readonly string[]): number {
  if (fields.length === 0) return 0
  let size = 4 + 5 * fields.length
  for (let i = 0; i < fields.length; i++) size += fields[i]!.length
  return size
}

function writePairs(bytes: Buffer, fields: readonly string[]): void {
  writeWord(bytes, 0, fields.length >> 1)
  writeFields(bytes, 4 + 4 * fields.length, fields, 0)
}

/** Writes the lengths and, from `at`, the text of the fields from the one numbered `from`. */
function writeFields(bytes: Buffer, at: number, fields: readonly string[], from: number): void {
  for (let i = from; i < fields.length; i++) {
    const field = fields[i]!
    writeWord(bytes, 4 + 4 * i, field.length)
    writeText(bytes, at, field)
    at += field.length
    bytes[at++] = 0
  }
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
