// Data that lies close together becomes one segment: asc makes one of every text, each with a head of six bytes or more.

/** Zeros between two pieces that are cheaper than the head of another segment. */
const MOST_GAP = 8

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
  const segments = joined(pieces).map(({ offset, data }) => ({ offset: module.i32.const(offset), data, passive: false }))
  module.setMemory(initial, max, null, segments, shared, false, MEMORY)
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
