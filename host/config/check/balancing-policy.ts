/** Rules of load balancers that are given as extensions. */
import { choosePolicy, buildTypedPolicy } from '../build/balancing-policy.ts'
import type { Fault } from '../fault.ts'
import { CONFIG_PAGE } from '../fault.ts'
import type { Cluster, LoadBalancingPolicy } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { SubsetSchema } from '../gen/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { LbPolicyConfig } from '../types.ts'
import { checkSelectors } from './subsets.ts'

/** Adds what is wrong with the load balancers of a cluster; `path` leads to the cluster. */
export function judgeTyped(cluster: Cluster, list: LoadBalancingPolicy, path: ConfigPath, faults: Fault[]): void {
  const refuse = (field: ConfigPath): void =>
    void faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'load_balancing_policy says how endpoints are chosen',
      path: [...path, ...field],
      wanted: 'nothing beside it',
    })
  const common = cluster.commonLbConfig
  const localities = {
    localityWeightedLbConfig: 'locality_weighted_lb_config',
    zoneAwareLbConfig: 'zone_aware_lb_config',
  } as const
  const locality = common?.localityConfigSpecifier.case
  if (cluster.lbSubsetConfig !== undefined) refuse(['lb_subset_config'])
  if (locality !== undefined) refuse(['common_lb_config', localities[locality]])
  if (common?.consistentHashingLbConfig !== undefined) refuse(['common_lb_config', 'consistent_hashing_lb_config'])
  judgeList(list, [...path, 'load_balancing_policy'], faults)
}

function judgeList(list: LoadBalancingPolicy | undefined, path: ConfigPath, faults: Fault[]): void {
  const chosen = choosePolicy(list)
  if (chosen === null) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'No load balancer that is known',
      path: [...path, 'policies'],
      wanted: 'RoundRobin, LeastRequest, Random, RingHash, Maglev, PeakEwma, Subset or ClusterProvided',
      next: CONFIG_PAGE,
    })
    return
  }
  const at = [...path, 'policies', chosen.index, 'typed_extension_config', 'typed_config']
  if (chosen.message.$typeName !== SubsetSchema.typeName) return checkPolicy(buildTypedPolicy(list).policy, at, faults)
  checkSelectors(chosen.message, at, faults)
  const inner = chosen.message.subsetLbPolicy
  judgeList(inner, [...at, 'subset_lb_policy'], faults)
  if (choosePolicy(inner)?.message.$typeName !== SubsetSchema.typeName) return
  const wanted = 'a load balancer without groups'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Groups in groups', path: [...at, 'subset_lb_policy'], wanted })
}

/** Adds what is wrong with sizes of rings and tables; `path` leads to the message that has them. */
export function checkPolicy(policy: LbPolicyConfig, path: ConfigPath, faults: Fault[]): void {
  if (policy.kind === 'RING_HASH' && policy.minSize > policy.maxSize) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Ring is smaller than its minimum',
      path: [...path, 'minimum_ring_size'],
      seen: String(policy.minSize),
      wanted: `at most maximum_ring_size, ${policy.maxSize}`,
    })
  }
  if (policy.kind === 'MAGLEV' && !isPrime(policy.tableSize)) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Table cannot be filled',
      path: [...path, 'table_size'],
      seen: String(policy.tableSize),
      wanted: 'a prime',
    })
  }
}

/** Of numbers up to some millions. */
function isPrime(number: number): boolean {
  if (number < 2) return false
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return true
}
