/**
 * What the fields of a response's header block mean (RFC 9113, 8.1 to 8.3) (hot): the header map in wire order, the status,
 * and the length that is announced. A malformed head is none of HTTP's, whatever it says.
 */
import { contentLengthOf } from '../http/content-length.ts'
import { HeaderMap, OWN } from '../http/header-map.ts'
import { addInline, beginHead } from '../http/inline-names.ts'
import { NameFlag, nameFlags } from '../http/names.ts'
import type { BlockFields } from './block-fields.ts'

const COLON = 0x3a
const SPECIAL = NameFlag.Framing | NameFlag.HopByHop
const SWITCHING_PROTOCOLS = 101

/** The meaning of one block; one object serves all responses of a thread, filled anew for each. */
export class Http2ResponseHead {
  map = new HeaderMap(NameFlag.JoinsInResponse)
  status = 0
  /** -1 = not announced. */
  contentLength = -1

  /** An interim response: another head follows. */
  get isInformational(): boolean {
    return this.status < 200
  }

  /** Reads a block; false = it is malformed. */
  read(block: BlockFields, endStream: boolean): boolean {
    this.map = new HeaderMap(NameFlag.JoinsInResponse)
    this.contentLength = -1
    beginHead()
    if (block.isMalformed || !this.#readStatus(block)) return false
    const { ids, names, values, count } = block
    const map = this.map
    map.flags = 0
    map.pushLine(':status', values[0]!, OWN)
    for (let i = 1; i < count; i++) {
      const name = names[i]!
      if (name.charCodeAt(0) === COLON) return false
      const id = ids[i]!
      const flags = id < 0 ? 0 : nameFlags(id)
      if ((flags & SPECIAL) !== 0 && !this.#isAllowed(name, values[i]!)) return false
      map.flags |= flags
      if ((flags & NameFlag.JoinsInResponse) !== 0) addInline(map, id, name, values[i]!, OWN)
      else map.pushLine(name, values[i]!, OWN)
    }
    return !endStream || !this.isInformational
  }

  /** It comes first and once; HTTP/2 has no upgrade (RFC 9113, 8.6). */
  #readStatus(block: BlockFields): boolean {
    if (block.count === 0 || block.names[0] !== ':status') return false
    const value = block.values[0]!
    this.status = value.length === 3 ? contentLengthOf(value) : 0
    return this.status >= 100 && this.status !== SWITCHING_PROTOCOLS
  }

  #isAllowed(name: string, value: string): boolean {
    switch (name) {
      case 'content-length':
        if (this.contentLength >= 0) return false
        this.contentLength = contentLengthOf(value)
        return this.contentLength >= 0
      case 'te':
        return value === 'trailers'
      case 'host':
      case 'expect':
      case 'http2-settings':
        return true
      default:
        // Fields of an HTTP/1 hop (RFC 9113, 8.2.2).
        return false
    }
  }
}
