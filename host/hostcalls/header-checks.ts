/**
 * Fields that would change the framing of a message. Envoy writes them as they are in responses and local replies
 * (response splitting); the host refuses them: status 2 and a warning.
 */
import { TOKEN } from '../http/tables.ts'

const COLON = 0x3a

/** What is wrong with the field whose name and value stand in `bytes`, or null. Pseudo headers are names. */
export function fieldFault(bytes: Uint8Array, start: number, end: number, valueStart: number, valueEnd: number): string | null {
  let at = start
  if (at < end && bytes[at] === COLON) at++
  if (at === end) return 'empty header name'
  for (; at < end; at++) if (TOKEN[bytes[at]!] === 0) return 'header name with a byte that is no token'
  for (let i = valueStart; i < valueEnd; i++) {
    const byte = bytes[i]!
    if (byte === 13 || byte === 10 || byte === 0) return 'header value with CR, LF or NUL'
  }
  return null
}

/** The first fault in byte strings that alternate name and value, or null. */
export function namesFault(fields: readonly string[]): string | null {
  for (let i = 0; i < fields.length; i += 2) {
    const field = Buffer.from(fields[i]! + fields[i + 1]!, 'latin1')
    const split = fields[i]!.length
    const fault = fieldFault(field, 0, split, split, field.length)
    if (fault !== null) return fault
  }
  return null
}
