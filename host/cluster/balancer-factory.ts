/** Makes the load balancer of a cluster, anew for each change of its endpoints or their health. */
import type { BalancingConfig } from '../config/types.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { BalancerStats } from './balancer-stats.ts'
import type { Endpoint } from './endpoint.ts'
import type { Home } from './home.ts'
import type { ZoneContext } from './zone-routing.ts'
import { HashBalancer } from './hash-balancer.ts'
import { localityWeight, scaledLocalityWeight, type LocalityWeigher } from './host-set.ts'
import type { LoadBalancer } from './load-balancer.ts'
import { SpreadBalancer } from './spread-balancer.ts'
import { SlowStart } from './slow-start.ts'
import { SubsetBalancer, type MakeBalancer } from './subset-balancer.ts'
import { SubsetStats } from './subset-stats.ts'
import { Turns } from './turns.ts'

/** What it takes from its worker. */
export interface BalancerContext {
  readonly random: Random
  readonly clock: Clock
  readonly stats: StatsStore
  readonly isFirstWorker: boolean
}

export class BalancerFactory {
  readonly #config: BalancingConfig
  readonly #random: Random
  readonly #clock: Clock
  readonly #stats: BalancerStats
  readonly #subsetStats: SubsetStats
  readonly #turns: Turns
  readonly #slowStart: SlowStart | null
  readonly #zones: ZoneContext | null

  /** `statName` is the cluster's name in statistics; `home` null = this proxy does not know of others like it. */
  constructor(
    config: BalancingConfig,
    { random, clock, stats, isFirstWorker }: BalancerContext,
    statName: string,
    home: Home | null,
  ) {
    this.#config = config
    this.#random = random
    this.#clock = clock
    this.#stats = new BalancerStats(stats, statName)
    this.#turns = new Turns(random.fraction())
    this.#slowStart = config.slowStart === null ? null : new SlowStart(config.slowStart, clock)
    this.#zones = home === null ? null : { home, stats: this.#stats.zones, random }
    this.#subsetStats = new SubsetStats(stats, statName, isFirstWorker)
  }

  make(endpoints: readonly Endpoint[]): LoadBalancer {
    const config = this.#config
    const { subsets } = config
    if (subsets === null) return this.#makePlain(endpoints, config, '', localityWeight)
    const weigh = subsets.scalesLocalities ? scaledLocalityWeight(endpoints) : localityWeight
    const makeOf: MakeBalancer = (some, inner, name) => this.#makePlain(some, inner, name, weigh)
    return new SubsetBalancer(endpoints, config, subsets, makeOf, this.#subsetStats)
  }

  /** No more balancers are wanted. */
  stop(): void {
    this.#subsetStats.stop()
  }

  #makePlain(endpoints: readonly Endpoint[], config: BalancingConfig, name: string, weigh: LocalityWeigher): LoadBalancer {
    if (config.policy.kind === 'RING_HASH' || config.policy.kind === 'MAGLEV')
      return new HashBalancer(endpoints, config, this.#random, this.#stats, weigh)
    return new SpreadBalancer(endpoints, config, name, {
      random: this.#random,
      clock: this.#clock,
      panics: this.#stats.panics,
      weigh,
      turns: this.#turns,
      slowStart: this.#slowStart,
      zones: this.#zones,
    })
  }
}
