/**
 * Endpoints in groups by their metadata, each with a load balancer of its own; the route says which group it wants
 * (source/extensions/load_balancing_policies/subset/subset_lb.cc).
 */
import type { BalancingConfig, MetadataMatchConfig, SubsetConfig, SubsetSelectorConfig } from '../config/types.ts'
import { keysId, pairsId } from '../route/metadata-pairs.ts'
import { balancingMetadata, type Endpoint } from './endpoint.ts'
import type { LoadBalancer, PickContext } from './load-balancer.ts'
import { hasPairs, subsetsOf } from './subsets.ts'
import type { SubsetStats } from './subset-stats.ts'

/** Makes the load balancer of a group, by the group's name. */
export type MakeBalancer = (endpoints: readonly Endpoint[], config: BalancingConfig, name: string) => LoadBalancer

export class SubsetBalancer implements LoadBalancer {
  readonly #config: SubsetConfig
  readonly #stats: SubsetStats
  /** By the pairs that their endpoints have. */
  readonly #subsets: ReadonlyMap<string, LoadBalancer>
  /** By their keys. */
  readonly #selectors: ReadonlyMap<string, SubsetSelectorConfig>
  /** Null where nothing falls back to them. */
  readonly #any: LoadBalancer | null
  readonly #defaults: LoadBalancer | null
  readonly #fallback: LoadBalancer | null
  readonly #panic: LoadBalancer | null

  constructor(
    endpoints: readonly Endpoint[],
    balancing: BalancingConfig,
    config: SubsetConfig,
    make: MakeBalancer,
    stats: SubsetStats,
  ) {
    const inner = innerConfig(balancing, config)
    const makeOf = (some: readonly Endpoint[], name: string): LoadBalancer => make(some, inner, name)
    const subsets = subsetsOf(endpoints, config)
    const fallsBackTo = (name: SubsetConfig['fallback']): boolean =>
      config.fallback === name || config.selectors.some(({ fallback }) => fallback === name)
    this.#config = config
    this.#stats = stats
    this.#selectors = new Map(config.selectors.map((selector) => [keysId(selector.keys), selector]))
    this.#subsets = new Map(subsets.members.entries().map(([id, members]) => [id, makeOf(members, `=${id}`)]))
    this.#any = config.panicsToAny || fallsBackTo('ANY_ENDPOINT') ? makeOf(endpoints, 'any') : null
    this.#defaults = fallsBackTo('DEFAULT_SUBSET')
      ? makeOf(
          endpoints.filter((one) => hasPairs(balancingMetadata(one.address), config.defaults, config.splitsLists)),
          'default',
        )
      : null
    this.#fallback = { NO_FALLBACK: null, ANY_ENDPOINT: this.#any, DEFAULT_SUBSET: this.#defaults }[config.fallback]
    this.#panic = config.panicsToAny ? this.#any : null
    stats.describe(subsets)
  }

  pick(context: PickContext): Endpoint | null {
    const match = context.metadataMatch
    if (match === null) return this.#pickFallback(context)
    if (match.alternatives === null || !this.#config.triesAlternatives) return this.#pickFor(match, context)
    for (const alternative of match.alternatives) {
      const endpoint = this.#pickFor(alternative, context)
      if (endpoint !== null) return endpoint
    }
    return null
  }

  #pickFor(match: Pick<MetadataMatchConfig, 'pairs' | 'id' | 'keysId'>, context: PickContext): Endpoint | null {
    const subset = this.#subsets.get(match.id)
    if (subset !== undefined) {
      this.#stats.selected.add(1)
      return subset.pick(context)
    }
    const selector = this.#selectors.get(match.keysId)
    switch (selector?.fallback ?? 'NOT_DEFINED') {
      case 'NOT_DEFINED':
        return this.#pickFallback(context)
      case 'NO_FALLBACK':
        return null
      case 'KEYS_SUBSET':
        return this.#pickFor(narrowed(match, selector!.fallbackKeys), context)
      case 'ANY_ENDPOINT':
        return this.#any!.pick(context)
      case 'DEFAULT_SUBSET':
        return this.#defaults!.pick(context)
    }
  }

  #pickFallback(context: PickContext): Endpoint | null {
    if (this.#fallback === null) return null
    const endpoint = this.#fallback.pick(context)
    if (endpoint !== null) this.#stats.fellBack.add(1)
    if (endpoint !== null || this.#panic === null) return endpoint
    const any = this.#panic.pick(context)
    if (any !== null) this.#stats.panicked.add(1)
    return any
  }
}

/** Groups have none of their own, and weights of localities only where that is said. */
function innerConfig(balancing: BalancingConfig, { localityWeighted }: SubsetConfig): BalancingConfig {
  return { ...balancing, subsets: null, localityWeighted: balancing.localityWeighted && localityWeighted }
}

function narrowed(
  { pairs }: Pick<MetadataMatchConfig, 'pairs'>,
  keys: readonly string[],
): Omit<MetadataMatchConfig, 'alternatives'> {
  const some = pairs.filter(({ key }) => keys.includes(key))
  return { pairs: some, id: pairsId(some), keysId: keysId(keys) }
}
