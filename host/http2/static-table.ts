/** The static table of HPACK (RFC 7541, appendix A). */
import { internName, nameOf } from '../http/names.ts'
import { fromByteString } from '../util/bytes.ts'

/** Entries in order, `name` or `name: value`. */
const ENTRIES = [
  ':authority',
  ':method: GET',
  ':method: POST',
  ':path: /',
  ':path: /index.html',
  ':scheme: http',
  ':scheme: https',
  ':status: 200',
  ':status: 204',
  ':status: 206',
  ':status: 304',
  ':status: 400',
  ':status: 404',
  ':status: 500',
  'accept-charset',
  'accept-encoding: gzip, deflate',
  'accept-language',
  'accept-ranges',
  'accept',
  'access-control-allow-origin',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'refresh',
  'retry-after',
  'server',
  'set-cookie',
  'strict-transport-security',
  'transfer-encoding',
  'user-agent',
  'vary',
  'via',
  'www-authenticate',
]

/** Index of the first entry of the dynamic table. */
export const FIRST_DYNAMIC = ENTRIES.length + 1

/** Per index, from 1: number of the name (names.ts), name, value. */
export const staticIds = new Int32Array(FIRST_DYNAMIC)
export const staticNames: string[] = ['']
export const staticValues: string[] = ['']

/** Index of the first entry with a name; undefined = none. */
export const staticIndexes = new Map<string, number>()

for (const [i, entry] of ENTRIES.entries()) addEntry(i + 1, entry)

/** Index of the entry with this name and value, or 0. `first` is that of the first one with the name. */
export function findStatic(first: number, name: string, value: string): number {
  for (let i = first; staticNames[i] === name; i++) if (staticValues[i] === value) return i
  return 0
}

function addEntry(index: number, entry: string): void {
  const colon = entry.indexOf(': ')
  const name = fromByteString(colon < 0 ? entry : entry.slice(0, colon))
  const id = internName(name, 0, name.length)
  staticIds[index] = id
  staticNames.push(nameOf(id))
  staticValues.push(colon < 0 ? '' : entry.slice(colon + 2))
  if (!staticIndexes.has(nameOf(id))) staticIndexes.set(nameOf(id), index)
}
