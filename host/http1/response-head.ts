/**
 * What a parsed response head means (hot): the header map, the framing of the body, and whether the connection can
 * be used again. The map holds the upstream's fields as they came, those of the hop included, as Envoy's filters
 * see them; the server codec drops them.
 */
import type { LetterCaseConfig } from '../config/types.ts'
import type { CodecRefusal } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { NameFlag, nameFlags, nameOf } from '../http/names.ts'
import { connectionTokens } from './connection-tokens.ts'
import { contentLengthOf } from '../http/content-length.ts'
import { originalNames, preservedOf } from './letter-case.ts'
import type { HeadParser } from './head-parser.ts'
import { addInline, beginHead } from '../http/inline-names.ts'
import { Refusal } from './refusals.ts'

/** How the body of a response is delimited (RFC 9112, 6.3). */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'close' | 'tunnel'

/** What the request decides about its response. */
export interface RequestTraits {
  readonly isHead: boolean
  readonly isConnect: boolean
  readonly isUpgrade: boolean
}

/** What the cluster decides about it. */
export interface ResponseOptions {
  readonly letterCase: LetterCaseConfig
  readonly allowChunkedLength: boolean
}

/** The meaning of one response head; one object per connection, filled anew for each response. */
export class ResponseHead {
  map = new HeaderMap(NameFlag.JoinsInResponse)
  status = 0
  framing: ResponseFraming = 'none'
  /** For `length`. */
  contentLength = -1
  /** The upstream keeps the connection. */
  keepAlive = true

  connection: string | null = null
  transferEncoding: string | null = null

  /** Reads the head that `parser` has completed; null = accepted, else the details of the protocol error. */
  read(parser: HeadParser, request: RequestTraits, options: ResponseOptions): CodecRefusal | null {
    this.map = new HeaderMap(NameFlag.JoinsInResponse)
    this.status = parser.status
    this.contentLength = -1
    this.connection = null
    this.transferEncoding = null
    beginHead()
    const refusal = this.#readFields(parser, options) ?? this.#readFraming(request, options)
    this.keepAlive =
      this.status >= 200 && this.framing !== 'close' && this.framing !== 'tunnel' && this.#isPersistent(parser.version)
    return refusal
  }

  /** An interim response: another head follows. */
  get isInformational(): boolean {
    return this.status >= 100 && this.status < 200 && this.status !== 101
  }

  #readFields(parser: HeadParser, options: ResponseOptions): CodecRefusal | null {
    const { text, fields } = parser
    const { ids, valueStarts, valueEnds, origins, count } = fields
    const map = this.map
    map.source = text
    const preserved = preservedOf(options.letterCase)
    if (preserved !== null) map.writer = originalNames(parser, preserved)
    map.fields.push(':status', String(this.status))
    for (let i = 0; i < count; i++) {
      const id = ids[i]!
      const value = text.substring(valueStarts[i]!, valueEnds[i]!)
      if (id < 0) {
        map.pushLine(text.substring(fields.nameStarts[i]!, fields.nameEnds[i]!), value, origins[i]!)
        continue
      }
      const name = nameOf(id)
      const flags = nameFlags(id)
      if ((flags & NameFlag.Framing) !== 0 && !this.#readSpecial(name, value)) return Refusal.codecError
      if ((flags & NameFlag.JoinsInResponse) !== 0) addInline(map, id, name, value, origins[i]!)
      else map.pushLine(name, value, origins[i]!)
    }
    return null
  }

  #readSpecial(name: string, value: string): boolean {
    if (name === 'content-length') {
      if (this.contentLength >= 0) return false
      this.contentLength = contentLengthOf(value)
      return this.contentLength >= 0
    }
    if (name === 'connection') this.connection = this.connection === null ? value : `${this.connection},${value}`
    else if (name === 'transfer-encoding')
      this.transferEncoding = this.transferEncoding === null ? value : `${this.transferEncoding},${value}`
    return true
  }

  #readFraming(request: RequestTraits, options: ResponseOptions): CodecRefusal | null {
    const isChunked = this.transferEncoding !== null && this.transferEncoding.toLowerCase() === 'chunked'
    if (this.transferEncoding !== null) {
      if (this.contentLength >= 0 && !(isChunked && options.allowChunkedLength)) return Refusal.lengthAndChunked
      if (this.contentLength >= 0) this.map.remove('content-length')
      if (!isChunked) return Refusal.invalidTransferEncoding
    }
    const forbidsBody = this.status < 200 || this.status === 204
    if (forbidsBody && this.transferEncoding !== null) return Refusal.encodingNotAllowed
    if (forbidsBody && this.contentLength > 0) return Refusal.lengthNotAllowed
    if (forbidsBody && this.contentLength === 0) this.map.remove('content-length')
    if (request.isUpgrade && this.status === 101) this.framing = 'tunnel'
    else if (request.isConnect && this.status >= 200 && this.status < 300) this.framing = 'tunnel'
    else if (request.isHead || forbidsBody || this.status === 304) this.framing = 'none'
    else if (isChunked) this.framing = 'chunked'
    else if (this.contentLength < 0) this.framing = 'close'
    else this.framing = this.contentLength === 0 ? 'none' : 'length'
    return null
  }

  #isPersistent(version: number): boolean {
    const tokens = this.connection === null ? null : connectionTokens(this.connection)
    if (tokens !== null && tokens.close) return false
    return version === 11 || (tokens !== null && tokens.keepAlive && this.transferEncoding === null)
  }
}
