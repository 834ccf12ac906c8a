/**
 * Keeps requests in the zone of this proxy, as far as its endpoints there are no smaller a part of all than the proxies
 * there are; what is too much goes to zones that have more endpoints than proxies
 * (source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
 */
import type { BalancingConfig } from '../config/types.ts'
import type { Random } from '../util/random.ts'
import type { ZoneStats } from './balancer-stats.ts'
import type { Endpoint } from './endpoint.ts'
import type { Home } from './home.ts'
import { localitiesOf, localityKey, type HostSet } from './host-set.ts'
import type { Picker } from './picker.ts'
import { isInPanic } from './priority-load.ts'

/** Parts are counted in so many. */
const WHOLE = 10_000

/** Of a locality, in parts of {@link WHOLE}. */
interface Parts {
  /** Of this proxy's like that are healthy. */
  readonly proxies: number
  /** Of healthy endpoints. */
  readonly endpoints: number
}

/** What zone routing takes from its worker. */
export interface ZoneContext {
  readonly home: Home
  readonly stats: ZoneStats
  readonly random: Random
}

/** How requests of one priority are divided between localities (hot). */
export class ZoneRouting {
  /** The localities that it divides between; this proxy's own is the first one, if there is any of it. */
  readonly places: readonly HostSet[]
  readonly #random: Random
  readonly #stats: ZoneStats
  readonly #share: number
  /** What becomes of requests while too few proxies are healthy; null = enough are. */
  readonly #sick: 'anywhere' | 'nowhere' | null
  /** Parts of {@link WHOLE} that stay; Infinity = all do, and chance has no part in it. */
  readonly #staying: number
  /** Running sums of what localities can take beyond their part. */
  readonly #rest: readonly number[]

  constructor(places: readonly HostSet[], config: BalancingConfig, { home, stats, random }: ZoneContext) {
    const { proxies } = home
    const parts = partsOf(places, proxies)
    const hasOwn = localityKey(places[0]!.all[0]!) === home.locality
    this.places = places
    this.#random = random
    this.#stats = stats
    this.#share = config.zones.share
    this.#sick = !isInPanic(proxies, config.panicThreshold) ? null : config.zones.failsInPanic ? 'nowhere' : 'anywhere'
    this.#staying = hasOwn ? stayingOf(parts[0]!, config.zones.keepsAll) : 0
    let sum = 0
    this.#rest = parts.map((part, index) => (sum += hasOwn && index === 0 ? 0 : Math.max(0, part.endpoints - part.proxies)))
  }

  /** Index of the locality for the next request, or that it goes anywhere, or nowhere. */
  choose(): number | 'anywhere' | 'nowhere' {
    if (this.#share < 100 && this.#random.fraction() * 100 >= this.#share) return 'anywhere'
    if (this.#sick !== null) {
      this.#stats.localNotOk.add(1)
      return this.#sick
    }
    if (this.#staying === Infinity) {
      this.#stats.allDirectly.add(1)
      return 0
    }
    if (this.#draw(WHOLE) >= this.#staying) return this.#chooseOther()
    this.#stats.sampled.add(1)
    return 0
  }

  #chooseOther(): number {
    this.#stats.crossZone.add(1)
    const rest = this.#rest
    const all = rest.at(-1)!
    if (all === 0) {
      this.#stats.noCapacity.add(1)
      return this.#draw(rest.length)
    }
    const drawn = this.#draw(all)
    let index = 0
    while (drawn >= rest[index]!) index++
    return index
  }

  /** From 0 to below `count`. */
  #draw(count: number): number {
    return Math.floor(this.#random.fraction() * count)
  }
}

/** Of the first priority; null where zones mean nothing. */
export function zoneRoutingOf(set: HostSet, config: BalancingConfig, context: ZoneContext): ZoneRouting | null {
  const { home, stats } = context
  const { minClusterSize, keepsAll } = config.zones
  stats.recalculated.add(1)
  const places = localitiesOf(set)
  const localities = localitiesOf(home.proxies)
  if (places.length < 2 || (localities.length < 2 && !keepsAll)) return null
  const isOwn = ({ all }: HostSet): boolean => localityKey(all[0]!) === home.locality
  if (!localities.some(isOwn)) {
    stats.localNotOk.add(1)
    return null
  }
  if (set.healthy.length < minClusterSize) {
    stats.tooSmall.add(1)
    return null
  }
  return new ZoneRouting([...places.filter(isOwn), ...places.filter((place) => !isOwn(place))], config, context)
}

/** One endpoint as its locality has its turn. */
export class ZonePicker implements Picker {
  readonly #routing: ZoneRouting
  readonly #places: readonly Picker[]
  readonly #anywhere: Picker

  /** `places` stand beside those of the routing; `anywhere` is over all of them. */
  constructor(routing: ZoneRouting, places: readonly Picker[], anywhere: Picker) {
    this.#routing = routing
    this.#places = places
    this.#anywhere = anywhere
  }

  pick(): Endpoint | null {
    const place = this.#routing.choose()
    if (place === 'anywhere') return this.#anywhere.pick()
    return place === 'nowhere' ? null : this.#places[place]!.pick()
  }
}

function partsOf(places: readonly HostSet[], proxies: HostSet): Parts[] {
  const local = new Map(localitiesOf(proxies).map(({ all, healthy }) => [localityKey(all[0]!), healthy.length]))
  const endpoints = places.reduce((sum, { healthy }) => sum + healthy.length, 0)
  return places.map(({ all, healthy }) =>
    healthy.length === 0
      ? { proxies: 0, endpoints: 0 }
      : {
          proxies: partOf(local.get(localityKey(all[0]!)) ?? 0, proxies.healthy.length),
          endpoints: partOf(healthy.length, endpoints),
        },
  )
}

function partOf(count: number, all: number): number {
  return all === 0 ? 0 : Math.floor((WHOLE * count) / all)
}

function stayingOf({ proxies, endpoints }: Parts, keepsAll: boolean): number {
  if (keepsAll || (endpoints > 0 && endpoints >= proxies)) return Infinity
  return proxies === 0 ? 0 : Math.floor((endpoints * WHOLE) / proxies)
}
