/** Whether a request can stand in HTTP/2 (RFC 9113, 8.2 and 8.3): filters may have put into its head what cannot. */
import { type HeaderMap, NO_ORIGIN } from '../http/header-map.ts'
import { isField } from '../http/known-lines.ts'
import { TOKEN } from '../http/tables.ts'

const COLON = 0x3a
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/

/** True for a head that HTTP/2 can carry. Chunking is a matter of HTTP/1: that field is left out when it is written. */
export function isCarriedHead(headers: HeaderMap): boolean {
  const { fields } = headers
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (name.charCodeAt(0) === COLON) {
      if (!isCarriedPseudo(name, value, headers)) return false
    } else if (isOfHop(name, value)) return false
    else if (headers.originOf(i) === NO_ORIGIN && !isField(name, value)) return false
  }
  return true
}

/** True for trailers that HTTP/2 can carry. */
export function isCarriedTrailers(trailers: HeaderMap): boolean {
  const { fields } = trailers
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) === COLON || isOfHop(name, fields[i + 1]!) || !isField(name, fields[i + 1]!)) return false
  }
  return true
}

function isCarriedPseudo(name: string, value: string, headers: HeaderMap): boolean {
  switch (name) {
    case ':method':
      return isToken(value)
    case ':scheme':
      return value === 'http' || value === 'https' || SCHEME.test(value)
    case ':path':
    case ':authority':
      return isVisible(value)
    case ':protocol':
      return isToken(value) && headers.get(':method') === 'CONNECT'
    default:
      return false
  }
}

/** Most names begin with another letter. */
function isOfHop(name: string, value: string): boolean {
  switch (name.charCodeAt(0)) {
    case 0x63:
      return name === 'connection'
    case 0x6b:
      return name === 'keep-alive'
    case 0x70:
      return name === 'proxy-connection'
    case 0x74:
      return name === 'te' ? value !== 'trailers' : name === 'transfer-encoding' && value !== 'chunked'
    case 0x75:
      return name === 'upgrade'
    default:
      return false
  }
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false
  return text !== ''
}

function isVisible(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i)
    if (byte <= 0x20 || byte === 0x7f) return false
  }
  return true
}
