/**
 * Attribute values as the bytes that `proxy_get_property` hands out, as byte strings. A value has no type tag: text
 * and messages as they are, numbers and times 8 bytes little-endian, booleans 1 byte, maps and lists as pairs.
 */
import { Status } from '../abi/enums.ts'
import { encodePairs } from '../abi/pairs.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { utf8ByteString } from '../util/bytes.ts'

/** A value as byte string, or the status of a missing one. */
export type PropertyValue = string | number

const scratch = Buffer.alloc(8)

/** A map without entries. */
export const EMPTY_MAP = '\0\0\0\0'

export function integerValue(value: number | bigint): string {
  scratch.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)))
  return scratch.latin1Slice()
}

export function booleanValue(value: boolean): string {
  return value ? '\x01' : '\0'
}

/** Milliseconds, with fractions, as nanoseconds. */
export function nanosValue(millis: number): string {
  return integerValue(BigInt(Math.round(millis * 1000)) * 1000n)
}

/** Bytes of a message. */
export function bytesValue(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice()
}

/** Text, or "not found" for ''. */
export function textOrMissing(text: string): PropertyValue {
  return text === '' ? Status.NotFound : text
}

/** A header map with the values of each name joined by a comma. */
export function headersValue(map: HeaderMap | null): string {
  if (map === null || map.size === 0) return EMPTY_MAP
  const joined = new Map<string, string>()
  const { fields } = map
  for (let i = 0; i < fields.length; i += 2) {
    const before = joined.get(fields[i]!)
    joined.set(fields[i]!, before === undefined ? fields[i + 1]! : `${before},${fields[i + 1]!}`)
  }
  return bytesValue(encodePairs([...joined].flat()))
}

/** A member of a message in its JSON form; field names of the message are accepted as the `.proto` file spells them. */
export function jsonMember(json: unknown, path: readonly string[]): PropertyValue {
  let value = json
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return Status.NotFound
    const members = value as Record<string, unknown>
    const key = decodeSegment(segment)
    const name = Object.hasOwn(members, key) ? key : camelCase(key)
    if (!Object.hasOwn(members, name)) return Status.NotFound
    value = members[name]
  }
  return jsonValue(value)
}

function jsonValue(value: unknown): PropertyValue {
  if (typeof value === 'string') return utf8ByteString(value)
  if (typeof value === 'boolean') return booleanValue(value)
  if (typeof value === 'number') return doubleValue(value)
  if (typeof value !== 'object' || value === null) return Status.SerializationFailure
  const pairs: string[] = []
  if (Array.isArray(value)) for (const item of value) pairs.push(nested(item), '')
  else for (const [key, member] of Object.entries(value)) pairs.push(utf8ByteString(key), nested(member))
  return pairs.length === 0 ? EMPTY_MAP : bytesValue(encodePairs(pairs))
}

/** A null inside a map or list is empty. */
function nested(value: unknown): string {
  const encoded = jsonValue(value)
  return typeof encoded === 'string' ? encoded : ''
}

export function doubleValue(value: number): string {
  scratch.writeDoubleLE(value)
  return scratch.latin1Slice()
}

function decodeSegment(segment: string): string {
  return Buffer.from(segment, 'latin1').toString('utf8')
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
