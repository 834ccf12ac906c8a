/** Spreads requests over priorities and their endpoints by turns or by chance (hot). */
import type { BalancingConfig } from '../config/types.ts'
import type { Counter } from '../stats/metrics.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { Endpoint } from './endpoint.ts'
import { hostSetsOf, localitiesOf, localityKey, type HostSet, type LocalityWeigher } from './host-set.ts'
import type { LoadBalancer, PickContext } from './load-balancer.ts'
import { LoadShares } from './load-shares.ts'
import type { Picker } from './picker.ts'
import { priorityLoadOf } from './priority-load.ts'
import { PeakEwmaPicker } from './peak-ewma-picker.ts'
import { LeastRequest, LeastRequestOfAll, RandomPicker } from './random-pickers.ts'
import { RoundRobin } from './round-robin.ts'
import type { SlowStart } from './slow-start.ts'
import type { Turns } from './turns.ts'
import { zoneRoutingOf, ZonePicker, type ZoneContext, type ZoneRouting } from './zone-routing.ts'
import { WeightedLeastRequest, WeightedLocalities, WeightedRoundRobin } from './weighted-pickers.ts'

/** What balancers of a cluster have in common. */
export interface SpreadContext {
  readonly random: Random
  readonly clock: Clock
  /** Counts requests that met too few healthy endpoints. */
  readonly panics: Counter
  readonly weigh: LocalityWeigher
  readonly turns: Turns
  /** Null = every healthy endpoint has its whole share. */
  readonly slowStart: SlowStart | null
  /** Null = this proxy does not know of others like it. */
  readonly zones: ZoneContext | null
}

export class SpreadBalancer implements LoadBalancer {
  readonly #random: Random
  readonly #shares: LoadShares
  /** By source of the shares. */
  readonly #pickers: readonly Picker[]
  readonly #panic: readonly boolean[]
  readonly #panics: Counter

  /** `name` tells balancers of one cluster apart. */
  constructor(endpoints: readonly Endpoint[], config: BalancingConfig, name: string, context: SpreadContext) {
    const sets = hostSetsOf(endpoints)
    const load = priorityLoadOf(sets, config)
    this.#random = context.random
    this.#shares = new LoadShares(load)
    this.#panic = [...load.panic, ...load.panic]
    this.#panics = context.panics
    const factories = sets.map((set, priority) => {
      const routing = priority === 0 && context.zones !== null ? zoneRoutingOf(set, config, context.zones) : null
      return new PickerFactory(config, `${name}\0${priority}`, routing, context)
    })
    const pickerOf = (set: HostSet, index: number, health: 'healthy' | 'degraded'): Picker =>
      load.panic[index] === true ? factories[index]!.inPanic(set) : factories[index]!.make(set, health)
    this.#pickers = [
      ...sets.map((set, index) => pickerOf(set, index, 'healthy')),
      ...sets.map((set, index) => pickerOf(set, index, 'degraded')),
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

/** Makes pickers of one priority. */
class PickerFactory {
  readonly #config: BalancingConfig
  readonly #name: string
  readonly #routing: ZoneRouting | null
  readonly #context: SpreadContext

  /** `routing`: null where zones mean nothing. */
  constructor(config: BalancingConfig, name: string, routing: ZoneRouting | null, context: SpreadContext) {
    this.#config = config
    this.#name = name
    this.#routing = routing
    this.#context = context
  }

  /** Over localities by weight, if these count and any has one, or by zone; else over all endpoints of that health. */
  make(set: HostSet, health: 'healthy' | 'degraded'): Picker {
    const weighted = this.#config.localityWeighted ? this.#weighted(set, health) : null
    if (weighted !== null) return weighted
    const all = this.#flat(set[health], health)
    if (this.#routing === null) return all
    const places = this.#routing.places.map((place) => this.#place(place, health))
    return new ZonePicker(this.#routing, places, all)
  }

  /** Over all endpoints whatever their health, or none. */
  inPanic(set: HostSet): Picker {
    return this.#flat(this.#config.zones.failsInPanic ? [] : set.all, 'all')
  }

  /** Null when no locality has a weight. */
  #weighted(set: HostSet, health: 'healthy' | 'degraded'): Picker | null {
    const places = localitiesOf(set).map((place) => ({ place, weight: this.#weightOf(place, health) }))
    const weighted = places.filter(({ weight }) => weight > 0)
    if (weighted.length === 0) return null
    return new WeightedLocalities(
      weighted.map(({ place }) => this.#place(place, health)),
      weighted.map(({ weight }) => weight),
      this.#context.turns.start,
    )
  }

  #place(place: HostSet, health: 'healthy' | 'degraded'): Picker {
    return this.#flat(place[health], `${health}\0${localityKey(place.all[0]!)}`)
  }

  /** `source`: which of the priority's endpoints they are. */
  #flat(items: readonly Endpoint[], source: string): Picker {
    const { policy } = this.#config
    const { random, clock, turns } = this.#context
    if (policy.kind === 'LEAST_REQUEST') {
      const slowStart = this.#slowStartOf(items)
      if (needsSchedule(items, slowStart)) return new WeightedLeastRequest(items, policy.bias, slowStart, turns.start)
      if (policy.choices === 'ALL') return new LeastRequestOfAll(items, random)
      return new LeastRequest(items, policy.choices, random)
    }
    if (policy.kind === 'PEAK_EWMA') return new PeakEwmaPicker(items, policy, random, clock)
    if (policy.kind !== 'ROUND_ROBIN') return new RandomPicker(items, random)
    const slowStart = this.#slowStartOf(items)
    if (needsSchedule(items, slowStart)) return new WeightedRoundRobin(items, slowStart, turns.start)
    return new RoundRobin(items, turns.of(`${this.#name}\0${source}`, items.length))
  }

  /** Null when every endpoint has its whole weight. */
  #slowStartOf(items: readonly Endpoint[]): SlowStart | null {
    const { slowStart } = this.#context
    return slowStart !== null && slowStart.concerns(items) ? slowStart : null
  }

  /** Shrinks when more endpoints of the locality fail than overprovisioning makes up for. */
  #weightOf(place: HostSet, health: 'healthy' | 'degraded'): number {
    if (place.counted === 0) return 0
    const available = (this.#config.overprovisioning / 100) * (place[health].length / place.counted)
    return this.#context.weigh(place) * Math.min(1, available)
  }
}

/** One endpoint needs no order, and equal ones can go round. */
function needsSchedule(items: readonly Endpoint[], slowStart: SlowStart | null): boolean {
  if (items.length <= 1) return false
  return slowStart !== null || items.some(({ address }) => address.weight !== items[0]!.address.weight)
}
