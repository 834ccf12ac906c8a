/**
 * The serialized form (see pairs.ts) of the header map that was asked for last (hot). The filters of a chain look at
 * one map in turn, so each only pays for the fields that were appended since; any other change encodes anew. Nothing
 * is allocated per message: lengths and texts stand in two buffers that only grow.
 */
import type { HeaderMap } from '../http/header-map.ts'
import { writeText } from './text.ts'

let encodedMap: HeaderMap | null = null
/** `rewrites` of the map when its fields were encoded, and how many strings of `fields` were. */
let encodedRewrites = 0
let encodedCount = 0
/** Number of pairs, then their lengths. */
let head: Buffer = Buffer.allocUnsafeSlow(1024)
let headWords = wordsOf(head)
/** Names and values, each followed by a NUL. */
let texts: Buffer = Buffer.allocUnsafeSlow(16 * 1024)
let textSize = 0

/** Brings the form up to date with the map and returns its size; 0 for an empty map. */
export function encodeHeaders(map: HeaderMap): number {
  const fields = map.fields
  const count = fields.length
  if (count === 0) return 0
  if (encodedMap !== map || encodedRewrites !== map.rewrites) startAnew(map)
  const headSize = 4 + 4 * count
  if (headSize > head.length) growHead(headSize)
  for (let i = encodedCount; i < count; i++) append(i, fields[i]!)
  encodedCount = count
  return headSize + textSize
}

/** Copies what {@link encodeHeaders} made last; there is room for it in `target` from `at` on. */
export function copyEncodedHeaders(target: Buffer, at: number): void {
  const headSize = 4 + 4 * encodedCount
  headWords.setUint32(0, encodedCount >> 1, true)
  head.copy(target, at, 0, headSize)
  texts.copy(target, at + headSize, 0, textSize)
}

function startAnew(map: HeaderMap): void {
  encodedMap = map
  encodedRewrites = map.rewrites
  encodedCount = 0
  textSize = 0
}

function append(index: number, text: string): void {
  const end = textSize + text.length
  if (end >= texts.length) growTexts(end + 1)
  headWords.setUint32(4 + 4 * index, text.length, true)
  writeText(texts, textSize, text)
  texts[end] = 0
  textSize = end + 1
}

function growHead(size: number): void {
  const grown = Buffer.allocUnsafeSlow(2 * size)
  head.copy(grown)
  head = grown
  headWords = wordsOf(head)
}

function growTexts(size: number): void {
  const grown = Buffer.allocUnsafeSlow(2 * size)
  texts.copy(grown, 0, 0, textSize)
  texts = grown
}

function wordsOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
}
