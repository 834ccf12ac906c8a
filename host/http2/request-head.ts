/**
 * What the fields of a request's header block mean (RFC 9113, 8.1 to 8.3) (hot): the header map in Envoy's order, and the
 * length that is announced. Method and path may become a request line, so they may have nothing that would end one.
 */
import { isAuthority } from '../http/authority.ts'
import { contentLengthOf } from '../http/content-length.ts'
import { takeExpectation } from '../http/expectation.ts'
import { HeaderMap, OWN } from '../http/header-map.ts'
import { addInline, beginHead } from '../http/inline-names.ts'
import { type Joining, NameFlag, nameFlags } from '../http/names.ts'
import { TOKEN } from '../http/tables.ts'
import type { BlockFields } from './block-fields.ts'
import { toUpgrade } from './upgrade.ts'

const COLON = 0x3a
const SLASH = 0x2f
const SPECIAL = NameFlag.Framing | NameFlag.HopByHop

/** Why a head is refused, as Envoy's details name it. */
export type HeadFault = 'http2.invalid.header.field' | 'http2.violation.of.messaging.rule'

const INVALID = 'http2.invalid.header.field'
const VIOLATION = 'http2.violation.of.messaging.rule'

/** How header names with an underscore are treated; see `headers_with_underscores_action`. */
export type UnderscoreRule = 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER'

/** The meaning of one block; one object serves all requests of a thread, filled anew for each. */
export class Http2RequestHead {
  map = new HeaderMap()
  method = ''
  path = ''
  scheme = ''
  /** What the stream is to speak instead of HTTP (RFC 8441); '' = HTTP. */
  protocol = ''
  /** -1 = not announced. */
  contentLength = -1
  expectsContinue = false
  /** Fields that were left out for their underscores; under REJECT_REQUEST the request is refused when there are any. */
  underscores = 0
  #authority: string | null = null
  #host: string | null = null
  #cookie: string | null = null
  #isRegular = false
  #hasExpect = false
  #allowsConnect = false

  /** Reads a block whose names and values are well-formed; null = accepted. With `allowsConnect` it may ask for a protocol. */
  read(block: BlockFields, endStream: boolean, underscores: UnderscoreRule, allowsConnect: boolean): HeadFault | null {
    this.#clear()
    this.#allowsConnect = allowsConnect
    if (block.isMalformed) return INVALID
    const { ids, names, values, count } = block
    const map = this.map
    map.flags = 0
    for (let i = 0; i < count; i++) {
      const id = ids[i]!
      const name = names[i]!
      const value = values[i]!
      if (name.charCodeAt(0) === COLON) {
        const fault = this.#readPseudo(name, value)
        if (fault !== null) return fault
        continue
      }
      this.#isRegular = true
      const flags = id < 0 ? 0 : nameFlags(id)
      if ((flags & SPECIAL) !== 0) {
        const fault = this.#readSpecial(name, value)
        if (fault !== null) return fault
      } else if (name === 'cookie') this.#cookie = this.#cookie === null ? value : `${this.#cookie}; ${value}`
      else if (underscores !== 'ALLOW' && name.indexOf('_') >= 0) this.underscores++
      else {
        map.flags |= flags
        if ((flags & NameFlag.JoinsInRequest) !== 0) addInline(map, id, name, value, OWN)
        else map.pushLine(name, value, OWN)
      }
    }
    if (this.#cookie !== null) map.pushLine('cookie', this.#cookie, OWN)
    return this.#readWhole(endStream)
  }

  #clear(): void {
    this.map = new HeaderMap()
    this.method = this.path = this.scheme = this.protocol = ''
    this.contentLength = -1
    this.expectsContinue = false
    this.underscores = 0
    this.#authority = this.#host = this.#cookie = null
    this.#isRegular = this.#hasExpect = false
    beginHead()
  }

