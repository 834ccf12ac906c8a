/**
 * The serialized form (see pairs.ts) of the header map that was asked for last (hot). The filters of a chain look at
 * one map in turn, so each only pays for the fields that were appended since; any other change encodes anew. Nothing
 * is allocated per message: lengths and texts stand in a store that only grows.
 */
import { type HeaderMap, valueOffset } from '../http/header-map.ts'
import { KnownTexts, LONGEST_KNOWN } from './known-texts.ts'
import { sourceWords, WORD, wordsOf } from './source-bytes.ts'

/** Id of the map; none has 0 before 2^32 of them were made. */
let encodedMap = 0
/** `rewrites` of the map when its fields were encoded, and how many strings of `fields` were. */
let encodedRewrites = 0
let encodedCount = 0
/** Texts from `textStart` on; count and lengths end there, so that both grow without moving the texts. */
let store: Buffer = Buffer.allocUnsafeSlow(16 * 1024)
let words = wordsOf(store)
let textStart = 2048
let textEnd = textStart

const known = new KnownTexts()

/** Brings the form up to date with the map and returns its size; 0 for an empty map. */
export function encodeHeaders(map: HeaderMap): number {
  const count = map.fields.length
  if (count === 0) return 0
  if (encodedMap !== map.id || encodedRewrites !== map.rewrites) startAnew(map)
  if (encodedCount !== count) extend(map)
  return headSize() + textEnd - textStart
}

/** Copies what {@link encodeHeaders} made last; there is room for it in `target` from `at` on. */
export function copyEncodedHeaders(target: Buffer, at: number): void {
  store.copy(target, at, textStart - headSize(), textEnd)
}

function headSize(): number {
  return 4 + 4 * encodedCount
}

function startAnew(map: HeaderMap): void {
  encodedMap = map.id
  encodedRewrites = map.rewrites
  encodedCount = 0
  textEnd = textStart
}

/** Appends the texts that are new; count and lengths stand elsewhere now, so they are written anew. */
function extend(map: HeaderMap): void {
  const fields = map.fields
  const first = encodedCount
  encodedCount = fields.length
  if (headSize() > textStart) growHead()
  words.setUint32(textStart - headSize(), fields.length >> 1, true)
  textEnd = first === 0 ? appendAll(map) : appendFrom(fields, first)
}

function appendFrom(fields: readonly string[], first: number): number {
  let end = textEnd
  for (let i = first; i < fields.length; i++) end = append(fields[i]!, end)
  let at = textStart - headSize()
  for (let i = 0; i < fields.length; i++) words.setUint32((at += 4), fields[i]!.length, true)
  return end
}

/** All fields; what stands in the source is copied from its bytes, at a third of the cost of writing strings. */
function appendAll(map: HeaderMap): number {
  const { fields } = map
  const source = sourceWords(map)
  let at = textStart - headSize()
  let end = textStart
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    const origin = map.originOf(i)
    end = origin < 0 ? append(name, end) : appendCopy(source, origin, name.length, end)
    const offset = valueOffset(origin, name.length)
    end = offset < 0 ? append(value, end) : appendCopy(source, offset, value.length, end)
    words.setUint32((at += 4), name.length, true)
    words.setUint32((at += 4), value.length, true)
  }
  return end
}

/** Copies whole words of the source; what is too much is written over, or lies in the reserve. Returns the new end. */
function appendCopy(from: DataView, start: number, length: number, end: number): number {
  if (end + length + WORD >= store.length) growTexts(end, length)
  const to = words
  for (let i = 0; i < length; i += WORD) to.setBigInt64(end + i, from.getBigInt64(start + i, true), true)
  to.setInt8(end + length, 0)
  return end + length + 1
}

/** Returns the new end. */
function append(text: string, end: number): number {
  const length = text.length
  if (end + length + WORD >= store.length) growTexts(end, length)
  if (length > LONGEST_KNOWN) store.latin1Write(text, end, length)
  else if (length > 0) known.copy(text, words, end)
  words.setInt8(end + length, 0)
  return end + length + 1
}

/** Makes room for a text of `length` at `end`, its NUL and the rest of a word. */
function growTexts(end: number, length: number): void {
  const grown = Buffer.allocUnsafeSlow(2 * (end + length + WORD))
  store.copy(grown, 0, 0, end)
  use(grown)
}

/** More room for the lengths: the texts move back. */
function growHead(): void {
  const start = 2 * headSize()
  const grown = Buffer.allocUnsafeSlow(store.length + start)
  store.copy(grown, start, textStart, textEnd)
  textEnd += start - textStart
  textStart = start
  use(grown)
}

function use(grown: Buffer): void {
  store = grown
  words = wordsOf(grown)
}
