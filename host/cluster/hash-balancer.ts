/**
 * Places requests by their hash (hot): the same hash comes to the same endpoint while that one is there and healthy
 * (source/extensions/load_balancing_policies/common/thread_aware_lb_impl.cc).
 */
import type { BalancingConfig } from '../config/types.ts'
import type { Random } from '../util/random.ts'
import { Uint64 } from '../util/uint64.ts'
import type { BalancerStats } from './balancer-stats.ts'
import type { Endpoint } from './endpoint.ts'
import type { HashTable, Share } from './hash-key.ts'
import { hostSetsOf, localitiesOf, type HostSet, type LocalityWeigher } from './host-set.ts'
import type { LoadBalancer, PickContext } from './load-balancer.ts'
import { LoadShares } from './load-shares.ts'
import { Maglev } from './maglev.ts'
import { priorityLoadOf } from './priority-load.ts'
import { RingHash } from './ring-hash.ts'

export class HashBalancer implements LoadBalancer {
  readonly #random: Random
  readonly #shares: LoadShares
  /** By priority. */
  readonly #tables: readonly HashTable[]
  readonly #panic: readonly boolean[]
  readonly #stats: BalancerStats
  /** For requests without a hash. */
  readonly #drawn = new Uint64()

  constructor(
    endpoints: readonly Endpoint[],
    config: BalancingConfig,
    random: Random,
    stats: BalancerStats,
    weigh: LocalityWeigher,
  ) {
    const sets = hostSetsOf(endpoints)
    const load = priorityLoadOf(sets, config)
    this.#random = random
    this.#shares = new LoadShares(load)
    this.#panic = load.panic
    this.#stats = stats
    this.#tables = sets.map((set, index) => this.#makeTable(set, load.panic[index]!, config, weigh))
  }

  pick(context: PickContext): Endpoint | null {
    const hash = context.hash ?? this.#draw()
    const priority = this.#shares.sourceOf(hash.modulo(100)) % this.#tables.length
    if (this.#panic[priority]!) this.#stats.panics.add(1)
    const table = this.#tables[priority]!
    for (let attempt = 0; ; attempt++) {
      const endpoint = table.pick(hash, attempt)
      if (endpoint === null || attempt >= context.maxRepicks || !context.refuses(endpoint)) return endpoint
    }
  }

  #draw(): Uint64 {
    return this.#drawn.set(this.#random.fraction() * 0x100000000, this.#random.fraction() * 0x100000000)
  }

  #makeTable(set: HostSet, isInPanic: boolean, config: BalancingConfig, weigh: LocalityWeigher): HashTable {
    const { policy, localityWeighted } = config
    const shares = sharesOf(set, isInPanic ? 'all' : 'healthy', localityWeighted ? weigh : null)
    if (policy.kind === 'MAGLEV') {
      const table = new Maglev(shares, policy)
      this.#stats.describeMaglev(table)
      return table
    }
    const ring = new RingHash(shares, policy as Extract<typeof policy, { kind: 'RING_HASH' }>)
    this.#stats.describeRing(ring)
    return ring
  }
}

/** With locality weights, an endpoint has its part of the part of its locality. */
function sharesOf(set: HostSet, health: 'all' | 'healthy', weigh: LocalityWeigher | null): Share[] {
  if (weigh === null) return partsOf(set[health], 1)
  const places = localitiesOf(set).filter((place) => weigh(place) > 0)
  const total = places.reduce((sum, place) => sum + weigh(place), 0)
  return places.flatMap((place) => partsOf(place[health], weigh(place) / total))
}

function partsOf(endpoints: readonly Endpoint[], whole: number): Share[] {
  const total = endpoints.reduce((sum, { address }) => sum + address.weight, 0)
  return endpoints.map((endpoint) => ({ endpoint, part: (endpoint.address.weight * whole) / total }))
}
