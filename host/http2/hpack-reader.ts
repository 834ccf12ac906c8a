/**
 * Reads the integers and strings of a header block (RFC 7541, 5) (hot). One reader serves all connections of a thread,
 * because a block is complete when it is read.
 */
import { byteString } from '../util/bytes.ts'
import { VALUE } from '../http/tables.ts'
import { hasControlByte, huffmanDecode } from './huffman.ts'

/** An integer of more than this many further bytes says nothing that a block could hold. */
const MAX_SHIFT = 21
const CODED = 0x80
const SPACE = 0x20
const TAB = 0x09
/** The shortest code has five bits. */
const MAX_GROWTH = 8 / 5

class HpackReader {
  bytes: Buffer = Buffer.alloc(0)
  /** The next byte, and the end of the block. */
  at = 0
  end = 0
  /** The string read last: `text[textStart, textStart + textLength)`, valid until the next one is read. */
  text: Buffer = this.bytes
  textStart = 0
  textLength = 0
  #isDecoded = false
  #decoded = Buffer.allocUnsafeSlow(4096)

  open(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** The integer whose first byte has the bits of `mask` for it; -1 = it is cut or absurd. There is a byte. */
  integer(mask: number): number {
    const { bytes, end } = this
    let value = bytes[this.at++]! & mask
    if (value < mask) return value
    for (let shift = 0; shift <= MAX_SHIFT && this.at < end; shift += 7) {
      const byte = bytes[this.at++]!
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return -1
  }

  /** Reads a string; false = it is cut or wrongly coded. */
  string(): boolean {
    if (this.at >= this.end) return false
    const isCoded = this.bytes[this.at]! >= CODED
    const length = this.integer(0x7f)
    if (length < 0 || length > this.end - this.at) return false
    const start = this.at
    this.at += length
    this.#isDecoded = isCoded
    return isCoded ? this.#decode(start, length) : this.#point(start, length)
  }

  /** The string read last. */
  textString(): string {
    return byteString(this.text, this.textStart, this.textStart + this.textLength)
  }

  /** Whether the string read last can be a header value: no control bytes, no blank at either end (RFC 9113, 8.2.1). */
  isValue(): boolean {
    const { text, textStart, textLength } = this
    if (textLength === 0) return true
    const end = textStart + textLength
    if (isBlank(text[textStart]!) || isBlank(text[end - 1]!)) return false
    if (this.#isDecoded) return !hasControlByte
    let allowed = 1
    for (let i = textStart; i < end; i++) allowed &= VALUE[text[i]!]!
    return allowed === 1
  }

  #point(start: number, length: number): boolean {
    this.text = this.bytes
    this.textStart = start
    this.textLength = length
    return true
  }

  #decode(start: number, length: number): boolean {
    const room = length * MAX_GROWTH
    if (room > this.#decoded.length) this.#decoded = Buffer.allocUnsafeSlow(Math.ceil(room))
    this.text = this.#decoded
    this.textStart = 0
    this.textLength = huffmanDecode(this.bytes, start, start + length, this.#decoded)
    return this.textLength >= 0
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}

export const hpackReader = new HpackReader()
