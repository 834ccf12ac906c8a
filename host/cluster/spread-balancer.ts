/** Spreads requests over priorities and their endpoints by turns or by chance (hot). */
import type { BalancingConfig } from '../config/types.ts'
import type { Counter } from '../stats/metrics.ts'
import type { Random } from '../util/random.ts'
import type { Endpoint } from './endpoint.ts'
import { hostSetsOf, localitiesOf, type HostSet, type LocalityWeigher } from './host-set.ts'
import type { LoadBalancer, PickContext } from './load-balancer.ts'
import { LoadShares } from './load-shares.ts'
import type { Picker } from './picker.ts'
import { priorityLoadOf } from './priority-load.ts'
import { LeastRequest, RandomPicker } from './random-pickers.ts'
import { RoundRobin } from './round-robin.ts'
import { WeightedLeastRequest, WeightedLocalities, WeightedRoundRobin } from './weighted-pickers.ts'

export class SpreadBalancer implements LoadBalancer {
  readonly #random: Random
  readonly #shares: LoadShares
  /** By source of the shares. */
  readonly #pickers: readonly Picker[]
  readonly #panic: readonly boolean[]
  readonly #panics: Counter

  /** `panics` counts requests that met too few healthy endpoints. */
  constructor(endpoints: readonly Endpoint[], config: BalancingConfig, random: Random, panics: Counter, weigh: LocalityWeigher) {
    const sets = hostSetsOf(endpoints)
    const load = priorityLoadOf(sets, config)
    this.#random = random
    this.#shares = new LoadShares(load)
    this.#panic = [...load.panic, ...load.panic]
    this.#panics = panics
    const pickers = new PickerFactory(config, random, weigh)
    this.#pickers = [
      ...sets.map((set, index) => (load.panic[index] === true ? pickers.flat(set.all) : pickers.make(set, 'healthy'))),
      ...sets.map((set) => pickers.make(set, 'degraded')),
    ]
  }

  pick(context: PickContext): Endpoint | null {
    for (let repicks = context.maxRepicks; ; repicks--) {
      const endpoint = this.#pickOnce()
      if (endpoint === null || repicks <= 0 || !context.refuses(endpoint)) return endpoint
    }
  }

  #pickOnce(): Endpoint | null {
    const { only } = this.#shares
    const source = only >= 0 ? only : this.#shares.sourceOf(this.#random.fraction() * 100)
    if (this.#panic[source]!) this.#panics.add(1)
    return this.#pickers[source]!.pick()
  }
}

class PickerFactory {
  readonly #config: BalancingConfig
  readonly #random: Random
  readonly #weigh: LocalityWeigher

  constructor(config: BalancingConfig, random: Random, weigh: LocalityWeigher) {
    this.#config = config
    this.#random = random
    this.#weigh = weigh
  }

  /** Over localities by weight, if these count and any has one; else over all endpoints of that health. */
  make(set: HostSet, health: 'healthy' | 'degraded'): Picker {
    if (!this.#config.localityWeighted) return this.flat(set[health])
    const places = localitiesOf(set).map((place) => ({ hosts: place[health], weight: this.#weightOf(place, health) }))
    const weighted = places.filter(({ weight }) => weight > 0)
    if (weighted.length === 0) return this.flat(set[health])
    const pickers = weighted.map(({ hosts }) => this.flat(hosts))
    return new WeightedLocalities(
      pickers,
      weighted.map(({ weight }) => weight),
      this.#random.fraction(),
    )
  }

  flat(items: readonly Endpoint[]): Picker {
    const { policy } = this.#config
    const start = this.#random.fraction()
    if (policy.kind === 'RANDOM') return new RandomPicker(items, this.#random)
    const isWeighted = items.some(({ address }) => address.weight !== items[0]!.address.weight)
    if (policy.kind !== 'LEAST_REQUEST') return isWeighted ? new WeightedRoundRobin(items, start) : new RoundRobin(items, start)
    if (isWeighted) return new WeightedLeastRequest(items, policy.bias, start)
    return new LeastRequest(items, policy.choices, this.#random)
  }

  /** Shrinks when more endpoints of the locality fail than overprovisioning makes up for. */
  #weightOf(place: HostSet, health: 'healthy' | 'degraded'): number {
    if (place.counted === 0) return 0
    const available = (this.#config.overprovisioning / 100) * (place[health].length / place.counted)
    return this.#weigh(place) * Math.min(1, available)
  }
}
