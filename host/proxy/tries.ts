/**
 * The further tries of one request: when an attempt has taken too long, and whether another one follows it or is started
 * beside it (source/common/router/router.cc). Only requests that are tried again, or whose attempts have limits, have any.
 */
import type { ClusterStats } from '../cluster/cluster-stats.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import type { ResetReason } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { Attempts } from './attempts.ts'
import type { Retry } from './retry.ts'
import type { TimeoutPool } from './timeout-pool.ts'
import type { TryLimits } from './try-limits.ts'
import { type TryOwner, TryTimers } from './try-timers.ts'
import type { UpstreamAttempt } from './upstream-attempt.ts'

/** The stream whose request this is. */
export interface TriesOwner {
  readonly attempts: Attempts
  readonly info: StreamInfo
  readonly isResponseStarted: boolean
  /** What has come of the request is still kept. */
  readonly canRepeat: boolean
  /** An attempt has taken too long, and no other follows it. */
  onTryOver(attempt: UpstreamAttempt, details: string): void
}

export class Tries implements TryOwner {
  /** Null = an attempt may take as long as the whole. */
  readonly limits: TryLimits | null
  readonly #owner: TriesOwner
  /** Null when the request is not tried again, whatever happens. */
  readonly #retry: Retry | null
  readonly #stats: ClusterStats
  readonly #timeouts: TimeoutPool
  /** The attempt before took too long. */
  isAfterTimeout = false

  constructor(owner: TriesOwner, limits: TryLimits | null, retry: Retry | null, stats: ClusterStats, timeouts: TimeoutPool) {
    this.#owner = owner
    this.limits = limits
    this.#retry = retry
    this.#stats = stats
    this.#timeouts = timeouts
  }

  /** Number of the newest attempt, from 1. */
  get attempt(): number {
    return this.#retry === null ? 1 : this.#retry.attempt
  }

  /** Another attempt follows after a while. */
  get isWaiting(): boolean {
    return this.#retry !== null && this.#retry.isWaiting
  }

  /** An attempt goes to the endpoint. */
  onAttempt(attempt: UpstreamAttempt, endpoint: Endpoint): void {
    this.#retry?.note(endpoint)
    if (this.limits !== null) attempt.timers = new TryTimers(attempt, this.limits, this, this.#timeouts)
  }

  onTryTimeout(attempt: UpstreamAttempt): void {
    if (this.limits!.hedges) return this.#hedge(attempt)
    this.#stats.rqPerTryTimeout.add(1)
    this.#endTry(attempt, 'upstream_per_try_timeout')
  }

  onTryIdle(attempt: UpstreamAttempt): void {
    if (this.limits!.hedges) return this.#hedge(attempt)
    this.#stats.rqPerTryIdleTimeout.add(1)
    this.#endTry(attempt, 'upstream_per_try_idle_timeout')
  }

  /** True when another attempt follows this one, which was reset by the upstream's side. */
  isRetriedAfterReset(attempt: UpstreamAttempt, reason: ResetReason): boolean {
    this.isAfterTimeout = false
    return this.#isRetriedAfter(attempt, reason, attempt.isStarted)
  }

  /** True when the client does not get this answer: another attempt follows, or others may still be answered better. */
  isPassedOver(attempt: UpstreamAttempt, status: number, headers: HeaderMap, endStream: boolean): boolean {
    const retry = this.#retry
    if (retry === null) return false
    this.isAfterTimeout = false
    const { attempts } = this.#owner
    const isBad = retry.state.wantsHead(status, headers)
    const isRetried = isBad && !attempt.isHedged && this.#tryAgain(retry, headers)
    if (isRetried) this.#stats.countRetried(status)
    if (!isBad && !attempt.isHedged) retry.onSuccess()
    if (isRetried || (isBad && (retry.isWaiting || attempts.areSeveral))) {
      attempt.endpoint.counts.rqError++
      if (!endStream) attempt.abandon()
      attempts.forget(attempt)
      return true
    }
    retry.end()
    return false
  }

  /** Nothing of it is needed any more; harmless when repeated. */
  end(): void {
    this.#retry?.end()
  }

  /** Another attempt is started beside one that takes long; the first good answer counts. */
  #hedge(attempt: UpstreamAttempt): void {
    // Of its two limits the other one was over before.
    if (attempt.isSlow) return
    attempt.endpoint.outlier?.onLocalFailure(504)
    attempt.isSlow = true
    this.isAfterTimeout = true
    if (!this.#owner.isResponseStarted && this.#retry !== null) attempt.isHedged = this.#tryAgain(this.#retry, null)
  }

  /** An attempt took too long. */
  #endTry(attempt: UpstreamAttempt, details: string): void {
    this.isAfterTimeout = true
    attempt.endpoint.counts.rqTimeout++
    attempt.endpoint.outlier?.onLocalFailure(504)
    attempt.abandon()
    if (!this.#isRetriedAfter(attempt, 'local_reset', true)) this.#owner.onTryOver(attempt, details)
  }

  #isRetriedAfter(attempt: UpstreamAttempt, reason: ResetReason, isStarted: boolean): boolean {
    const retry = this.#retry
    if (retry === null || this.#owner.isResponseStarted || attempt.isHedged) return false
    if (!retry.state.wantsReset(reason, isStarted) || !this.#tryAgain(retry, null)) return false
    this.#owner.attempts.forget(attempt)
    return true
  }

  /** True when another attempt follows; else the reason why none does stands in the response flags. */
  #tryAgain(retry: Retry, answer: HeaderMap | null): boolean {
    if (!this.#owner.canRepeat) return false
    const flag = retry.schedule(answer)
    if (flag !== null) this.#owner.info.responseFlags |= flag
    return flag === null
  }
}
