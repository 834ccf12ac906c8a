/** Makes the load balancer of a cluster, anew for each change of its endpoints or their health. */
import type { BalancingConfig } from '../config/types.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Random } from '../util/random.ts'
import { BalancerStats } from './balancer-stats.ts'
import type { Endpoint } from './endpoint.ts'
import { HashBalancer } from './hash-balancer.ts'
import { localityWeight, scaledLocalityWeight, type LocalityWeigher } from './host-set.ts'
import type { LoadBalancer } from './load-balancer.ts'
import { SpreadBalancer } from './spread-balancer.ts'
import { SubsetBalancer } from './subset-balancer.ts'
import { SubsetStats } from './subset-stats.ts'

/** What it takes from its worker. */
export interface BalancerContext {
  readonly random: Random
  readonly stats: StatsStore
  readonly isFirstWorker: boolean
}

export class BalancerFactory {
  readonly #config: BalancingConfig
  readonly #random: Random
  readonly #stats: BalancerStats
  readonly #subsetStats: SubsetStats

  /** `statName` is the cluster's name in statistics. */
  constructor(config: BalancingConfig, { random, stats, isFirstWorker }: BalancerContext, statName: string) {
    this.#config = config
    this.#random = random
    this.#stats = new BalancerStats(stats, statName)
    this.#subsetStats = new SubsetStats(stats, statName, isFirstWorker)
  }

  make(endpoints: readonly Endpoint[]): LoadBalancer {
    const config = this.#config
    const { subsets } = config
    if (subsets === null) return this.#makePlain(endpoints, config, localityWeight)
    const weigh = subsets.scalesLocalities ? scaledLocalityWeight(endpoints) : localityWeight
    const makeOf = (some: readonly Endpoint[], inner: BalancingConfig): LoadBalancer => this.#makePlain(some, inner, weigh)
    return new SubsetBalancer(endpoints, config, subsets, makeOf, this.#subsetStats)
  }

  #makePlain(endpoints: readonly Endpoint[], config: BalancingConfig, weigh: LocalityWeigher): LoadBalancer {
    if (config.policy.kind === 'RING_HASH' || config.policy.kind === 'MAGLEV')
      return new HashBalancer(endpoints, config, this.#random, this.#stats, weigh)
    return new SpreadBalancer(endpoints, config, this.#random, this.#stats.panics, weigh)
  }
}
