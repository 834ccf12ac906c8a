/** The fields of a request as they stand in HTTP/2 (RFC 9113, 8.2 and 8.3). */
import type { OutgoingHttpHeaders } from 'node:http2'
import type { HeaderMap } from '../http/header-map.ts'
import { TOKEN } from '../http/tables.ts'

/** Fields of a connection, which HTTP/2 has none of. Filters may set them. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const PSEUDO = /^:(?:method|scheme|authority|path)$/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/

/**
 * Names with their values, pseudo headers first; null for a head that HTTP/2 cannot carry. Chunking is a matter of
 * HTTP/1: that field is left out.
 */
export function http2Fields(headers: HeaderMap): OutgoingHttpHeaders | null {
  const all: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  if (headers.has(':method') && !headers.has(':scheme')) all[':scheme'] = ['http']
  const { fields } = headers
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (name === 'transfer-encoding' && value === 'chunked') continue
    if (!isCarried(name, value)) return null
    ;(all[name] ??= []).push(value)
  }
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

function isCarried(name: string, value: string): boolean {
  if (name === ':method') return isToken(value)
  if (name === ':scheme') return SCHEME.test(value)
  if (name.charCodeAt(0) === 0x3a) return PSEUDO.test(name) && !/[^\x21-\x7e\x80-\xff]/.test(value)
  if (name === 'te') return value === 'trailers'
  return isToken(name) && !CONNECTION_FIELDS.has(name) && !/[\r\n\0]/.test(value)
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false
  return text !== ''
}
