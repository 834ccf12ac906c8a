/** What an answer that was not hoped for means (distribution-spec, "Error Codes"). */
import { SluiceError, type ErrorCode } from '../../errors.ts'
import { excerpt, isFields, parse } from './json.ts'
import type { Answer } from './transport.ts'

/** By the registry's word; its status decides where it says none that we know. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['UNAUTHORIZED', 'SLUICE_REGISTRY_AUTH'],
  ['DENIED', 'SLUICE_REGISTRY_AUTH'],
  ['NAME_UNKNOWN', 'SLUICE_REGISTRY_NOT_FOUND'],
  ['MANIFEST_UNKNOWN', 'SLUICE_REGISTRY_NOT_FOUND'],
  ['BLOB_UNKNOWN', 'SLUICE_REGISTRY_NOT_FOUND'],
])

/** The error of an answer, in the registry's own words when it has some. */
export function answerError(place: string, { status, bytes, header }: Answer): SluiceError {
  const { word, text } = firstError(bytes, header('content-type') ?? '')
  const code = CODES.get(word) ?? codeOf(status)
  const seen = [`status ${status}`, word, text].filter(Boolean).join(', ')
  return new SluiceError(code, messageOf(code), { path: place, seen })
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'SLUICE_REGISTRY_AUTH'
  return status === 404 ? 'SLUICE_REGISTRY_NOT_FOUND' : 'SLUICE_REGISTRY_ANSWER'
}

function messageOf(code: ErrorCode): string {
  if (code === 'SLUICE_REGISTRY_AUTH') return 'The registry does not allow this'
  return code === 'SLUICE_REGISTRY_NOT_FOUND' ? 'The registry does not have this' : 'The registry refuses'
}

/** `{errors: [{code, message}]}`; a page for browsers, or nothing, is cut to its beginning. */
function firstError(bytes: Uint8Array, contentType: string): { word: string; text: string } {
  const value = parse(bytes)
  const errors = isFields(value) && Array.isArray(value['errors']) ? (value['errors'] as unknown[]) : []
  const first = errors.find(isFields)
  if (first !== undefined) return { word: textOf(first['code']), text: textOf(first['message']) }
  if (bytes.length === 0) return { word: '', text: '' }
  return { word: '', text: `${contentType.split(';')[0] || 'text'} ${excerpt(bytes)}` }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? excerpt(Buffer.from(value)).slice(1, -1) : ''
}
