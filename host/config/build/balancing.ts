/** How a cluster's endpoints share its requests, with Envoy's defaults. */
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { Cluster_LbPolicy, Cluster_RingHashLbConfig_HashFunction } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { BalancingConfig, LbPolicyConfig, SlowStartConfig } from '../types.ts'
import { leastRequest, localities, maglev, ringHash, slowStart } from './balancing-parts.ts'
import { buildTypedPolicy, type PolicyParts } from './balancing-policy.ts'
import { buildSubsets } from './subsets.ts'

const DEFAULT_PANIC_THRESHOLD = 50
const DEFAULT_OVERPROVISIONING = 140

export function buildBalancing(cluster: Cluster): BalancingConfig {
  const common = cluster.commonLbConfig
  return {
    ...(cluster.loadBalancingPolicy === undefined ? buildOwnFields(cluster) : buildTypedPolicy(cluster.loadBalancingPolicy)),
    panicThreshold: Math.round(common?.healthyPanicThreshold?.value ?? DEFAULT_PANIC_THRESHOLD),
    overprovisioning: cluster.loadAssignment?.policy?.overprovisioningFactor ?? DEFAULT_OVERPROVISIONING,
    ignoresUnchecked: common?.ignoreNewHostsUntilFirstHc ?? false,
  }
}

/** From the fields of the cluster itself. */
function buildOwnFields(cluster: Cluster): PolicyParts {
  return {
    policy: buildPolicy(cluster),
    ...localities(cluster.commonLbConfig?.localityConfigSpecifier),
    subsets: buildSubsets(cluster.lbSubsetConfig),
    slowStart: buildSlowStart(cluster),
  }
}

function buildPolicy({ lbPolicy, lbConfig, commonLbConfig }: Cluster): LbPolicyConfig {
  const hashing = commonLbConfig?.consistentHashingLbConfig
  switch (lbPolicy) {
    case Cluster_LbPolicy.LEAST_REQUEST:
      return leastRequest(lbConfig.case === 'leastRequestLbConfig' ? lbConfig.value : undefined)
    case Cluster_LbPolicy.RING_HASH: {
      const options = lbConfig.case === 'ringHashLbConfig' ? lbConfig.value : undefined
      const isMurmur = options?.hashFunction === Cluster_RingHashLbConfig_HashFunction.MURMUR_HASH_2
      return ringHash(options, isMurmur, hashing)
    }
    case Cluster_LbPolicy.MAGLEV:
      return maglev(lbConfig.case === 'maglevLbConfig' ? lbConfig.value : undefined, hashing)
    case Cluster_LbPolicy.RANDOM:
      return { kind: 'RANDOM' }
    default:
      return { kind: 'ROUND_ROBIN' }
  }
}

/** Options of another policy than the cluster's have no effect. */
function buildSlowStart({ lbPolicy, lbConfig }: Cluster): SlowStartConfig | null {
  const isOwn =
    (lbConfig.case === 'roundRobinLbConfig' && lbPolicy === Cluster_LbPolicy.ROUND_ROBIN) ||
    (lbConfig.case === 'leastRequestLbConfig' && lbPolicy === Cluster_LbPolicy.LEAST_REQUEST)
  return slowStart(isOwn ? lbConfig.value.slowStartConfig : undefined)
}
