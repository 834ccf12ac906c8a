/**
 * Strict incremental parser of request heads, response heads and trailer sections (hot). Bytes may arrive cut
 * anywhere: the verdict does not depend on the cuts, and the work is linear in the bytes. Verdicts are Envoy's,
 * except that bare LF, bare CR and folded lines are refused (docs/HOST-DIFFERENCES.md). What the fields mean is
 * the business of request-head.ts and response-head.ts.
 *
 *   request   Method → TargetGap → Target → VersionGap → Version → LineEnd ┐
 *   response  Version → StatusGap → Status → Reason ────────────────────────┴→ Name → ValueGap → Value → Name …
 *   trailers  Name …
 */
import type { LetterCaseConfig } from '../config/types.ts'
import type { CodecRefusal } from '../http/codec.ts'
import { endOfName, internName } from '../http/names.ts'
import { LOWER, TOKEN, VALUE } from '../http/tables.ts'
import { byteString } from '../util/bytes.ts'
import { HeadFields, HeadFieldsPool } from './head-fields.ts'
import { preservedOf } from './letter-case.ts'
import { knownMethod } from './methods.ts'
import { viewOf } from '../socket/read-buffer.ts'
import { Refusal } from './refusals.ts'

/** What {@link HeadParser.execute} found. */
export const ParseResult = { More: 0, Done: 1, Refused: 2 } as const
export type ParseResult = (typeof ParseResult)[keyof typeof ParseResult]

/** Limits of a head or trailer section. */
export interface HeadLimits {
  /** Start line to final CRLF CRLF, bytes. */
  readonly maxHeadBytes: number
  /** Fields. */
  readonly maxHeaders: number
  /** Any token is a method. */
  readonly allowCustomMethods: boolean
  readonly letterCase: LetterCaseConfig
}

/** What a parser reads. */
export type HeadKind = 'request' | 'response' | 'trailers'

const HT = 9
const LF = 10
const CR = 13
const SP = 32
const DOT = 46
const COLON = 58
const DEL = 127

const METHOD = 0
const TARGET_GAP = 1
const TARGET = 2
const VERSION_GAP = 3
const VERSION = 4
const LINE_END = 5
const STATUS_GAP = 6
const STATUS = 7
const REASON = 8
const NAME = 9
const VALUE_GAP = 10
const VALUE_BYTES = 11

/** Of a request line that ends behind its target. */
export const NO_VERSION = -1
const HTTP_SLASH = Uint8Array.from('HTTP/', (character) => character.charCodeAt(0))
/** `HTTP/1.1` */
const VERSION_LENGTH = 8
/** More digits than any status has. */
const MAX_STATUS = 9999

const POOLS: Readonly<Record<HeadKind, HeadFieldsPool>> = {
  request: new HeadFieldsPool(),
  response: new HeadFieldsPool(),
  trailers: new HeadFieldsPool(),
}
const NO_FIELDS = new HeadFields()

export class HeadParser {
  /** Offset in the chunk of the first byte behind the head; after Done. */
  next = 0
  /** Why the head is refused; after Refused. */
  refusal: CodecRefusal = Refusal.codecError
  /** The head as a byte string, names in lower case; after Done. All offsets below are offsets into it. */
  text = ''
  /** The bytes of the head, and perhaps more, as they came; only with {@link keepsCase}. */
  original = ''
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  /** Major * 10 + minor, or {@link NO_VERSION}. */
  version = 0
  status = 0
  /** Where the fields lie; after Done, and until any other parser of the kind is called. */
  fields: HeadFields = NO_FIELDS

  readonly kind: HeadKind
  readonly limits: HeadLimits
  /** The letters of names are kept; never of trailers. */
  readonly keepsCase: boolean
  readonly pool: HeadFieldsPool
  /** Where the machine stands: phase, offset to go on at, offset at which the line or token began. */
  phase: number
  scan = 0
  mark = 0
  /** The last byte of a read before the request was a CR. */
  sawBlankCr = false
  /** A head that did not come in one read. */
  held: Buffer | null = null
  heldLength = 0

  constructor(kind: HeadKind, limits: HeadLimits) {
    this.kind = kind
    this.limits = limits
    this.keepsCase = kind !== 'trailers' && preservedOf(limits.letterCase) !== null
    this.pool = POOLS[kind]
    this.phase = firstPhase(kind)
  }

  /** True while a head has begun and is not complete. */
  get isInside(): boolean {
    return this.heldLength > 0
  }

