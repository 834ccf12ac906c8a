/** Options that load balancers have both as fields of a cluster and as extensions, with Envoy's defaults. */
import { millisecondsOr } from '../duration.ts'
import type {
  Cluster_CommonLbConfig,
  Cluster_CommonLbConfig_ConsistentHashingLbConfig,
  Cluster_LeastRequestLbConfig,
  Cluster_MaglevLbConfig,
  Cluster_RingHashLbConfig,
  Cluster_SlowStartConfig,
} from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { LocalityLbConfig } from '../gen/envoy/extensions/load_balancing_policies/common/v3/common_pb.ts'
import type { BalancingConfig, LbPolicyConfig, SlowStartConfig } from '../types.ts'

const DEFAULT_CHOICES = 2
/** Of an endpoint that starts slowly. */
const DEFAULT_MIN_WEIGHT_PERCENT = 10
const DEFAULT_MIN_RING_SIZE = 1024
const DEFAULT_MAX_RING_SIZE = 8 * 1024 * 1024
const DEFAULT_TABLE_SIZE = 65537
const DEFAULT_MIN_CLUSTER_SIZE = 6

/** What of endpoints is hashed. */
type HashingOptions = Pick<Cluster_CommonLbConfig_ConsistentHashingLbConfig, 'useHostnameForHashing'> | undefined

/** `scansAll`: the best of all endpoints is taken. */
export function leastRequest(
  options: Pick<Cluster_LeastRequestLbConfig, 'choiceCount' | 'activeRequestBias'> | undefined,
  scansAll = false,
): LbPolicyConfig {
  return {
    kind: 'LEAST_REQUEST',
    choices: scansAll ? 'ALL' : (options?.choiceCount ?? DEFAULT_CHOICES),
    bias: options?.activeRequestBias?.defaultValue ?? 1,
  }
}

export function ringHash(
  sizes: Pick<Cluster_RingHashLbConfig, 'minimumRingSize' | 'maximumRingSize'> | undefined,
  isMurmur: boolean,
  hashing: HashingOptions,
): LbPolicyConfig {
  return {
    kind: 'RING_HASH',
    minSize: Number(sizes?.minimumRingSize ?? DEFAULT_MIN_RING_SIZE),
    maxSize: Number(sizes?.maximumRingSize ?? DEFAULT_MAX_RING_SIZE),
    hashFunction: isMurmur ? 'MURMUR_HASH_2' : 'XX_HASH',
    usesHostname: hashing?.useHostnameForHashing ?? false,
  }
}

export function maglev(options: Pick<Cluster_MaglevLbConfig, 'tableSize'> | undefined, hashing: HashingOptions): LbPolicyConfig {
  const tableSize = Number(options?.tableSize ?? DEFAULT_TABLE_SIZE)
  return { kind: 'MAGLEV', tableSize, usesHostname: hashing?.useHostnameForHashing ?? false }
}

/** Null = endpoints have their share at once. As in Envoy, an aggression that is not above 0 is one of 1. */
export function slowStart(
  config: Pick<Cluster_SlowStartConfig, 'slowStartWindow' | 'aggression' | 'minWeightPercent'> | undefined,
): SlowStartConfig | null {
  const window = millisecondsOr(config?.slowStartWindow, 0)
  if (window === 0) return null
  const aggression = config?.aggression?.defaultValue ?? 1
  const minPart = (config?.minWeightPercent?.value ?? DEFAULT_MIN_WEIGHT_PERCENT) / 100
  return { window, aggression: aggression > 0 ? aggression : 1, minPart }
}

/** What localities mean; zones do where nothing is said. */
export function localities(
  specifier: Cluster_CommonLbConfig['localityConfigSpecifier'] | LocalityLbConfig['localityConfigSpecifier'] | undefined,
): Pick<BalancingConfig, 'localityWeighted' | 'zones'> {
  const zones = specifier?.case === 'zoneAwareLbConfig' ? specifier.value : undefined
  return {
    localityWeighted: specifier?.case === 'localityWeightedLbConfig',
    zones: {
      share: Math.round(zones?.routingEnabled?.value ?? 100),
      minClusterSize: Number(zones?.minClusterSize ?? DEFAULT_MIN_CLUSTER_SIZE),
      failsInPanic: zones?.failTrafficOnPanic ?? false,
      keepsAll: zones !== undefined && 'forceLocalityDirectRouting' in zones && zones.forceLocalityDirectRouting,
    },
  }
}
