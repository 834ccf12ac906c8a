/** What may be tried again, by the names of `retry_on` and `x-envoy-retry-on` (source/common/router/retry_state_impl.cc). */
import type { RetryReason } from '../config/types.ts'

/** True for reasons that are gRPC statuses. */
const REASONS: Readonly<Record<RetryReason, boolean>> = {
  '5xx': false,
  'gateway-error': false,
  reset: false,
  'reset-before-request': false,
  'connect-failure': false,
  'envoy-ratelimited': false,
  'retriable-4xx': false,
  'refused-stream': false,
  'retriable-status-codes': false,
  'retriable-headers': false,
  cancelled: true,
  'deadline-exceeded': true,
  internal: true,
  'resource-exhausted': true,
  unavailable: true,
}

/** All names, for messages. */
export const RETRY_REASONS: readonly string[] = Object.keys(REASONS)

export function isRetryReason(name: string): name is RetryReason {
  return Object.hasOwn(REASONS, name)
}

/** The reasons of a list with commas; names that mean nothing are left out. `isGrpc` null = of both kinds. */
export function retryReasons(list: string, isGrpc: boolean | null = null): RetryReason[] {
  const names = list.split(',').map((name) => name.trim())
  return names.filter(isRetryReason).filter((name) => isGrpc === null || REASONS[name] === isGrpc)
}
