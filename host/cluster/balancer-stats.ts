/** What load balancers show of themselves, under Envoy's names. */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Maglev } from './maglev.ts'
import type { RingHash } from './ring-hash.ts'

export class BalancerStats {
  /** Requests that met too few healthy endpoints. */
  readonly panics: Counter
  readonly #stats: StatsStore
  readonly #prefix: string

  /** `name` is the cluster's name in statistics. */
  constructor(stats: StatsStore, name: string) {
    this.#stats = stats
    this.#prefix = `cluster.${name}.`
    this.panics = stats.counter(`${this.#prefix}lb_healthy_panic`)
  }

  describeRing({ size, minPlaces, maxPlaces }: RingHash): void {
    this.#set('ring_hash_lb.size', size)
    this.#set('ring_hash_lb.min_hashes_per_host', minPlaces)
    this.#set('ring_hash_lb.max_hashes_per_host', maxPlaces)
  }

  describeMaglev({ minCells, maxCells }: Maglev): void {
    this.#set('maglev_lb.min_entries_per_host', minCells)
    this.#set('maglev_lb.max_entries_per_host', maxCells)
  }

  #set(name: string, value: number): void {
    this.#stats.gauge(this.#prefix + name).set(value)
  }
}
