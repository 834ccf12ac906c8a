/** Groups of endpoints by their metadata. */
import type { Subset, Subset_LbSubsetSelector } from '../gen/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts'
import {
  Subset_LbSubsetFallbackPolicy as Fallback,
  Subset_LbSubsetMetadataFallbackPolicy as MetadataFallback,
  Subset_LbSubsetSelector_LbSubsetSelectorFallbackPolicy as SelectorFallback,
} from '../gen/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts'
import { metadataPairs } from '../../route/metadata-pairs.ts'
import type { SubsetConfig, SubsetSelectorConfig } from '../types.ts'

const FALLBACKS: Readonly<Record<number, SubsetConfig['fallback']>> = {
  [Fallback.ANY_ENDPOINT]: 'ANY_ENDPOINT',
  [Fallback.DEFAULT_SUBSET]: 'DEFAULT_SUBSET',
}

const SELECTOR_FALLBACKS: Readonly<Record<number, SubsetSelectorConfig['fallback']>> = {
  [SelectorFallback.NO_FALLBACK]: 'NO_FALLBACK',
  [SelectorFallback.ANY_ENDPOINT]: 'ANY_ENDPOINT',
  [SelectorFallback.DEFAULT_SUBSET]: 'DEFAULT_SUBSET',
  [SelectorFallback.KEYS_SUBSET]: 'KEYS_SUBSET',
}

/** A group's selector as field of a cluster and as extension: only the names of the enumerations differ. */
export type SelectorMessage = Omit<Subset_LbSubsetSelector, '$typeName' | '$unknown' | 'fallbackPolicy'> & {
  readonly fallbackPolicy: number
}

/** Groups as field of a cluster and as extension. */
export interface SubsetMessage extends Pick<
  Subset,
  'defaultSubset' | 'localityWeightAware' | 'scaleLocalityWeight' | 'panicModeAny' | 'listAsAny'
> {
  readonly fallbackPolicy: number
  readonly metadataFallbackPolicy: number
  readonly subsetSelectors: readonly SelectorMessage[]
}

/** Null without selectors: all endpoints are one group then, as in Envoy. */
export function buildSubsets(message: SubsetMessage | undefined): SubsetConfig | null {
  if (message === undefined || message.subsetSelectors.length === 0) return null
  return {
    fallback: FALLBACKS[message.fallbackPolicy] ?? 'NO_FALLBACK',
    defaults: metadataPairs(message.defaultSubset ?? {}),
    selectors: message.subsetSelectors.map(buildSelector),
    localityWeighted: message.localityWeightAware,
    scalesLocalities: message.scaleLocalityWeight,
    panicsToAny: message.panicModeAny,
    splitsLists: message.listAsAny,
    triesAlternatives: message.metadataFallbackPolicy === Number(MetadataFallback.FALLBACK_LIST),
  }
}

function buildSelector(message: SelectorMessage): SubsetSelectorConfig {
  return {
    keys: [...new Set(message.keys)].toSorted(),
    fallback: SELECTOR_FALLBACKS[message.fallbackPolicy] ?? 'NOT_DEFINED',
    fallbackKeys: [...new Set(message.fallbackKeysSubset)].toSorted(),
    takesOne: message.singleHostPerSubset,
  }
}
