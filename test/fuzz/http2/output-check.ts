/** Holds what a side writes to RFC 9113: frames, the order of each stream, header blocks, windows. */
import { BlockFields } from '../../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../../host/http2/hpack-decoder.ts'

const HEAD = 9
const MAX_FRAME = 16_384
const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }
const END_STREAM = 1
const END_HEADERS = 4

interface StreamState {
  /** What may come next. */
  state: 'head' | 'body' | 'ended' | 'reset'
  sent: number
}

export class OutputCheck {
  readonly #pseudo: ':status' | ':method'
  readonly #decoder = new HpackDecoder()
  readonly #fields = new BlockFields()
  readonly #streams = new Map<number, StreamState>()
  #rest: Buffer = Buffer.alloc(0)
  #block: { readonly id: number; readonly isEnd: boolean; parts: Buffer[] } | null = null
  /** Bytes of DATA in all, and what the peer has allowed. */
  #sent = 0
  connectionAllowed = 65_535
  /** Allowed on every stream: what the peer has set, before or after it said so; and what it has added to single ones. */
  initialWindow = 65_535
  readonly added = new Map<number, number>()
  goaways = 0
  /** Streams that ended with END_STREAM. */
  answered = 0

  /** `pseudo`: the first field of each head. */
  constructor(pseudo: ':status' | ':method' = ':status') {
    this.#pseudo = pseudo
  }

  /** Whether the stream was begun and not reset. */
  isOpen(id: number): boolean {
    const state = this.#streams.get(id)?.state
    return state !== undefined && state !== 'reset'
  }

  take(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (rest.length >= HEAD && rest.length >= HEAD + rest.readUIntBE(0, 3)) {
      const length = rest.readUIntBE(0, 3)
      this.#frame(rest[3]!, rest[4]!, rest.readUInt32BE(5), rest.subarray(HEAD, HEAD + length))
      rest = rest.subarray(HEAD + length)
    }
    this.#rest = rest
  }

  #frame(type: number, flags: number, id: number, payload: Buffer): void {
    must(payload.length <= MAX_FRAME, `frame of ${payload.length} bytes`)
    must(this.#block === null || (type === 9 && id === this.#block.id), 'a frame inside a header block')
    if (type === 0) return this.#data(flags, id, payload.length)
    if (type === 1) this.#block = { id, isEnd: (flags & END_STREAM) !== 0, parts: [payload] }
    else if (type === 9) this.#block!.parts.push(payload)
    if ((type === 1 || type === 9) && (flags & END_HEADERS) !== 0) this.#blockEnd()
    if (type === 3) this.#streamOf(id).state = 'reset'
    if (type === 7) this.goaways++
    must(type !== 5 && type <= 9, `frame of type ${type}`)
  }

  #data(flags: number, id: number, length: number): void {
    const stream = this.#streamOf(id)
    must(stream.state === 'body', `DATA of stream ${id} which is ${stream.state}`)
    this.#sent += length
    stream.sent += length
    must(length === 0 || this.#sent <= this.connectionAllowed, `${this.#sent} bytes where ${this.connectionAllowed} are allowed`)
    const allowed = this.initialWindow + (this.added.get(id) ?? 0)
    must(length === 0 || stream.sent <= allowed, `${stream.sent} bytes of stream ${id} where ${allowed} are allowed`)
    if ((flags & END_STREAM) !== 0) this.#end(stream)
  }

  #blockEnd(): void {
    const { id, isEnd, parts } = this.#block!
    this.#block = null
    const bytes = Buffer.concat(parts)
    must(this.#decoder.decode(bytes, 0, bytes.length, this.#fields, NO_LIMITS), 'a header block that does not decode')
    const stream = this.#streamOf(id)
    const isInterim = this.#fields.names[0] === ':status' && this.#fields.values[0]!.startsWith('1')
    must(stream.state === 'head' || (stream.state === 'body' && isEnd), `HEADERS of stream ${id} which is ${stream.state}`)
    if (stream.state === 'head') must(this.#fields.names[0] === this.#pseudo, `a head without ${this.#pseudo}`)
    if (isEnd) this.#end(stream)
    else if (!isInterim) stream.state = 'body'
  }

  #end(stream: StreamState): void {
    stream.state = 'ended'
    this.answered++
  }

  #streamOf(id: number): StreamState {
    must(id > 0 && id % 2 === 1, `stream ${id}`)
    const known = this.#streams.get(id)
    if (known !== undefined) {
      must(known.state !== 'reset', `a frame of stream ${id} behind its RST_STREAM`)
      return known
    }
    const stream: StreamState = { state: 'head', sent: 0 }
    this.#streams.set(id, stream)
    return stream
  }
}

/** Throws unless it holds. */
export function must(condition: boolean, fault: string): void {
  if (!condition) throw new Error(fault)
}
