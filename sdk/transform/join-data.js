// Data that lies close together becomes one segment: asc makes one of every text, each with a head of six bytes or more. Of
// asc's own objects what nobody reads is left out.

/** Zeros between two pieces that are cheaper than the head of another segment. */
const MOST_GAP = 8

/** An object of asc begins with its block's size, two words of its collector, its class and the size of what follows. */
const HEAD_BYTES = 20
const CLASS_ID = 12
const SIZE = 16
const ARRAY_BUFFER = 1
const STRING = 2

/** The only message that asc itself puts into a module; the rest of it says no more. */
const NULL_MESSAGE = "Unexpected 'null' (not assigned or failed cast)"
const NULL_LETTERS = 17

/** asc's name of its only memory. */
const MEMORY = '0'

/**
 * Rewrites the data of a module.
 * @param {import("assemblyscript/binaryen").Module} module
 */
export function joinData(module) {
  const count = module.getNumDataSegments()
  const pieces = Array.from({ length: count }, (_, index) => module.getDataSegmentInfo(module.getDataSegmentByIndex(index)))
  if (count === 0 || pieces.some(({ passive }) => passive)) return
  const { initial, max = -1, shared } = module.getMemoryInfo()
  const segments = joined(pieces.flatMap(whatIsRead)).map(({ offset, data }) => ({
    offset: module.i32.const(offset),
    data,
    passive: false,
  }))
  module.setMemory(initial, max, null, segments, shared, false, MEMORY)
}

/**
 * Nothing of an empty array that `[]` is a copy of; of a text all but what the SDK's collector has in another place.
 * @param {{ offset: number, data: ArrayBuffer }} piece
 */
function whatIsRead({ offset, data }) {
  if (!isObject(data)) return [{ offset, data }]
  const head = new DataView(data)
  const isText = head.getUint32(CLASS_ID, true) === STRING
  if (!isText) return head.getUint32(SIZE, true) === 0 ? [] : [{ offset, data }]
  const rest = data.slice(CLASS_ID)
  const size = new DataView(rest).getUint32(SIZE - CLASS_ID, true)
  const text = new TextDecoder('utf-16le').decode(new Uint8Array(data, HEAD_BYTES, size))
  if (text !== NULL_MESSAGE) return [{ offset: offset + CLASS_ID, data: rest }]
  new DataView(rest).setUint32(SIZE - CLASS_ID, NULL_LETTERS * 2, true)
  return [{ offset: offset + CLASS_ID, data: rest.slice(0, HEAD_BYTES - CLASS_ID + NULL_LETTERS * 2) }]
}

/** Whether it is a text or the bytes of an array: class and sizes fit together. */
function isObject(data) {
  if (data.byteLength < HEAD_BYTES) return false
  const head = new DataView(data)
  const [block, first, second, id, size] = [0, 4, 8, CLASS_ID, SIZE].map((at) => head.getUint32(at, true))
  const isWhole = block === ((HEAD_BYTES + size + 15) & ~15) - 4 && HEAD_BYTES + size <= data.byteLength
  return isWhole && first === 0 && second === 0 && (id === ARRAY_BUFFER || id === STRING)
}

/** @param {readonly { offset: number, data: ArrayBuffer }[]} pieces */
function joined(pieces) {
  const segments = []
  let end = -Infinity
  for (const { offset, data } of pieces.toSorted((one, other) => one.offset - other.offset)) {
    if (offset - end > MOST_GAP) segments.push({ offset, parts: [] })
    const { offset: start, parts } = segments.at(-1)
    parts.push({ at: offset - start, data })
    end = offset + data.byteLength
  }
  return segments.map(({ offset, parts }) => ({ offset, data: whole(parts) }))
}

function whole(parts) {
  const last = parts.at(-1)
  const bytes = new Uint8Array(last.at + last.data.byteLength)
  for (const { at, data } of parts) bytes.set(new Uint8Array(data), at)
  return bytes
}