  /** Each once, before all other fields, and not without a value. */
  #readPseudo(name: string, value: string): HeadFault | null {
    if (this.#isRegular) return INVALID
    switch (name) {
      case ':method':
        if (this.method !== '' || !isToken(value)) return INVALID
        this.method = value
        break
      case ':path':
        if (this.path !== '' || !isPath(value)) return INVALID
        this.path = value
        break
      case ':scheme':
        if (this.scheme !== '' || !isScheme(value)) return INVALID
        this.scheme = value
        break
      case ':authority':
        if (this.#authority !== null || !isAuthority(value)) return INVALID
        this.#authority = value
        break
      case ':protocol':
        if (!this.#allowsConnect || this.protocol !== '' || !isToken(value)) return INVALID
        this.protocol = value
        return null
      default:
        return INVALID
    }
    this.map.pushLine(name, value, OWN)
    return null
  }

  #readSpecial(name: string, value: string): HeadFault | null {
    switch (name) {
      case 'content-length':
        if (this.contentLength >= 0) return INVALID
        this.contentLength = contentLengthOf(value)
        if (this.contentLength < 0) return INVALID
        break
      case 'host':
        if (this.#host !== null || !isAuthority(value)) return INVALID
        this.#host = value
        return null
      case 'te':
        if (value !== 'trailers') return INVALID
        if (this.map.has('te')) return null
        break
      case 'expect':
        this.#hasExpect = true
        this.map.add('expect', value)
        return null
      case 'http2-settings':
        return null
      default:
        // Fields of an HTTP/1 hop (RFC 9113, 8.2.2).
        return INVALID
    }
    this.map.pushLine(name, value, OWN)
    return null
  }

  #readWhole(endStream: boolean): HeadFault | null {
    const isConnect = this.method === 'CONNECT' && this.protocol === ''
    if (this.protocol !== '' && this.method !== 'CONNECT') return VIOLATION
    if (this.method === '' || isConnect !== (this.path === '') || isConnect !== (this.scheme === '')) return VIOLATION
    if (this.path.charCodeAt(0) !== SLASH && !isConnect && (this.path !== '*' || this.method !== 'OPTIONS')) return VIOLATION
    // What goes through a tunnel is no content (RFC 9110, 9.3.6); with a protocol Envoy counts it all the same.
    if (isConnect) this.contentLength = -1
    if (endStream && this.contentLength > 0) return VIOLATION
    if (this.#hasExpect) this.expectsContinue = takeExpectation(this.map)
    const fault = this.#readAuthority()
    if (fault === null && this.protocol !== '') toUpgrade(this.map, this.protocol)
    return fault
  }

  /** Of a Host that says something else nobody knows whom the request is meant for (RFC 9113, 8.3.1). */
  #readAuthority(): HeadFault | null {
    if (this.#authority === null && this.#host === null) return VIOLATION
    if (this.#authority === null) this.map.set(':authority', this.#host!)
    else if (this.#host !== null && this.#host !== this.#authority) return INVALID
    return null
  }
}

/** The trailers in a block, or null when it has what no trailers may have (RFC 9113, 8.1; RFC 9110, 6.5.1). */
export function readTrailers(block: BlockFields, joining: Joining): HeaderMap | null {
  if (block.isMalformed || block.isTooLarge) return null
  const map = new HeaderMap(joining)
  map.flags = 0
  beginHead()
  for (let i = 0; i < block.count; i++) {
    const id = block.ids[i]!
    const name = block.names[i]!
    const flags = id < 0 ? 0 : nameFlags(id)
    if (name.charCodeAt(0) === COLON || (flags & NameFlag.HopByHop) !== 0) return null
    map.flags |= flags
    if ((flags & joining) !== 0) addInline(map, id, name, block.values[i]!, OWN)
    else map.pushLine(name, block.values[i]!, OWN)
  }
  return map
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false
  return text !== ''
}

/** Visible bytes only: a blank or a control byte would end the target of a request line. */
function isPath(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i)
    if (byte <= 0x20 || byte >= 0x7f) return false
  }
  return text !== ''
}

/** RFC 3986, 3.1. */
function isScheme(text: string): boolean {
  return text === 'http' || text === 'https' || /^[A-Za-z][A-Za-z0-9+.-]*$/.test(text)
}
