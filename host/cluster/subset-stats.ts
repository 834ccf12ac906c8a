/** What groups of endpoints show of themselves, under Envoy's names. */
import type { Counter, Gauge } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Subsets } from './subsets.ts'

export class SubsetStats {
  /** Requests that their group took. */
  readonly selected: Counter
  /** Requests that a fallback took. */
  readonly fellBack: Counter
  /** Requests that any endpoint took because the fallback could not. */
  readonly panicked: Counter
  readonly #active: Gauge
  readonly #created: Counter
  readonly #removed: Counter
  /** Endpoints that are left out of groups of one. */
  readonly #duplicates: Gauge
  #describes: boolean
  #known: ReadonlySet<string> = new Set()

  /** `name` is the cluster's name in statistics; `describes`: this worker tells how many groups there are. */
  constructor(stats: StatsStore, name: string, describes: boolean) {
    this.#describes = describes
    const prefix = `cluster.${name}.lb_subsets_`
    this.selected = stats.counter(`${prefix}selected`)
    this.fellBack = stats.counter(`${prefix}fallback`)
    this.panicked = stats.counter(`${prefix}fallback_panic`)
    this.#active = stats.gauge(`${prefix}active`)
    this.#created = stats.counter(`${prefix}created`)
    this.#removed = stats.counter(`${prefix}removed`)
    this.#duplicates = stats.gauge(`${prefix}single_host_per_subset_duplicate`)
  }

  /** The groups of now. */
  describe(subsets: Subsets): void {
    if (!this.#describes) return
    const ids = new Set(subsets.members.keys())
    this.#duplicates.set(subsets.duplicates)
    this.#created.add(ids.difference(this.#known).size)
    this.#removed.add(this.#known.difference(ids).size)
    this.#active.add(ids.size - this.#known.size)
    this.#known = ids
  }
  /** The groups have gone with their cluster. */
  stop(): void {
    this.#removed.add(this.#known.size)
    this.#active.add(-this.#known.size)
    this.#known = new Set()
    this.#describes = false
  }
}
