/**
 * What must hold of a message after the filters have changed it. Envoy checks requests only (its codec client refuses
 * them); responses are checked here as well, because a line break in a value would let a filter split the response.
 */
import { type HeaderMap, NO_ORIGIN } from '../http/header-map.ts'
import { isField, isName } from '../http/known-lines.ts'

/** What is wrong with a request head, in Envoy's words, or null. */
export function requestFault(headers: HeaderMap): string | null {
  if (!headers.has(':method')) return 'missing required header: :method'
  if (!headers.has(':path') && headers.get(':method') !== 'CONNECT') return 'missing required header: :path'
  return mapFault(headers)
}

/** What is wrong with a response head, in Envoy's words, or null. */
export function responseFault(headers: HeaderMap): string | null {
  return statusOf(headers) < 0 ? 'missing required header: :status' : mapFault(headers)
}

/** What is wrong with the names and values that a codec or the host did not put into the map, or null. */
function mapFault(headers: HeaderMap): string | null {
  const fields = headers.fields
  for (let i = 0; i < fields.length; i += 2) {
    if (headers.originOf(i) !== NO_ORIGIN) continue
    const name = fields[i]!
    if (isField(name, fields[i + 1]!)) continue
    return isName(name) ? `invalid header value for: ${name}` : `invalid header name: ${name}`
  }
  headers.markChecked()
  return null
}

/** The number in `:status`, or -1 when it is missing or not a number (hot). */
export function statusOf(headers: HeaderMap): number {
  const text = headers.get(':status')
  if (text === null || text.length === 0) return -1
  let status = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    status = status * 10 + digit
  }
  return status
}
