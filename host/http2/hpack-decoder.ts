/**
 * The receiving half of HPACK (RFC 7541) (hot): header blocks of one connection, in order, to lists of fields. A limit
 * stops what a list takes, never the decoding, so the table stays the one that the peer has.
 */
import { internName, nameOf } from '../http/names.ts'
import { TOKEN } from '../http/tables.ts'
import type { BlockFields, BlockLimits } from './block-fields.ts'
import { DecoderTable, FieldFault, ENTRY_OVERHEAD } from './decoder-table.ts'
import { hpackReader as reader } from './hpack-reader.ts'
import { FIRST_DYNAMIC, staticIds, staticNames, staticValues } from './static-table.ts'

/** Table size before any SETTINGS (RFC 9113, 6.5.2). */
export const DEFAULT_TABLE_BYTES = 4096

const COLON = 0x3a
/** First bytes of the kinds of fields (RFC 7541, 6). */
const INDEXED = 0x80
const LITERAL_INDEXED = 0x40
const SIZE_UPDATE = 0x20

/** 1 for the bytes of a name: those of a token, but no upper-case letters (RFC 9113, 8.2.1). */
const NAME = TOKEN.map((isToken, byte) => (byte >= 0x41 && byte <= 0x5a ? 0 : isToken))

export class HpackDecoder {
  readonly #table = new DecoderTable(DEFAULT_TABLE_BYTES)
  /** What the peer may raise the table to. */
  #limit = DEFAULT_TABLE_BYTES
  /** Name of the literal that is read. */
  #id = 0
  #name = ''
  #nameFault = 0

  /** The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. It must shrink a larger table before its next block. */
  limitTable(bytes: number): void {
    this.#limit = bytes
  }

  /**
   * Reads the complete block `bytes[start, end)` into `list`, which is cleared before. False = a compression error: the
   * table is lost, and the connection with it. Malformed and too large lists are no compression error.
   */
  decode(bytes: Buffer, start: number, end: number, list: BlockFields, limits: BlockLimits): boolean {
    list.clear()
    reader.open(bytes, start, end)
    if (!this.#readUpdates()) return false
    while (reader.at < end) if (!this.#readField(list, limits)) return false
    return true
  }

  /** Updates stand at the beginning of a block (RFC 7541, 4.2). */
  #readUpdates(): boolean {
    while (reader.at < reader.end && (reader.bytes[reader.at]! & 0xe0) === SIZE_UPDATE) {
      const size = reader.integer(0x1f)
      if (size < 0 || size > this.#limit) return false
      this.#table.resize(size)
    }
    return this.#table.maxBytes <= this.#limit
  }

  #readField(list: BlockFields, limits: BlockLimits): boolean {
    const first = reader.bytes[reader.at]!
    if (first >= INDEXED) return this.#readIndexed(list, limits)
    if (first >= LITERAL_INDEXED) return this.#readName(0x3f) && this.#readKept(list, limits)
    return first < SIZE_UPDATE && this.#readName(0x0f) && this.#readPassing(list, limits)
  }

  #readIndexed(list: BlockFields, limits: BlockLimits): boolean {
    const index = reader.integer(0x7f)
    if (index <= 0) return false
    if (index < FIRST_DYNAMIC) {
      add(list, limits, staticIds[index]!, staticNames[index]!, staticValues[index]!)
      return true
    }
    const table = this.#table
    const slot = table.slotOf(index - FIRST_DYNAMIC)
    if (slot < 0) return false
    if (table.faults[slot] !== 0) list.isMalformed = true
    add(list, limits, table.ids[slot]!, table.names[slot]!, table.values[slot]!)
    return true
  }

  /** The name of a literal: from a table, or a string. */
  #readName(mask: number): boolean {
    const index = reader.integer(mask)
    this.#nameFault = 0
    if (index === 0) return this.#readNewName()
    if (index < FIRST_DYNAMIC) {
      this.#id = staticIds[index]!
      this.#name = staticNames[index]!
      return index > 0
    }
    const slot = this.#table.slotOf(index - FIRST_DYNAMIC)
    if (slot < 0) return false
    this.#id = this.#table.ids[slot]!
    this.#name = this.#table.names[slot]!
    this.#nameFault = this.#table.faults[slot]! & FieldFault.Name
    return true
  }

  #readNewName(): boolean {
    if (!reader.string()) return false
    const { text, textStart, textLength } = reader
    this.#nameFault = isName(text, textStart, textStart + textLength) ? 0 : FieldFault.Name
    this.#id = textLength === 0 ? -1 : internName(text, textStart, textStart + textLength)
    this.#name = this.#id < 0 ? reader.textString() : nameOf(this.#id)
    return true
  }

  /** The value of a field that the table takes. */
  #readKept(list: BlockFields, limits: BlockLimits): boolean {
    if (!reader.string()) return false
    const value = reader.textString()
    const faults = this.#faults()
    if (faults !== 0) list.isMalformed = true
    if (this.#table.makeRoom(this.#name.length + value.length + ENTRY_OVERHEAD))
      this.#table.insert(this.#id, this.#name, value, faults)
    add(list, limits, this.#id, this.#name, value)
    return true
  }

  /** The value of a field that the table does not take; one past the limits need not become a string. */
  #readPassing(list: BlockFields, limits: BlockLimits): boolean {
    if (!reader.string()) return false
    if (this.#faults() !== 0) list.isMalformed = true
    list.byteSize += this.#name.length + reader.textLength
    if (isFull(list, limits)) list.isTooLarge = true
    else list.push(this.#id, this.#name, reader.textString())
    return true
  }

  /** {@link FieldFault} bits of the literal whose value was read. */
  #faults(): number {
    return reader.isValue() ? this.#nameFault : this.#nameFault | FieldFault.Value
  }
}

function add(list: BlockFields, limits: BlockLimits, id: number, name: string, value: string): void {
  list.byteSize += name.length + value.length
  if (isFull(list, limits)) list.isTooLarge = true
  else list.push(id, name, value)
}

function isFull(list: BlockFields, limits: BlockLimits): boolean {
  return list.byteSize > limits.maxHeadBytes || list.count >= limits.maxHeaders
}

/** A lower-case token, or one behind a colon; which pseudo headers there are is for the message to say. */
function isName(bytes: Buffer, start: number, end: number): boolean {
  let at = bytes[start] === COLON ? start + 1 : start
  if (at >= end) return false
  while (at < end && NAME[bytes[at]!] === 1) at++
  return at === end
}
