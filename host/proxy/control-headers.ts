/** Headers by which filters steer the router (source/common/router/router.cc, FilterUtility::finalTimeout; retry_state_impl.cc). */
import type { HeaderMap } from '../http/header-map.ts'

/** Control headers that the router consumes: they must not reach the upstream, whoever set them. */
const CONSUMED: ReadonlySet<string> = new Set([
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-max-retries',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
])

/** True when the request carries a header that the router consumes (hot): nearly none does at this point. */
export function hasControlHeader(headers: HeaderMap): boolean {
  const fields = headers.fields
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.length > 11 && name.charCodeAt(7) === 0x2d && name.startsWith('x-envoy-') && CONSUMED.has(name)) return true
  }
  return false
}

/** Milliseconds for the whole answer, 0 = none: the control header if it holds a number, else the route's. */
export function requestedTimeout(headers: HeaderMap, routeTimeout: number): number {
  const value = headers.get('x-envoy-upstream-rq-timeout-ms')
  return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : routeTimeout
}

/** Milliseconds for one attempt, 0 = none: the control header if it holds a number, else the policy's. */
export function requestedTryTimeout(headers: HeaderMap, policyTimeout: number): number {
  const value = headers.get('x-envoy-upstream-rq-per-try-timeout-ms')
  return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : policyTimeout
}

/** Whether an attempt that takes long goes on beside the next one: the control header if it says so, else the route. */
export function requestedHedging(headers: HeaderMap, hedges: boolean): boolean {
  const value = headers.get('x-envoy-hedge-on-per-try-timeout')
  if (value === 'true') return true
  return value === 'false' ? false : hedges
}

/** Status of the answer after a timeout: 204 when the alternative response was asked for. */
export function requestedTimeoutStatus(headers: HeaderMap): number {
  return headers.has('x-envoy-upstream-rq-timeout-alt-response') ? 204 : 504
}

export function removeControlHeaders(headers: HeaderMap): void {
  for (const name of CONSUMED) headers.remove(name)
}
