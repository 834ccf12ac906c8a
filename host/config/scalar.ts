/** Scalars, enums and durations of a configuration text as canonical proto-JSON. */
import { ScalarType } from '@bufbuild/protobuf'
import type { DescEnum } from '@bufbuild/protobuf'
import { isReservedName } from './reserved.ts'
import { suggest } from './suggest.ts'
import type { ScalarTree } from './tree.ts'

/** Either canonical JSON, or what was wanted instead. */
export type ScalarResult = { readonly json: string | number | boolean } | { readonly wanted: string; readonly message?: string }

type ScalarInput = Exclude<ScalarTree['value'], null>

const DURATION = /^-?(\d{1,12})(\.\d{1,9})?s$/
/** The limit of google.protobuf.Duration: about 10 000 years. */
const MAX_DURATION_SECONDS = 315_576_000_000
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const INTEGER = /^-?\d{1,20}$/

const INTEGER_RANGES: Partial<Record<ScalarType, readonly [bigint, bigint]>> = {
  [ScalarType.INT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.UINT32]: [0n, 2n ** 32n - 1n],
  [ScalarType.INT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.UINT64]: [0n, 2n ** 64n - 1n],
}

/** A scalar of the given type. */
export function toScalar(type: ScalarType, value: ScalarInput): ScalarResult {
  if (type === ScalarType.BOOL) return toBool(value)
  if (type === ScalarType.STRING)
    return typeof value === 'string' ? { json: value } : { wanted: 'text (in quotes if it looks like something else)' }
  if (type === ScalarType.BYTES) return isBase64(value) ? { json: value } : { wanted: 'bytes in base64' }
  if (type === ScalarType.DOUBLE || type === ScalarType.FLOAT)
    return typeof value === 'number' ? { json: value } : { wanted: 'a number' }
  return toInteger(type, value)
}

/** Text in quotes passes too, as in Envoy. */
function toBool(value: ScalarInput): ScalarResult {
  if (typeof value === 'boolean') return { json: value }
  return value === 'true' || value === 'false' ? { json: value === 'true' } : { wanted: 'true or false' }
}

function isBase64(value: ScalarInput): value is string {
  return typeof value === 'string' && BASE64.test(value) && value.replace(/=+$/, '').length % 4 !== 1
}

/** Whole numbers may also stand in quotes; 64-bit ones leave as text, as canonical JSON wants. */
function toInteger(type: ScalarType, value: ScalarInput): ScalarResult {
  const [min, max] = INTEGER_RANGES[type] ?? [0n, 0n]
  const wanted = `a whole number from ${min} to ${max}`
  const isWhole = typeof value === 'bigint' || Number.isInteger(value) || (typeof value === 'string' && INTEGER.test(value))
  if (!isWhole) return { wanted }
  const number = BigInt(value)
  if (number < min || number > max) return { wanted }
  return { json: max > 2n ** 32n ? String(number) : Number(number) }
}

/** A value of an enum, by name or number. */
export function toEnum(desc: DescEnum, value: ScalarInput): ScalarResult {
  const names = desc.values.map((known) => known.name)
  const found = desc.values.find((known) => known.name === value || known.number === value)
  if (found !== undefined) return { json: found.name }
  const wanted = names.length === 1 ? names[0]! : `one of ${names.join(', ')}`
  if (typeof value !== 'string') return { wanted }
  if (isReservedName(desc, value)) return { wanted, message: 'Value is not supported by sluice' }
  const near = suggest(value, names)
  return { wanted: near === null ? wanted : `${wanted}; did you mean ${near}?`, message: 'Unknown value' }
}

/** A google.protobuf.Duration in seconds, such as `0.25s`. */
export function toDuration(value: ScalarInput): ScalarResult {
  const wanted = 'a duration in seconds such as 5s or 0.25s'
  const match = typeof value === 'string' ? DURATION.exec(value) : null
  if (match === null || Number(match[1]) > MAX_DURATION_SECONDS) return { wanted }
  return { json: String(value) }
}
