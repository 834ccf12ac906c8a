/** How a cluster's endpoints share its requests, with Envoy's defaults. */
import { millisecondsOr } from '../duration.ts'
import type { Cluster, Cluster_CommonLbConfig } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { Cluster_LbPolicy, Cluster_RingHashLbConfig_HashFunction } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { BalancingConfig, LbPolicyConfig, SlowStartConfig } from '../types.ts'
import { buildSubsets } from './subsets.ts'

const DEFAULT_PANIC_THRESHOLD = 50
const DEFAULT_OVERPROVISIONING = 140
const DEFAULT_CHOICES = 2
/** Of an endpoint that starts slowly. */
const DEFAULT_MIN_WEIGHT_PERCENT = 10
const DEFAULT_MIN_RING_SIZE = 1024
const DEFAULT_MAX_RING_SIZE = 8 * 1024 * 1024
export const DEFAULT_TABLE_SIZE = 65537

export function buildBalancing(cluster: Cluster): BalancingConfig {
  const common = cluster.commonLbConfig
  return {
    policy: buildPolicy(cluster, common),
    panicThreshold: Math.round(common?.healthyPanicThreshold?.value ?? DEFAULT_PANIC_THRESHOLD),
    overprovisioning: cluster.loadAssignment?.policy?.overprovisioningFactor ?? DEFAULT_OVERPROVISIONING,
    localityWeighted: common?.localityConfigSpecifier.case === 'localityWeightedLbConfig',
    subsets: buildSubsets(cluster.lbSubsetConfig),
    ignoresUnchecked: common?.ignoreNewHostsUntilFirstHc ?? false,
    slowStart: buildSlowStart(cluster),
  }
}

function buildPolicy({ lbPolicy, lbConfig }: Cluster, common: Cluster_CommonLbConfig | undefined): LbPolicyConfig {
  const usesHostname = common?.consistentHashingLbConfig?.useHostnameForHashing ?? false
  switch (lbPolicy) {
    case Cluster_LbPolicy.LEAST_REQUEST: {
      const options = lbConfig.case === 'leastRequestLbConfig' ? lbConfig.value : undefined
      return {
        kind: 'LEAST_REQUEST',
        choices: options?.choiceCount ?? DEFAULT_CHOICES,
        bias: options?.activeRequestBias?.defaultValue ?? 1,
      }
    }
    case Cluster_LbPolicy.RING_HASH: {
      const options = lbConfig.case === 'ringHashLbConfig' ? lbConfig.value : undefined
      const isMurmur = options?.hashFunction === Cluster_RingHashLbConfig_HashFunction.MURMUR_HASH_2
      return {
        kind: 'RING_HASH',
        minSize: Number(options?.minimumRingSize ?? DEFAULT_MIN_RING_SIZE),
        maxSize: Number(options?.maximumRingSize ?? DEFAULT_MAX_RING_SIZE),
        hashFunction: isMurmur ? 'MURMUR_HASH_2' : 'XX_HASH',
        usesHostname,
      }
    }
    case Cluster_LbPolicy.MAGLEV: {
      const options = lbConfig.case === 'maglevLbConfig' ? lbConfig.value : undefined
      return { kind: 'MAGLEV', tableSize: Number(options?.tableSize ?? DEFAULT_TABLE_SIZE), usesHostname }
    }
    case Cluster_LbPolicy.RANDOM:
      return { kind: 'RANDOM' }
    default:
      return { kind: 'ROUND_ROBIN' }
  }
}

/** Options of another policy than the cluster's have no effect. As in Envoy, an aggression that is not above 0 is one of 1. */
function buildSlowStart({ lbPolicy, lbConfig }: Cluster): SlowStartConfig | null {
  const isOwn =
    (lbConfig.case === 'roundRobinLbConfig' && lbPolicy === Cluster_LbPolicy.ROUND_ROBIN) ||
    (lbConfig.case === 'leastRequestLbConfig' && lbPolicy === Cluster_LbPolicy.LEAST_REQUEST)
  const config = isOwn ? lbConfig.value.slowStartConfig : undefined
  const window = millisecondsOr(config?.slowStartWindow, 0)
  if (window === 0) return null
  const aggression = config?.aggression?.defaultValue ?? 1
  const minPart = (config?.minWeightPercent?.value ?? DEFAULT_MIN_WEIGHT_PERCENT) / 100
  return { window, aggression: aggression > 0 ? aggression : 1, minPart }
}
