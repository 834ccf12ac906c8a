/** What the router counts for its listener: `http.<stat_prefix>.…`; what ends before it is counted by the connection manager. */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

export class RouterStats {
  readonly rqTotal: Counter
  readonly resetAfterResponseStarted: Counter

  constructor(stats: StatsStore, statPrefix: string) {
    const prefix = `http.${statPrefix}.`
    this.rqTotal = stats.counter(`${prefix}rq_total`)
    this.resetAfterResponseStarted = stats.counter(`${prefix}rq_reset_after_downstream_response_started`)
  }
}
