/** Groups of endpoints by their metadata. */
import type {
  Cluster_LbSubsetConfig,
  Cluster_LbSubsetConfig_LbSubsetSelector,
} from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import {
  Cluster_LbSubsetConfig_LbSubsetFallbackPolicy as Fallback,
  Cluster_LbSubsetConfig_LbSubsetMetadataFallbackPolicy as MetadataFallback,
  Cluster_LbSubsetConfig_LbSubsetSelector_LbSubsetSelectorFallbackPolicy as SelectorFallback,
} from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
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

/** Null without selectors: all endpoints are one group then, as in Envoy. */
export function buildSubsets(message: Cluster_LbSubsetConfig | undefined): SubsetConfig | null {
  if (message === undefined || message.subsetSelectors.length === 0) return null
  return {
    fallback: FALLBACKS[message.fallbackPolicy] ?? 'NO_FALLBACK',
    defaults: metadataPairs(message.defaultSubset ?? {}),
    selectors: message.subsetSelectors.map(buildSelector),
    localityWeighted: message.localityWeightAware,
    scalesLocalities: message.scaleLocalityWeight,
    panicsToAny: message.panicModeAny,
    splitsLists: message.listAsAny,
    triesAlternatives: message.metadataFallbackPolicy === MetadataFallback.FALLBACK_LIST,
  }
}

function buildSelector(message: Cluster_LbSubsetConfig_LbSubsetSelector): SubsetSelectorConfig {
  return {
    keys: [...new Set(message.keys)].toSorted(),
    fallback: SELECTOR_FALLBACKS[message.fallbackPolicy] ?? 'NOT_DEFINED',
    fallbackKeys: [...new Set(message.fallbackKeysSubset)].toSorted(),
    takesOne: message.singleHostPerSubset,
  }
}
