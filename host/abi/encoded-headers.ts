/**
 * The serialized form (see pairs.ts) of the header map that was asked for last (hot). The filters of a chain look at
 * one map in turn, so each only pays for the fields that were appended since; any other change encodes anew. Nothing
 * is allocated per message: lengths and texts stand in a store that only grows.
 */
import { type HeaderMap, valueOffset } from '../http/header-map.ts'
import { writeText } from './text.ts'

let encodedMap: HeaderMap | null = null
/** `rewrites` of the map when its fields were encoded, and how many strings of `fields` were. */
let encodedRewrites = 0
let encodedCount = 0
/** Texts from `textStart` on; count and lengths end there, so that both grow without moving the texts. */
let store: Buffer = Buffer.allocUnsafeSlow(16 * 1024)
let words = wordsOf(store)
let textStart = 2048
let textEnd = textStart

/** The head that the map was read from. */
let sourceBytes: Buffer = Buffer.allocUnsafeSlow(16 * 1024)
let sourceWords = wordsOf(sourceBytes)
/** Bytes that are copied at once. */
const WORD = 4

/** Brings the form up to date with the map and returns its size; 0 for an empty map. */
export function encodeHeaders(map: HeaderMap): number {
  const count = map.fields.length
  if (count === 0) return 0
  if (encodedMap !== map || encodedRewrites !== map.rewrites) startAnew(map)
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
  encodedMap = map
  encodedRewrites = map.rewrites
  encodedCount = 0
  textEnd = textStart
}

/** Appends the texts that are new, and writes all lengths to where they stand now. */
function extend(map: HeaderMap): void {
  const fields = map.fields
  const known = encodedCount
  encodedCount = fields.length
  if (headSize() > textStart) growHead()
  if (known === 0) appendAll(map)
  else for (let i = known; i < fields.length; i++) append(fields[i]!)
  const view = words
  let at = textStart - headSize()
  view.setUint32(at, fields.length >> 1, true)
  for (let i = 0; i < fields.length; i++) view.setUint32((at += 4), fields[i]!.length, true)
}

/** All fields; what stands in the source is copied from its bytes, at a third of the cost of writing strings. */
function appendAll(map: HeaderMap): void {
  const { fields, source } = map
  reserve(map.byteSize + fields.length + WORD)
  if (source.length + WORD > sourceBytes.length) growSource(source.length + WORD)
  sourceBytes.latin1Write(source, 0)
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    const origin = map.originOf(i)
    if (origin < 0) append(name)
    else appendCopy(origin, name.length)
    const offset = valueOffset(origin, name.length)
    if (offset < 0) append(value)
    else appendCopy(offset, value.length)
  }
}

/** Copies whole words of the source; what is too much is written over, or lies in the reserve. */
function appendCopy(start: number, length: number): void {
  const from = sourceWords
  const to = words
  const at = textEnd
  for (let i = 0; i < length; i += WORD) to.setInt32(at + i, from.getInt32(start + i, true), true)
  to.setInt8(at + length, 0)
  textEnd = at + length + 1
}

function reserve(size: number): void {
  if (textEnd + size > store.length) resize(2 * (textEnd + size), textStart)
}

function growSource(size: number): void {
  sourceBytes = Buffer.allocUnsafeSlow(2 * size)
  sourceWords = wordsOf(sourceBytes)
}

function append(text: string): void {
  const end = textEnd + text.length
  if (end >= store.length) resize(2 * end, textStart)
  writeText(store, textEnd, text)
  store[end] = 0
  textEnd = end + 1
}

function growHead(): void {
  const start = 2 * headSize()
  resize(store.length + start, start)
}

/** Moves the texts to a store of another size, where they start elsewhere. */
function resize(size: number, start: number): void {
  const grown = Buffer.allocUnsafeSlow(size)
  store.copy(grown, start, textStart, textEnd)
  textEnd += start - textStart
  textStart = start
  store = grown
  words = wordsOf(grown)
}

function wordsOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
}
