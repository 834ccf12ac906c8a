/**
 * The statistics of one cluster under Envoy's names (source/docs: upstream cluster manager, `cluster.<name>.*`), opened
 * once per worker; the data plane keeps the objects.
 */
import type { ClusterConfig } from '../config/types.ts'
import type { Counter, Gauge, Histogram } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import { UpdateStats } from './update-stats.ts'

export type Priority = 'default' | 'high'

/** The circuit breakers, and how their statistics are named. */
export const BREAKERS = {
  connections: { open: 'cx_open', remaining: 'remaining_cx' },
  pendingRequests: { open: 'rq_pending_open', remaining: 'remaining_pending' },
  requests: { open: 'rq_open', remaining: 'remaining_rq' },
  retries: { open: 'rq_retry_open', remaining: 'remaining_retries' },
  connectionPools: { open: 'cx_pool_open', remaining: 'remaining_cx_pools' },
} as const

/** Counters of answers, kept for `upstream_rq_*` and again for `external.upstream_rq_*` (or `internal.`). */
export class ResponseCounters {
  readonly #stats: StatsStore
  readonly #prefix: string
  readonly #completed: Counter
  readonly #classes: (Counter | undefined)[] = []
  readonly #codes: (Counter | undefined)[] = []
  readonly time: Histogram

  constructor(stats: StatsStore, prefix: string) {
    this.#stats = stats
    this.#prefix = prefix
    this.#completed = stats.counter(`${prefix}upstream_rq_completed`)
    this.time = stats.histogram(`${prefix}upstream_rq_time`)
  }

  /** Counts one answer by its status (hot). Classes outside 1xx–5xx have no counter of their own, as in Envoy. */
  count(status: number): void {
    this.#completed.add(1)
    const family = Math.trunc(status / 100)
    if (family >= 1 && family <= 5) (this.#classes[family] ??= this.#open(`${family}xx`)).add(1)
    ;(this.#codes[status] ??= this.#open(String(status))).add(1)
  }

  #open(suffix: string): Counter {
    return this.#stats.counter(`${this.#prefix}upstream_rq_${suffix}`)
  }
}

export class ClusterStats {
  readonly cxTotal: Counter
  readonly cxActive: Gauge
  /** Of the protocol that the cluster speaks. */
  readonly cxOfProtocol: Counter
  readonly cxConnectFail: Counter
  readonly cxConnectTimeout: Counter
  readonly cxIdleTimeout: Counter
  readonly cxOverflow: Counter
  readonly cxPoolOverflow: Counter
  readonly cxDestroy: Counter
  readonly cxDestroyWithActiveRq: Counter
  readonly cxProtocolError: Counter
  readonly cxNoneHealthy: Counter
  /** The peer said that it takes no more. */
  readonly cxCloseNotify: Counter
  readonly rqRxReset: Counter
  readonly rqTxReset: Counter
  readonly rqTotal: Counter
  readonly rqActive: Gauge
  readonly rqPendingTotal: Counter
  readonly rqPendingActive: Gauge
  readonly rqPendingOverflow: Counter
  readonly rqPendingFailureEject: Counter
  readonly rqCancelled: Counter
  readonly rqTimeout: Counter
  readonly rqPerTryTimeout: Counter
  readonly rqPerTryIdleTimeout: Counter
  /** A request had become too long to be tried again. */
  readonly retryAbandoned: Counter
  readonly rqRetry: Counter
  readonly rqRetryActive: Gauge
  readonly rqRetryBackoff: Counter
  /** The answer said when to try again. */
  readonly rqRetryBackoffLimited: Counter
  readonly rqRetrySuccess: Counter
  readonly rqRetryOverflow: Counter
  readonly rqRetryLimitExceeded: Counter
  readonly redirectSucceeded: Counter
  readonly redirectFailed: Counter
  readonly membershipTotal: Gauge
  readonly membershipHealthy: Gauge
  readonly membershipDegraded: Gauge
  readonly membershipExcluded: Gauge
  readonly membershipChange: Counter
  readonly updates: UpdateStats
  readonly responses: ResponseCounters
  readonly #external: ResponseCounters
  readonly #stats: StatsStore
  readonly #prefix: string
  #internal: ResponseCounters | null = null
  #retried: ResponseCounters | null = null

