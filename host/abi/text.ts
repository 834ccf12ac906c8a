/**
 * Byte strings into and out of guest memory (hot). Guests name and write the same few texts again and again, and
 * making a string costs three times as much as finding one, so short ones are kept by their bytes.
 */
import { canonicalName } from '../http/names.ts'

/** Longest text that a loop writes faster than V8's own writer. */
const SHORT_TEXT = 18

/** Writes a byte string; the caller has checked that it fits. */
export function writeText(bytes: Buffer, at: number, text: string): void {
  const length = text.length
  if (length > SHORT_TEXT) bytes.latin1Write(text, at, length)
  else for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i)
}

/** Shorter texts have no whole word; longer ones cost more to compare than to make. */
const SHORTEST = 4
const LONGEST = 32
const SLOTS = 512
/** Words of the longest text. */
const WORDS = LONGEST / 4

/**
 * Texts by their bytes: one per slot, the latest wins, so guests cannot make it grow. Words are compared at any
 * address; the last word of a text may overlap the one before it.
 */
class TextCache {
  readonly #make: (text: string) => string
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '')
  readonly #lengths = new Uint8Array(SLOTS)
  readonly #words = new Int32Array(SLOTS * WORDS)

  constructor(make: (text: string) => string) {
    this.#make = make
  }

  /** What stands for the bytes `[start, end)` of guest memory. */
  get(bytes: Buffer, view: DataView, start: number, end: number): string {
    const length = end - start
    if (length < SHORTEST || length > LONGEST) return this.#make(bytes.latin1Slice(start, end))
    const last = view.getInt32(end - 4, true)
    const mixed = Math.imul(view.getInt32(start, true), 0x9e3779b1) ^ Math.imul(last + length, 0x85ebca6b)
    const slot = (mixed ^ (mixed >>> 15)) & (SLOTS - 1)
    if (this.#lengths[slot] === length && this.#isSame(slot, view, start, length, last)) return this.#texts[slot]!
    return this.#add(slot, bytes, view, start, length)
  }

  #isSame(slot: number, view: DataView, start: number, length: number, last: number): boolean {
    const words = this.#words
    const first = slot * WORDS
    const count = (length - 1) >> 2
    for (let i = 0; i < count; i++) if (words[first + i] !== view.getInt32(start + 4 * i, true)) return false
    return words[first + count] === last
  }

  #add(slot: number, bytes: Buffer, view: DataView, start: number, length: number): string {
    const first = slot * WORDS
    const count = (length - 1) >> 2
    for (let i = 0; i < count; i++) this.#words[first + i] = view.getInt32(start + 4 * i, true)
    this.#words[first + count] = view.getInt32(start + length - 4, true)
    this.#lengths[slot] = length
    return (this.#texts[slot] = this.#make(bytes.latin1Slice(start, start + length)))
  }
}

const values = new TextCache((text) => text)
const names = new TextCache(canonicalName)

/** The bytes `[start, end)` as a byte string. */
export function readText(bytes: Buffer, view: DataView, start: number, end: number): string {
  return start === end ? '' : values.get(bytes, view, start, end)
}

/** The canonical form of the header name in `[start, end)`. */
export function readName(bytes: Buffer, view: DataView, start: number, end: number): string {
  return start === end ? '' : names.get(bytes, view, start, end)
}