  /**
   * Reads `chunk[start, end)`, and puts names in lower case where they stand. More: everything was taken, nothing of the
   * chunk is kept by reference. Done: the results hold until the next call, which begins a new head. Refused: the parser
   * is of no further use.
   */
  execute(chunk: Buffer, start: number, end: number): ParseResult {
    if (this.heldLength > 0) return this.#continue(chunk, start, end)
    if (this.kind === 'request') {
      start = this.#skipBlankLines(chunk, start, end)
      if (start < 0) return this.#refuse(Refusal.codecError)
    }
    if (start === end) return ParseResult.More
    if (this.keepsCase) this.#keepCase('', chunk, start, end)
    this.phase = firstPhase(this.kind)
    this.scan = 0
    this.mark = 0
    this.fields = this.pool.take()
    const result = this.#run(chunk, start, end)
    if (result === ParseResult.More) this.#hold(chunk, start, end)
    else if (result === ParseResult.Done) this.#finish(chunk, start, start + this.scan)
    return result
  }

  #continue(chunk: Buffer, start: number, end: number): ParseResult {
    const before = this.heldLength
    if (this.keepsCase) this.#keepCase(this.original, chunk, start, end)
    this.#hold(chunk, start, Math.min(end, start + this.limits.maxHeadBytes + 1 - before))
    const result = this.#run(this.held!, 0, this.heldLength)
    if (result === ParseResult.Done) this.#finish(this.held!, 0, start + this.scan - before)
    return result
  }

  #keepCase(before: string, chunk: Buffer, start: number, end: number): void {
    this.original = before + byteString(chunk, start, Math.min(end, start + this.limits.maxHeadBytes))
  }

  /** Blank lines before a request are skipped (RFC 9112, 2.2). Returns where it goes on, -1 for a lone CR. */
  #skipBlankLines(chunk: Buffer, start: number, end: number): number {
    for (; start < end; start++) {
      const byte = chunk[start]!
      if (byte === CR && !this.sawBlankCr) this.sawBlankCr = true
      else if (byte === LF) this.sawBlankCr = false
      else return this.sawBlankCr ? -1 : start
    }
    return start
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const length = this.heldLength + end - start
    if (this.held === null || this.held.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, length * 2))
      if (this.held !== null) this.held.copy(grown, 0, 0, this.heldLength)
      this.held = grown
    }
    chunk.copy(this.held, this.heldLength, start, end)
    this.heldLength = length
  }

  #finish(bytes: Buffer, base: number, next: number): void {
    this.next = next
    this.text = byteString(bytes, base, base + this.scan)
    this.pool.give(this.fields)
    this.held = null
    this.heldLength = 0
  }

  /** Looks at no byte behind the limit, so that the cuts cannot decide between two faults. */
  #run(bytes: Buffer, base: number, end: number): ParseResult {
    const window = base + this.limits.maxHeadBytes
    const limit = end < window ? end : window
    let result: ParseResult = ParseResult.Done
    if (this.phase < NAME)
      result = this.kind === 'request' ? this.#requestLine(bytes, base, limit) : this.#statusLine(bytes, base, limit)
    // A line without version is HTTP/0.9, which has no fields to wait for.
    if (result === ParseResult.Done && this.version !== NO_VERSION) result = this.#fields(bytes, base, limit)
    if (result === ParseResult.More && end > window) return this.#refuse(Refusal.headTooLarge)
    return result
  }

  #requestLine(bytes: Buffer, base: number, limit: number): ParseResult {
    let p = base + this.scan
    if (this.phase === METHOD) {
      while (p < limit && TOKEN[bytes[p]!] === 1) p++
      if (p === limit) return this.#more(p - base)
      if (!isBlank(bytes[p]!)) return this.#refuseText(bytes[p]!)
      if (!this.#isMethod(bytes, base, p)) return this.#refuse(Refusal.codecError)
      this.methodEnd = p - base
      this.phase = TARGET_GAP
    }
    if (this.phase === TARGET_GAP) {
      while (p < limit && isBlank(bytes[p]!)) p++
      if (p === limit) return this.#more(p - base)
      this.targetStart = p - base
      this.phase = TARGET
    }
    if (this.phase === TARGET) {
      while (p < limit && bytes[p]! > SP && bytes[p]! < DEL) p++
      if (p === limit) return this.#more(p - base)
      this.targetEnd = p - base
      if (this.targetEnd === this.targetStart) return this.#refuse(Refusal.codecError)
      this.phase = VERSION_GAP
    }
    if (this.phase === VERSION_GAP) {
      while (p < limit && isBlank(bytes[p]!)) p++
      if (p === limit) return this.#more(p - base)
      if (p - base === this.targetEnd && bytes[p] !== CR) return this.#refuseTarget(bytes[p]!)
      this.mark = p - base
      this.version = NO_VERSION
      this.phase = bytes[p] === CR ? LINE_END : VERSION
    }
    return this.#versionAndEnd(bytes, base, p, limit)
  }

  #versionAndEnd(bytes: Buffer, base: number, p: number, limit: number): ParseResult {
    if (this.phase === VERSION) {
      p = this.#matchVersion(bytes, base, p, limit)
      if (p < 0) return this.#refuse(Refusal.codecError)
      if (p - base - this.mark < VERSION_LENGTH) return this.#more(p - base)
      this.phase = LINE_END
    }
    while (p < limit && isBlank(bytes[p]!)) p++
    if (p < limit && bytes[p] !== CR) return this.#refuse(Refusal.codecError)
    if (p + 1 >= limit) return this.#more(p - base)
    if (bytes[p + 1] !== LF) return this.#refuse(Refusal.codecError)
    return this.#beginFields(p + 2 - base)
  }

  #statusLine(bytes: Buffer, base: number, limit: number): ParseResult {
    let p = base + this.scan
    if (this.phase === VERSION) {
      p = this.#matchVersion(bytes, base, p, limit)
      if (p < 0) return this.#refuse(Refusal.codecError)
      if (p - base - this.mark < VERSION_LENGTH) return this.#more(p - base)
      this.phase = STATUS_GAP
    }
    if (this.phase === STATUS_GAP) {
      while (p < limit && isBlank(bytes[p]!)) p++
      if (p === limit) return this.#more(p - base)
      if (p - base === VERSION_LENGTH || !isDigit(bytes[p]!)) return this.#refuse(Refusal.codecError)
      this.status = 0
      this.phase = STATUS
    }
    if (this.phase === STATUS) {
      for (; p < limit && isDigit(bytes[p]!); p++) this.status = Math.min(this.status * 10 + bytes[p]! - 48, MAX_STATUS + 1)
      if (p === limit) return this.#more(p - base)
      if (this.status > MAX_STATUS || !(isBlank(bytes[p]!) || bytes[p] === CR)) return this.#refuse(Refusal.codecError)
      this.phase = REASON
    }
    while (p < limit && VALUE[bytes[p]!] === 1) p++
    if (p < limit && bytes[p] !== CR) return this.#refuseText(bytes[p]!)
    if (p + 1 >= limit) return this.#more(p - base)
    if (bytes[p + 1] !== LF) return this.#refuse(Refusal.codecError)
    return this.#beginFields(p + 2 - base)
  }

  #fields(bytes: Buffer, base: number, limit: number): ParseResult {
    const view = viewOf(bytes)
    const fields = this.fields
    let p = base + this.scan
    for (;;) {
      if (this.phase === NAME) {
        const start = base + this.mark
        // A name that stood in this place before is told by a few comparisons.
        const known = p === start ? knownName(fields, view, start, limit) : -1
        p = known >= 0 ? known : endOfToken(bytes, p, limit)
        if (p === limit) return this.#more(p - base)
        if (bytes[p] !== COLON || p === start)
          return p === start ? this.#endOfFields(bytes, base, p, limit) : this.#refuseText(bytes[p]!)
        if (fields.count === this.limits.maxHeaders) return this.#refuse(Refusal.tooManyHeaders)
        if (known < 0) fields.ids[fields.count] = internName(bytes, start, p)
        fields.nameStarts[fields.count] = this.mark
        fields.nameEnds[fields.count] = p - base
        p++
        this.phase = VALUE_GAP
      }
      if (this.phase === VALUE_GAP) {
        while (p < limit && isBlank(bytes[p]!)) p++
        if (p === limit) return this.#more(p - base)
        fields.valueStarts[fields.count] = p - base
        this.phase = VALUE_BYTES
      }
      p = endOfValue(bytes, view, p, limit)
      if (p < limit && bytes[p] !== CR) return this.#refuseText(bytes[p]!)
      if (p + 1 >= limit) return this.#more(p - base)
      if (bytes[p + 1] !== LF) return this.#refuse(Refusal.codecError)
      this.#endField(bytes, base, p)
      p += 2
      this.mark = p - base
      this.phase = NAME
    }
  }

  /** The value of the current field ends at `p`, but for blanks before it. */
  #endField(bytes: Buffer, base: number, p: number): void {
    const fields = this.fields
    const index = fields.count++
    const start = fields.valueStarts[index]!
    let end = p - base
    while (end > start && isBlank(bytes[base + end - 1]!)) end--
    fields.valueEnds[index] = end
    const nameEnd = fields.nameEnds[index]!
    const isPlain = end === p - base && start === nameEnd + 2 && bytes[base + nameEnd + 1] === SP
    fields.origins[index] = isPlain ? this.mark : -1
  }

  /** At the start of a line without a name: the end, or a fault such as a folded line. */
  #endOfFields(bytes: Buffer, base: number, p: number, limit: number): ParseResult {
    if (bytes[p] !== CR) return this.#refuseText(bytes[p]!)
    if (p + 1 === limit) return this.#more(p - base)
    if (bytes[p + 1] !== LF) return this.#refuse(Refusal.codecError)
    this.scan = p + 2 - base
    return ParseResult.Done
  }

  #beginFields(offset: number): ParseResult {
    this.scan = offset
    this.mark = offset
    this.phase = NAME
    return ParseResult.Done
  }

  /** Compares `HTTP/d.d` byte by byte from `mark`; returns where it stopped, -1 at a wrong byte. */
  #matchVersion(bytes: Buffer, base: number, p: number, limit: number): number {
    for (let i = p - base - this.mark; i < VERSION_LENGTH && p < limit; i++, p++) {
      const byte = bytes[p]!
      if (i < 5 ? byte !== HTTP_SLASH[i] : i === 6 ? byte !== DOT : !isDigit(byte)) return -1
      if (i === 5) this.version = (byte - 48) * 10
      else if (i === 7) this.version += byte - 48
    }
    return p
  }

  #isMethod(bytes: Buffer, base: number, end: number): boolean {
    if (end === base) return false
    if (end - base === 3 && bytes[base] === 0x47 && bytes[base + 1] === 0x45 && bytes[base + 2] === 0x54) return true
    return this.limits.allowCustomMethods || knownMethod(byteString(bytes, base, end)) !== null
  }

  #more(offset: number): ParseResult {
    this.scan = offset
    return ParseResult.More
  }

  #refuse(refusal: CodecRefusal): ParseResult {
    this.refusal = refusal
    return ParseResult.Refused
  }

  #refuseTarget(byte: number): ParseResult {
    return this.#refuse(byte >= 0x80 || byte === LF ? Refusal.codecError : Refusal.invalidCharacters)
  }

  /** A byte that belongs neither to a name nor to a value: control bytes have their own details. */
  #refuseText(byte: number): ParseResult {
    const isControl = (byte < SP && byte !== HT && byte !== LF && byte !== CR) || byte === DEL
    return this.#refuse(isControl ? Refusal.invalidCharacters : Refusal.codecError)
  }
}

