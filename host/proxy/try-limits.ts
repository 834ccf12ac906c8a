/** How long one attempt of a request may take (source/common/router/router.cc, FilterUtility::finalTimeout). */
import type { RetryConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { requestedHedging, requestedTryTimeout } from './control-headers.ts'

/** Times in milliseconds, 0 = none. */
export interface TryLimits {
  /** Until the answer begins. */
  readonly whole: number
  /** Without a sign of the upstream. */
  readonly idle: number
  /** When one is over, another attempt is started beside this one, which goes on. */
  readonly hedges: boolean
}

/**
 * What the policy of the route and the headers of the request say; null = no limit. `timeout` is that of the request: an
 * attempt's time that is not shorter is none. `hedges` is what the route says.
 */
export function tryLimitsOf(headers: HeaderMap, policy: RetryConfig | null, timeout: number, hedges: boolean): TryLimits | null {
  const asked = requestedTryTimeout(headers, policy === null ? 0 : policy.perTryTimeout)
  const whole = timeout !== 0 && asked >= timeout ? 0 : asked
  const idle = policy === null ? 0 : policy.perTryIdleTimeout
  return whole > 0 || idle > 0 ? { whole, idle, hedges: requestedHedging(headers, hedges) } : null
}

/** What the upstream is told: the attempt's time, or what is left of `timeout` after `elapsed`; 0 = nothing. */
export function expectedTimeout(timeout: number, limits: TryLimits | null, elapsed: number): number {
  const left = timeout === 0 ? 0 : Math.max(1, Math.floor(timeout - elapsed))
  const ofTry = limits === null || limits.hedges ? 0 : limits.whole
  return ofTry > 0 && (left === 0 || ofTry < left) ? ofTry : left
}
