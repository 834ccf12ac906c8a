/** `cluster.<name>.update_*`: how the endpoints of a cluster are found (source/docs: upstream cluster manager). */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

export class UpdateStats {
  readonly attempt: Counter
  readonly success: Counter
  readonly failure: Counter
  /** An answer that changed nothing. */
  readonly noRebuild: Counter

  constructor(stats: StatsStore, cluster: string) {
    const prefix = `cluster.${cluster}.update_`
    this.attempt = stats.counter(`${prefix}attempt`)
    this.success = stats.counter(`${prefix}success`)
    this.failure = stats.counter(`${prefix}failure`)
    this.noRebuild = stats.counter(`${prefix}no_rebuild`)
  }
}
