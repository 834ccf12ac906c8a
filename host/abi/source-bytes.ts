/**
 * The head that a header map was read from, as bytes (hot). It is written once per map; what a guest asks for is copied
 * from here by words, at a quarter of the cost of writing a string that was cut out of the head.
 */
import { valueOffset, type HeaderMap } from '../http/header-map.ts'
import { writeText } from './text.ts'

/** Bytes that are copied at once. */
export const WORD = 8
/** Longer heads are not made bytes of for a single value. */
const LONGEST_SOURCE = 2048

let store: Buffer = Buffer.allocUnsafeSlow(16 * 1024)
let words = wordsOf(store)
/** Id of the map; none has 0 before 2^32 of them were made. */
let loaded = 0

/** The bytes of `map.source`, valid until another map is asked for; a word may be read wherever the source reaches. */
export function sourceWords(map: HeaderMap): DataView {
  if (loaded !== map.id) load(map)
  return words
}

/** A view of all of a buffer. */
export function wordsOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
}

/**
 * Writes the value of the field at index `at` of `map.fields` to `address`, where the caller has made room. `bytes` and
 * `view` are the same memory.
 */
export function writeValue(map: HeaderMap, at: number, bytes: Buffer, view: DataView, address: number): void {
  const value = map.fields[at + 1]!
  const offset = value.length < WORD ? -1 : valueOffset(map.originOf(at), map.fields[at]!.length)
  if (offset < 0 || map.source.length > LONGEST_SOURCE) writeText(bytes, address, value)
  else copyWords(sourceWords(map), offset, value.length, view, address)
}

/** Copies exactly `length` bytes, at least a word of them: the last word overlaps the one before it. */
function copyWords(from: DataView, start: number, length: number, to: DataView, at: number): void {
  const last = length - WORD
  for (let i = 0; i < last; i += WORD) to.setBigInt64(at + i, from.getBigInt64(start + i, true), true)
  to.setBigInt64(at + last, from.getBigInt64(start + last, true), true)
}

function load(map: HeaderMap): void {
  const { source } = map
  if (source.length + WORD > store.length) grow(source.length + WORD)
  store.latin1Write(source, 0)
  loaded = map.id
}

function grow(size: number): void {
  store = Buffer.allocUnsafeSlow(2 * size)
  words = wordsOf(store)
}
