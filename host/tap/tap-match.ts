/**
 * Which streams a tap wants: conditions that must all hold, in the manner of `envoy.config.tap.v3.MatchPredicate`, as short
 * texts.
 *
 *     path:/items            the path, query included, begins so
 *     method:POST
 *     header:x-user          the request has the header
 *     header:x-user=alice    … with exactly this value
 *     status:503, status:5xx
 *     listener:main          the listener's name
 */
import type { HeaderMap } from '../http/header-map.ts'

/** Plain data: it goes to the workers. */
export type TapCondition =
  | { readonly kind: 'path'; readonly value: string }
  | { readonly kind: 'method'; readonly value: string }
  | { readonly kind: 'listener'; readonly value: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string | null }
  /** `from` and `to` are both meant. */
  | { readonly kind: 'status'; readonly from: number; readonly to: number }

/** What the text means, or a message that says what is wrong with it. */
export function parseCondition(text: string): TapCondition | string {
  const colon = text.indexOf(':')
  const kind = text.slice(0, Math.max(colon, 0))
  const value = text.slice(colon + 1)
  if (value !== '' && (kind === 'path' || kind === 'method' || kind === 'listener')) return { kind, value }
  if (value !== '' && kind === 'header') return headerCondition(value)
  const status = kind === 'status' ? /^([1-5])(xx|\d\d)$/.exec(value) : null
  if (status !== null) return statusCondition(Number(status[1]), status[2]!)
  return `bad match '${text}': wanted path:PREFIX, method:NAME, header:NAME[=VALUE], status:CODE, status:5xx or listener:NAME`
}

/** What is known with the head of the request: false = the stream is not wanted, whatever it answers. */
export function mayMatch(conditions: readonly TapCondition[], listener: string, request: HeaderMap): boolean {
  return conditions.every((condition) => {
    if (condition.kind === 'path') return request.get(':path')?.startsWith(condition.value) === true
    if (condition.kind === 'method') return request.get(':method') === condition.value
    if (condition.kind === 'listener') return listener === condition.value
    return condition.kind === 'status' || hasHeader(request, condition.name, condition.value)
  })
}

/** What the answer says; 0 = there was none. */
export function matchesStatus(conditions: readonly TapCondition[], status: number): boolean {
  return conditions.every((condition) => condition.kind !== 'status' || (status >= condition.from && status <= condition.to))
}

/** True when a stream without a readable head cannot be wanted. */
export function needsHead(conditions: readonly TapCondition[]): boolean {
  return conditions.some(({ kind }) => kind !== 'status' && kind !== 'listener')
}

function hasHeader(request: HeaderMap, name: string, value: string | null): boolean {
  return value === null ? request.has(name) : request.getAll(name).includes(value)
}

function headerCondition(text: string): TapCondition {
  const equals = text.indexOf('=')
  if (equals < 0) return { kind: 'header', name: text.toLowerCase(), value: null }
  return { kind: 'header', name: text.slice(0, equals).toLowerCase(), value: text.slice(equals + 1) }
}

function statusCondition(hundreds: number, rest: string): TapCondition {
  if (rest === 'xx') return { kind: 'status', from: hundreds * 100, to: hundreds * 100 + 99 }
  const code = hundreds * 100 + Number(rest)
  return { kind: 'status', from: code, to: code }
}