  constructor(stats: StatsStore, name: string, protocol: ClusterConfig['protocol'] = 'HTTP/1.1') {
    const prefix = `cluster.${name}.`
    this.#stats = stats
    this.#prefix = prefix
    this.cxTotal = stats.counter(`${prefix}upstream_cx_total`)
    this.cxActive = stats.gauge(`${prefix}upstream_cx_active`)
    const cxOfProtocol = { 'HTTP/1.1': 'upstream_cx_http1_total', 'HTTP/2': 'upstream_cx_http2_total' }
    this.cxOfProtocol = stats.counter(prefix + cxOfProtocol[protocol])
    this.cxConnectFail = stats.counter(`${prefix}upstream_cx_connect_fail`)
    this.cxConnectTimeout = stats.counter(`${prefix}upstream_cx_connect_timeout`)
    this.cxIdleTimeout = stats.counter(`${prefix}upstream_cx_idle_timeout`)
    this.cxOverflow = stats.counter(`${prefix}upstream_cx_overflow`)
    this.cxPoolOverflow = stats.counter(`${prefix}upstream_cx_pool_overflow`)
    this.cxDestroy = stats.counter(`${prefix}upstream_cx_destroy`)
    this.cxDestroyWithActiveRq = stats.counter(`${prefix}upstream_cx_destroy_with_active_rq`)
    this.cxProtocolError = stats.counter(`${prefix}upstream_cx_protocol_error`)
    this.cxNoneHealthy = stats.counter(`${prefix}upstream_cx_none_healthy`)
    this.cxCloseNotify = stats.counter(`${prefix}upstream_cx_close_notify`)
    this.rqRxReset = stats.counter(`${prefix}upstream_rq_rx_reset`)
    this.rqTxReset = stats.counter(`${prefix}upstream_rq_tx_reset`)
    this.rqTotal = stats.counter(`${prefix}upstream_rq_total`)
    this.rqActive = stats.gauge(`${prefix}upstream_rq_active`)
    this.rqPendingTotal = stats.counter(`${prefix}upstream_rq_pending_total`)
    this.rqPendingActive = stats.gauge(`${prefix}upstream_rq_pending_active`)
    this.rqPendingOverflow = stats.counter(`${prefix}upstream_rq_pending_overflow`)
    this.rqPendingFailureEject = stats.counter(`${prefix}upstream_rq_pending_failure_eject`)
    this.rqCancelled = stats.counter(`${prefix}upstream_rq_cancelled`)
    this.rqTimeout = stats.counter(`${prefix}upstream_rq_timeout`)
    this.rqPerTryTimeout = stats.counter(`${prefix}upstream_rq_per_try_timeout`)
    this.rqPerTryIdleTimeout = stats.counter(`${prefix}upstream_rq_per_try_idle_timeout`)
    this.retryAbandoned = stats.counter(`${prefix}retry_or_shadow_abandoned`)
    this.rqRetry = stats.counter(`${prefix}upstream_rq_retry`)
    this.rqRetryActive = stats.gauge(`${prefix}upstream_rq_retry_active`)
    this.rqRetryBackoff = stats.counter(`${prefix}upstream_rq_retry_backoff_exponential`)
    this.rqRetryBackoffLimited = stats.counter(`${prefix}upstream_rq_retry_backoff_ratelimited`)
    this.rqRetrySuccess = stats.counter(`${prefix}upstream_rq_retry_success`)
    this.rqRetryOverflow = stats.counter(`${prefix}upstream_rq_retry_overflow`)
    this.rqRetryLimitExceeded = stats.counter(`${prefix}upstream_rq_retry_limit_exceeded`)
    this.redirectSucceeded = stats.counter(`${prefix}upstream_internal_redirect_succeeded_total`)
    this.redirectFailed = stats.counter(`${prefix}upstream_internal_redirect_failed_total`)
    this.membershipTotal = stats.gauge(`${prefix}membership_total`)
    this.membershipHealthy = stats.gauge(`${prefix}membership_healthy`)
    this.membershipDegraded = stats.gauge(`${prefix}membership_degraded`)
    this.membershipExcluded = stats.gauge(`${prefix}membership_excluded`)
    this.membershipChange = stats.counter(`${prefix}membership_change`)
    this.updates = new UpdateStats(stats, name)
    this.responses = new ResponseCounters(stats, prefix)
    this.#external = new ResponseCounters(stats, `${prefix}external.`)
  }

  /** 1 while the limit is reached. */
  open(priority: Priority, breaker: keyof typeof BREAKERS): Gauge {
    return this.#stats.gauge(`${this.#prefix}circuit_breakers.${priority}.${BREAKERS[breaker].open}`)
  }

  /** What is left of the limit. */
  remaining(priority: Priority, breaker: keyof typeof BREAKERS): Gauge {
    return this.#stats.gauge(`${this.#prefix}circuit_breakers.${priority}.${BREAKERS[breaker].remaining}`)
  }

  /** What counts for the limit of one of several priorities. */
  countOf(priority: Priority, breaker: keyof typeof BREAKERS): Gauge {
    return this.#stats.hiddenGauge(`${this.#prefix}circuit_breakers.${priority}.${breaker}`)
  }

  /** Counts an answer to a request from outside, or to a callout (`isInternal`: it carries `x-envoy-internal`). */
  countResponse(status: number, isInternal: boolean): void {
    this.responses.count(status)
    this.#origin(isInternal).count(status)
  }

  /** Counts the answer of an attempt that another one follows. */
  countRetried(status: number): void {
    this.#retried ??= new ResponseCounters(this.#stats, `${this.#prefix}retry.`)
    this.#retried.count(status)
  }

  /** Records the time from the end of the request to the end of the answer. */
  recordTime(millis: number, isInternal: boolean): void {
    this.responses.time.record(millis)
    this.#origin(isInternal).time.record(millis)
  }

  #origin(isInternal: boolean): ResponseCounters {
    if (!isInternal) return this.#external
    return (this.#internal ??= new ResponseCounters(this.#stats, `${this.#prefix}internal.`))
  }
}
