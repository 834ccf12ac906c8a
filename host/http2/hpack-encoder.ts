/**
 * The sending half of HPACK (RFC 7541) (hot): the fields of one connection's header blocks, in order, to bytes. An entry
 * of the dynamic table is found by a chain of the entries whose names fall together, newest first.
 */
import { byteString } from '../util/bytes.ts'
import { ENTRY_OVERHEAD } from './decoder-table.ts'
import { huffmanEncode, huffmanLength } from './huffman.ts'
import { DEFAULT_TABLE_BYTES } from './hpack-decoder.ts'
import { FIRST_DYNAMIC, findStatic, staticIndexes } from './static-table.ts'

/** What a field takes at most beside its name and value; also what `begin` takes. */
export const FIELD_ROOM = 16

const COLON = 0x3a
/** Slots of the ring: what 4096 bytes can have. */
const CAPACITY = 128
const MASK = CAPACITY - 1
const CHAINS = 64
/** Entries of a chain that are looked at. */
const MAX_STEPS = 8
/** Values of a chain's names that may miss in a row before they are no longer kept; now and then one is tried again. */
const MAX_MISSES = 8
const RETRY_AFTER = 250
/** Longer values are sliced out of their head by V8 and would keep all of it alive. */
const MAX_UNSLICED = 12
/** Up to this length a loop writes a string faster than Node. */
const MAX_LOOP = 24

/** First bytes of the kinds of fields (RFC 7541, 6). */
const INDEXED = 0x80
const LITERAL_INDEXED = 0x40
const LITERAL_NEVER = 0x10
const LITERAL = 0
const SIZE_UPDATE = 0x20
const CODED = 0x80

/** Their values rarely repeat: an entry would only drive out another. */
const PASSING: ReadonlySet<string> = new Set([
  ':path',
  'age',
  'content-length',
  'etag',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
  'x-request-id',
])
/** Their values are secrets, which a table would let others guess (RFC 7541, 7.1.3). */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'set-cookie'])

const NO_ENTRIES: readonly number[] = Array.from({ length: CHAINS }, () => -1)
const NO_MISSES: readonly number[] = Array.from({ length: CHAINS }, () => 0)

const scratch = Buffer.allocUnsafeSlow(DEFAULT_TABLE_BYTES)

