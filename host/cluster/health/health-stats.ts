/** `cluster.<name>.health_check.` (source/extensions/health_checkers/common, ALL_HEALTH_CHECKER_STATS). */
import type { Counter, Gauge } from '../../stats/metrics.ts'
import type { StatsStore } from '../../stats/store.ts'

export class HealthStats {
  readonly attempt: Counter
  readonly success: Counter
  readonly failure: Counter
  /** Failures without an answer. */
  readonly networkFailure: Counter
  /** Failures that an answer to a request has told. */
  readonly passiveFailure: Counter
  /** Answers whose service was compared. */
  readonly verifyCluster: Counter
  readonly healthy: Gauge
  readonly degraded: Gauge

  constructor(stats: StatsStore, cluster: string) {
    const prefix = `cluster.${cluster}.health_check.`
    this.attempt = stats.counter(`${prefix}attempt`)
    this.success = stats.counter(`${prefix}success`)
    this.failure = stats.counter(`${prefix}failure`)
    this.networkFailure = stats.counter(`${prefix}network_failure`)
    this.passiveFailure = stats.counter(`${prefix}passive_failure`)
    this.verifyCluster = stats.counter(`${prefix}verify_cluster`)
    this.healthy = stats.gauge(`${prefix}healthy`)
    this.degraded = stats.gauge(`${prefix}degraded`)
  }
}
