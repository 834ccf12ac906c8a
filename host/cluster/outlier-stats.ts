/** `cluster.<name>.outlier_detection.` (source/extensions/outlier_detection, ALL_OUTLIER_DETECTION_STATS). */
import type { OutlierKind } from '../config/types.ts'
import type { Counter, Gauge } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

const KINDS: readonly OutlierKind[] = [
  'consecutive_5xx',
  'consecutive_gateway_failure',
  'consecutive_local_origin_failure',
  'success_rate',
  'local_origin_success_rate',
  'failure_percentage',
  'local_origin_failure_percentage',
]

export class OutlierStats {
  readonly active: Gauge
  readonly overflow: Counter
  readonly enforcedTotal: Counter
  readonly #detected: ReadonlyMap<OutlierKind, Counter>
  readonly #enforced: ReadonlyMap<OutlierKind, Counter>

  constructor(stats: StatsStore, cluster: string) {
    const prefix = `cluster.${cluster}.outlier_detection.ejections_`
    const counters = (what: string): ReadonlyMap<OutlierKind, Counter> =>
      new Map(KINDS.map((kind) => [kind, stats.counter(`${prefix}${what}_${kind}`)]))
    this.active = stats.gauge(`${prefix}active`)
    this.overflow = stats.counter(`${prefix}overflow`)
    this.enforcedTotal = stats.counter(`${prefix}enforced_total`)
    this.#detected = counters('detected')
    this.#enforced = counters('enforced')
  }

  countDetected(kind: OutlierKind): void {
    this.#detected.get(kind)!.add(1)
  }

  countEnforced(kind: OutlierKind): void {
    this.#enforced.get(kind)!.add(1)
    this.enforcedTotal.add(1)
  }
}
