/** JSON of servers and files that nobody here wrote. */
import { SluiceError } from '../../errors.ts'

/** An object's fields, of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** The fields of a JSON object in an answer. Throws `SLUICE_REGISTRY_ANSWER` for anything else: HTML, a list, half a text. */
export function jsonFields(bytes: Uint8Array, place: string): Fields {
  const value = parse(bytes)
  if (isFields(value)) return value
  const seen = excerpt(bytes)
  throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The answer cannot be read', { path: place, seen, wanted: 'a JSON object' })
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Null for text that is no JSON. */
export function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}

const EXCERPT = 120

/** The beginning of a text for people, on one line and without control characters. */
export function excerpt(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, EXCERPT * 4))
    .toString('utf8')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
  return JSON.stringify(text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text)
}
