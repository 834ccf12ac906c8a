/**
 * Takes the framing off a body (hot): counted, chunked, up to the end of the connection, or raw. The bytes of one
 * read become one piece: the data of several chunks is moved together in place, so the buffer must be ours to write.
 * Bare LF line ends and faulty sizes are refused (RFC 9112, 7.1); chunk extensions are skipped.
 */
import type { CodecRefusal } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { type Joining, nameFlags, nameOf } from '../http/names.ts'
import { VALUE } from '../http/tables.ts'
import { type HeadLimits, HeadParser, ParseResult } from './head-parser.ts'
import { addInline, beginHead } from '../http/inline-names.ts'
import { Refusal } from './refusals.ts'

const HT = 9
const LF = 10
const CR = 13
const SP = 32
const SEMICOLON = 59

const NONE = 0
const LENGTH = 1
const RAW = 2
const SIZE_FIRST = 3
const SIZE = 4
const SIZE_BLANK = 5
const EXTENSION = 6
const SIZE_LF = 7
const CHUNK = 8
const CHUNK_CR = 9
const CHUNK_LF = 10
const TRAILERS = 11

/** Value of each hexadecimal digit, 255 for other bytes. */
const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(digit) ? 255 : digit
})

export class BodyDecoder {
  /** Result of {@link decode}: the body's bytes in the chunk, and the offset behind all that was taken. */
  dataStart = 0
  dataEnd = 0
  next = 0
  /** The message is complete. */
  isDone = true
  /** Trailers of a complete chunked message; null = none. */
  trailers: HeaderMap | null = null
  /** Null = no fault yet. */
  refusal: CodecRefusal | null = null

  readonly limits: HeadLimits
  readonly joining: Joining
  phase: number = NONE
  /** Bytes left of the counted body or of the chunk. */
  left = 0
  /** Bytes of the current chunk line, which is limited as a head is. */
  lineBytes = 0
  trailerParser: HeadParser | null = null

  /** Trailers that will be dropped are not counted, only measured, as in Envoy. `joining` is for those that are kept. */
  constructor(limits: HeadLimits, keepsTrailers: boolean, joining: Joining) {
    this.joining = joining
    this.limits = keepsTrailers ? limits : { ...limits, maxHeaders: Infinity }
  }

  /** A body of `length` bytes, at least one. */
  beginLength(length: number): void {
    this.#begin(LENGTH)
    this.left = length
  }

  beginChunked(): void {
    this.#begin(SIZE_FIRST)
  }

  /** Everything that comes; never done. */
  beginRaw(): void {
    this.#begin(RAW)
  }

  /** Takes as much of `chunk[start, end)` as belongs to the message. */
  decode(chunk: Buffer, start: number, end: number): void {
    this.dataStart = start
    this.dataEnd = start
    this.next = end
    if (this.phase === RAW) this.dataEnd = end
    else if (this.phase === LENGTH) this.#decodeLength(start, end)
    else this.#decodeChunked(chunk, start, end)
  }

  #begin(phase: number): void {
    this.phase = phase
    this.isDone = false
    this.trailers = null
    this.refusal = null
    this.left = 0
    this.lineBytes = 0
  }

  #decodeLength(start: number, end: number): void {
    const take = Math.min(this.left, end - start)
    this.left -= take
    this.dataEnd = start + take
    this.next = start + take
    this.isDone = this.left === 0
  }

  #decodeChunked(chunk: Buffer, start: number, end: number): void {
    let p = start
    while (p < end && !this.isDone && this.refusal === null) {
      if (this.phase === CHUNK) p = this.#takeData(chunk, p, end)
      else if (this.phase === TRAILERS) p = this.#takeTrailers(chunk, p, end)
      else this.#takeLineByte(chunk[p++]!)
    }
    this.next = p
  }

  /** Moves chunk data behind the data already found in this read. */
  #takeData(chunk: Buffer, p: number, end: number): number {
    const take = Math.min(this.left, end - p)
    if (this.dataEnd === this.dataStart) {
      this.dataStart = p
      this.dataEnd = p
    } else chunk.copyWithin(this.dataEnd, p, p + take)
    this.dataEnd += take
    this.left -= take
    if (this.left === 0) this.phase = CHUNK_CR
    return p + take
  }

  #takeLineByte(byte: number): void {
    switch (this.phase) {
      case SIZE_FIRST:
      case SIZE:
        return this.#takeSizeByte(byte)
      case SIZE_BLANK:
      case EXTENSION:
        return this.#takeExtensionByte(byte)
      case SIZE_LF:
        return byte === LF ? this.#beginChunk() : this.#refuse(Refusal.codecError)
      case CHUNK_CR:
        this.phase = CHUNK_LF
        return byte === CR ? undefined : this.#refuse(Refusal.codecError)
      default:
        this.phase = SIZE_FIRST
        return byte === LF ? undefined : this.#refuse(Refusal.codecError)
    }
  }

  #takeSizeByte(byte: number): void {
    const digit = HEX[byte]!
    if (digit !== 255) {
      this.phase = SIZE
      this.left = this.left * 16 + digit
      if (this.left > Number.MAX_SAFE_INTEGER) return this.#refuse(Refusal.codecError)
      return this.#countLine()
    }
    if (this.phase === SIZE_FIRST) return this.#refuse(Refusal.codecError)
    this.#takeExtensionByte(byte)
  }

  /** After the digits: blanks, then `;` and anything a field value may hold. */
  #takeExtensionByte(byte: number): void {
    if (byte === CR) this.phase = SIZE_LF
    else if (byte === SEMICOLON) this.phase = EXTENSION
    else if (this.phase !== EXTENSION && (byte === SP || byte === HT)) this.phase = SIZE_BLANK
    else if (this.phase !== EXTENSION || VALUE[byte] !== 1) return this.#refuse(Refusal.codecError)
    this.#countLine()
  }

  #countLine(): void {
    if (++this.lineBytes > this.limits.maxHeadBytes) this.#refuse(Refusal.codecError)
  }

  #beginChunk(): void {
    this.lineBytes = 0
    this.phase = this.left === 0 ? TRAILERS : CHUNK
  }

  #takeTrailers(chunk: Buffer, p: number, end: number): number {
    const parser = (this.trailerParser ??= new HeadParser('trailers', this.limits))
    const result = parser.execute(chunk, p, end)
    if (result === ParseResult.More) return end
    if (result === ParseResult.Refused) {
      this.#refuse(parser.refusal)
      return end
    }
    this.isDone = true
    if (parser.fields.count > 0) this.trailers = trailerMap(parser, this.joining)
    return parser.next
  }

  #refuse(refusal: CodecRefusal): void {
    this.refusal = refusal
  }
}

function trailerMap(parser: HeadParser, joining: Joining): HeaderMap {
  const map = new HeaderMap(joining)
  const { text, fields } = parser
  const { ids, origins, count } = fields
  map.source = text
  beginHead()
  for (let i = 0; i < count; i++) {
    const id = ids[i]!
    const value = text.substring(fields.valueStarts[i]!, fields.valueEnds[i]!)
    const name = id < 0 ? text.substring(fields.nameStarts[i]!, fields.nameEnds[i]!) : nameOf(id)
    if (id >= 0 && (nameFlags(id) & joining) !== 0) addInline(map, id, name, value, origins[i]!)
    else map.pushLine(name, value, origins[i]!)
  }
  return map
}
