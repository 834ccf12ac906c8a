/** Rules of retry policies. */
import { isRetryReason, RETRY_REASONS } from '../../route/retry-reasons.ts'
import { toMilliseconds } from '../duration.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { RetryPolicy } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { ConfigPath } from '../path.ts'

/** Adds what is wrong. */
export function judgeRetry(policy: RetryPolicy | undefined, path: ConfigPath, faults: Fault[]): void {
  if (policy === undefined) return
  judgeReasons(policy.retryOn, [...path, 'retry_on'], faults)
  for (const [index, predicate] of policy.retryHostPredicate.entries()) {
    if (predicate.configType.value !== undefined) continue
    const at = [...path, 'retry_host_predicate', index, 'typed_config']
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Missing value', path: at, wanted: 'PreviousHostsPredicate' })
  }
  judgeBackOff(policy, [...path, 'retry_back_off', 'max_interval'], faults)
}

/** Envoy leaves out names that mean nothing: a word that was mistyped is never tried again. */
function judgeReasons(list: string, path: ConfigPath, faults: Fault[]): void {
  const unknown = list.split(',').find((name) => name.trim() !== '' && !isRetryReason(name.trim()))
  if (unknown === undefined) return
  const wanted = `some of ${RETRY_REASONS.join(', ')}`
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Unknown reason to retry', path, seen: show(unknown.trim()), wanted })
}

function judgeBackOff({ retryBackOff }: RetryPolicy, path: ConfigPath, faults: Fault[]): void {
  const { baseInterval, maxInterval } = retryBackOff ?? {}
  if (baseInterval === undefined || maxInterval === undefined) return
  if (toMilliseconds(maxInterval) >= toMilliseconds(baseInterval)) return
  const wanted = 'not less than base_interval'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Too short', path, seen: `${toMilliseconds(maxInterval)} ms`, wanted })
}
