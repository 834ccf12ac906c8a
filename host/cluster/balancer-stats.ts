/** What load balancers show of themselves, under Envoy's names. */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Maglev } from './maglev.ts'
import type { RingHash } from './ring-hash.ts'

/** What zones mean for requests. */
export class ZoneStats {
  /** The zones were looked at. */
  readonly recalculated: Counter
  readonly tooSmall: Counter
  /** Of proxies like this one too few are healthy, or none is in its zone. */
  readonly localNotOk: Counter
  /** Requests that stay, all or a share of them, and that do not. */
  readonly allDirectly: Counter
  readonly sampled: Counter
  readonly crossZone: Counter
  /** No zone has more than its part. */
  readonly noCapacity: Counter

  constructor(stats: StatsStore, prefix: string) {
    this.recalculated = stats.counter(`${prefix}lb_recalculate_zone_structures`)
    this.tooSmall = stats.counter(`${prefix}lb_zone_cluster_too_small`)
    this.localNotOk = stats.counter(`${prefix}lb_local_cluster_not_ok`)
    this.allDirectly = stats.counter(`${prefix}lb_zone_routing_all_directly`)
    this.sampled = stats.counter(`${prefix}lb_zone_routing_sampled`)
    this.crossZone = stats.counter(`${prefix}lb_zone_routing_cross_zone`)
    this.noCapacity = stats.counter(`${prefix}lb_zone_no_capacity_left`)
  }
}

export class BalancerStats {
  /** Requests that met too few healthy endpoints. */
  readonly panics: Counter
  readonly zones: ZoneStats
  readonly #stats: StatsStore
  readonly #prefix: string

  /** `name` is the cluster's name in statistics. */
  constructor(stats: StatsStore, name: string) {
    this.#stats = stats
    this.#prefix = `cluster.${name}.`
    this.panics = stats.counter(`${this.#prefix}lb_healthy_panic`)
    this.zones = new ZoneStats(stats, this.#prefix)
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