export class HpackEncoder {
  #maxBytes = DEFAULT_TABLE_BYTES
  #bytes = 0
  #count = 0
  #inserted = 0
  /** The lowest size since the last block, which the next one tells first; -1 = no change. */
  #lowest = -1
  /** The ring, as long as the slots that were used: name, value, and the entry before in the chain, by its number. */
  readonly #names: string[] = []
  readonly #values: string[] = []
  readonly #previous: number[] = []
  /** Per chain: number of its newest entry, and how many values have missed in a row. */
  readonly #newest: number[] = NO_ENTRIES.slice()
  readonly #misses: number[] = NO_MISSES.slice()

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, of which 4096 bytes are used. */
  limitTable(bytes: number): void {
    const size = Math.min(bytes, DEFAULT_TABLE_BYTES)
    if (size === this.#maxBytes) return
    this.#lowest = this.#lowest < 0 ? size : Math.min(this.#lowest, size)
    this.#maxBytes = size
    this.#evictTo(size)
  }

  /** A block begins at `out[at]`. Returns where its first field goes. */
  begin(out: Buffer, at: number): number {
    if (this.#lowest < 0) return at
    if (this.#lowest < this.#maxBytes) at = writeInteger(out, at, this.#lowest, 0x1f, SIZE_UPDATE)
    this.#lowest = -1
    return writeInteger(out, at, this.#maxBytes, 0x1f, SIZE_UPDATE)
  }

  /**
   * Writes a field, a lower-case name and a byte string, to `out[at]`, where there is room for both and
   * {@link FIELD_ROOM}; returns where the next one goes.
   */
  field(out: Buffer, at: number, name: string, value: string): number {
    const first = name.charCodeAt(0) === COLON ? (staticIndexes.get(name) ?? 0) : 0
    if (first > 0) {
      const index = findStatic(first, name, value)
      if (index > 0) return writeInteger(out, at, index, 0x7f, INDEXED)
    }
    if (this.#count === 0) return this.#literal(out, at, name, value, 0)
    return this.#search(out, at, name, value)
  }

  #search(out: Buffer, at: number, name: string, value: string): number {
    const oldest = this.#inserted - this.#count
    let nameIndex = 0
    let entry = this.#newest[chainOf(name)]!
    for (let steps = 0; entry >= oldest && steps < MAX_STEPS; steps++, entry = this.#previous[entry & MASK]!) {
      if (this.#names[entry & MASK] !== name) continue
      const index = FIRST_DYNAMIC + this.#inserted - 1 - entry
      if (this.#values[entry & MASK] === value) {
        this.#misses[chainOf(name)] = 0
        return writeInteger(out, at, index, 0x7f, INDEXED)
      }
      if (nameIndex === 0) nameIndex = index
    }
    return this.#literal(out, at, name, value, nameIndex)
  }

  /** A field that the dynamic table does not have; `nameIndex` is the one of its name there, or 0. */
  #literal(out: Buffer, at: number, name: string, value: string, nameIndex: number): number {
    const first = staticIndexes.get(name) ?? 0
    const found = first === 0 ? 0 : findStatic(first, name, value)
    if (found > 0) return writeInteger(out, at, found, 0x7f, INDEXED)
    const index = first === 0 ? nameIndex : first
    const isKept = this.#isWorthKeeping(name, value)
    if (isKept) at = writeInteger(out, at, index, 0x3f, LITERAL_INDEXED)
    else at = writeInteger(out, at, index, 0x0f, SECRET.has(name) ? LITERAL_NEVER : LITERAL)
    if (index === 0) at = writeString(out, at, name)
    at = writeString(out, at, value)
    if (isKept) this.#insert(name, value)
    return at
  }

  #isWorthKeeping(name: string, value: string): boolean {
    if (PASSING.has(name) || SECRET.has(name)) return false
    if (name.length + value.length + ENTRY_OVERHEAD > this.#maxBytes >> 1) return false
    if (this.#count === 0) return true
    const chain = chainOf(name)
    const misses = this.#misses[chain]!
    this.#misses[chain] = misses === RETRY_AFTER ? 0 : misses + 1
    return misses < MAX_MISSES
  }

  #insert(name: string, value: string): void {
    const bytes = name.length + value.length + ENTRY_OVERHEAD
    this.#evictTo(this.#maxBytes - bytes)
    const slot = this.#inserted & MASK
    const chain = chainOf(name)
    this.#names[slot] = name
    this.#values[slot] = unsliced(value)
    this.#previous[slot] = this.#newest[chain]!
    this.#newest[chain] = this.#inserted++
    this.#count++
    this.#bytes += bytes
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes) {
      const slot = (this.#inserted - this.#count--) & MASK
      this.#bytes -= this.#names[slot]!.length + this.#values[slot]!.length + ENTRY_OVERHEAD
      this.#names[slot] = ''
      this.#values[slot] = ''
    }
  }
}

function chainOf(name: string): number {
  const length = name.length
  return (length * 7 + name.charCodeAt(length - 1) + 5 * name.charCodeAt(length >> 1)) & (CHAINS - 1)
}

function unsliced(value: string): string {
  if (value.length <= MAX_UNSLICED) return value
  scratch.latin1Write(value, 0)
  return byteString(scratch, 0, value.length)
}

/** An integer whose first byte has the bits of `mask` for it, under `top` (RFC 7541, 5.1). */
function writeInteger(out: Buffer, at: number, value: number, mask: number, top: number): number {
  if (value < mask) {
    out[at] = top | value
    return at + 1
  }
  out[at++] = top | mask
  let rest = value - mask
  for (; rest >= 0x80; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80
  out[at++] = rest
  return at
}

/** A string, coded when that is shorter (RFC 7541, 5.2). */
function writeString(out: Buffer, at: number, text: string): number {
  const length = text.length
  const coded = huffmanLength(text)
  if (coded < length) return huffmanEncode(text, out, writeInteger(out, at, coded, 0x7f, CODED))
  at = writeInteger(out, at, length, 0x7f, 0)
  if (length > MAX_LOOP) return at + out.latin1Write(text, at)
  for (let i = 0; i < length; i++) out[at++] = text.charCodeAt(i)
  return at
}
