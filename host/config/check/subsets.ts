/** Rules of groups of endpoints; they are Envoy's (source/extensions/load_balancing_policies/subset/subset_lb_config.cc). */
import type { Fault } from '../fault.ts'
import { show } from '../fault.ts'
import type { SelectorMessage, SubsetMessage } from '../build/subsets.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { Subset_LbSubsetSelector_LbSubsetSelectorFallbackPolicy as Fallback } from '../gen/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts'
import type { ConfigPath } from '../path.ts'

/** Adds what is wrong with groups that a cluster has as a field. */
export function checkSubsets({ lbSubsetConfig, commonLbConfig }: Cluster, path: ConfigPath, faults: Fault[]): void {
  if (lbSubsetConfig === undefined) return
  const at = [...path, 'lb_subset_config']
  checkSelectors(lbSubsetConfig, at, faults)
  if (!lbSubsetConfig.localityWeightAware || commonLbConfig?.localityConfigSpecifier.case === 'localityWeightedLbConfig') return
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Localities have no weights',
    path: [...at, 'locality_weight_aware'],
    seen: 'true',
    wanted: 'common_lb_config.locality_weighted_lb_config beside it',
  })
}

/** Adds what is wrong with the selectors of groups. */
export function checkSelectors({ subsetSelectors }: SubsetMessage, path: ConfigPath, faults: Fault[]): void {
  for (const [index, selector] of subsetSelectors.entries()) checkSelector(selector, [...path, 'subset_selectors', index], faults)
}

function checkSelector(selector: SelectorMessage, path: ConfigPath, faults: Fault[]): void {
  const { keys, fallbackKeysSubset, fallbackPolicy } = selector
  const [all, some] = [new Set(keys), new Set(fallbackKeysSubset)]
  const at = [...path, 'fallback_keys_subset']
  const refuse = (message: string, wanted: string): void =>
    void faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: at, seen: show([...some].join(', ')), wanted })
  const isByKeys = fallbackPolicy === Number(Fallback.KEYS_SUBSET)
  const isProper = some.size > 0 && some.isSubsetOf(all) && some.size < all.size
  if (isByKeys && !isProper) refuse('Not a part of the keys', `some, but not all of ${[...all].join(', ')}`)
  if (!isByKeys && some.size > 0) refuse('Keys without use', 'fallback_policy: KEYS_SUBSET beside them')
}
