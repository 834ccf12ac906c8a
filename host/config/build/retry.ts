/** Retry policies, with Envoy's defaults. */
import { retryReasons } from '../../route/retry-reasons.ts'
import { millisecondsOr } from '../duration.ts'
import { RetryPolicy_ResetHeaderFormat as ResetHeaderFormat } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { RetryPolicy } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { RetryConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderName } from './headers.ts'
import { buildHeaderMatchers } from './matchers.ts'

const DEFAULT_BASE_INTERVAL = 25
const DEFAULT_MAX_RESET = 300_000
/** Of the base interval. */
const DEFAULT_MAX_FACTOR = 10

/** A checked policy; `path` leads to it. */
export function buildRetry(policy: RetryPolicy, path: ConfigPath, context: BuildContext): RetryConfig {
  const baseInterval = millisecondsOr(policy.retryBackOff?.baseInterval, DEFAULT_BASE_INTERVAL)
  const reset = policy.rateLimitedRetryBackOff
  return {
    on: new Set(retryReasons(policy.retryOn)),
    retries: policy.numRetries ?? 1,
    perTryTimeout: millisecondsOr(policy.perTryTimeout, 0),
    perTryIdleTimeout: millisecondsOr(policy.perTryIdleTimeout, 0),
    avoidsTriedEndpoints: policy.retryHostPredicate.length > 0,
    repicks: Number(policy.hostSelectionRetryMaxAttempts) || 1,
    statusCodes: new Set(policy.retriableStatusCodes),
    baseInterval,
    maxInterval: millisecondsOr(policy.retryBackOff?.maxInterval, DEFAULT_MAX_FACTOR * baseInterval),
    resetHeaders: (reset?.resetHeaders ?? []).map(({ name, format }) => ({
      name: buildHeaderName(name),
      isTimestamp: format === ResetHeaderFormat.UNIX_TIMESTAMP,
    })),
    maxResetInterval: millisecondsOr(reset?.maxInterval, DEFAULT_MAX_RESET),
    responseHeaders: buildHeaderMatchers(policy.retriableHeaders, [...path, 'retriable_headers'], context),
    requestHeaders: buildHeaderMatchers(policy.retriableRequestHeaders, [...path, 'retriable_request_headers'], context),
  }
}