function firstPhase(kind: HeadKind): number {
  return kind === 'request' ? METHOD : kind === 'response' ? VERSION : NAME
}

/** Offset behind the next field's name if it is the one that the last head had in this place, else -1. */
function knownName(fields: HeadFields, view: DataView, start: number, limit: number): number {
  const { ids, count } = fields
  const before = count < ids.length ? ids[count]! : -1
  return before < 0 ? -1 : endOfName(before, view, start, limit)
}

/** Offset of the first byte from `p` on that cannot stand in a name, or `limit`; letters before it are put in lower case. */
function endOfToken(bytes: Buffer, p: number, limit: number): number {
  for (; p < limit && TOKEN[bytes[p]!] === 1; p++) {
    const byte = bytes[p]!
    if (LOWER[byte] !== byte) bytes[p] = LOWER[byte]!
  }
  return p
}

/** Offset of the first byte from `p` on that cannot stand in a value, or `limit`. */
function endOfValue(bytes: Buffer, view: DataView, p: number, limit: number): number {
  // Four at a time while all are visible ASCII or blank: no byte is below 0x20, none is 0x7f, none has its high bit set.
  for (const last = limit - 4; p <= last; p += 4) {
    const word = view.getInt32(p, true)
    if (((word | (word - 0x20202020) | ((word ^ 0x7f7f7f7f) - 0x01010101)) & 0x80808080) !== 0) break
  }
  while (p < limit && VALUE[bytes[p]!] === 1) p++
  return p
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HT
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}
