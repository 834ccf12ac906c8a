/** Load balancers that are given as extensions. */
import type { MessageShape } from '@bufbuild/protobuf'
import { unpackAs } from '../any.ts'
import { millisecondsOr } from '../duration.ts'
import type { LoadBalancingPolicy } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { ClusterProvidedSchema } from '../gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb.ts'
import {
  LeastRequest_SelectionMethod,
  LeastRequestSchema,
} from '../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.ts'
import { MaglevSchema } from '../gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb.ts'
import { RandomSchema } from '../gen/envoy/extensions/load_balancing_policies/random/v3/random_pb.ts'
import {
  RingHash_HashFunction,
  RingHashSchema,
} from '../gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.ts'
import { RoundRobinSchema } from '../gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.ts'
import { SubsetSchema } from '../gen/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts'
import { PeakEwmaSchema } from '../gen/sluice/load_balancing_policies/peak_ewma/v1/peak_ewma_pb.ts'
import type { BalancingConfig } from '../types.ts'
import { leastRequest, localities, maglev, ringHash, slowStart } from './balancing-parts.ts'
import { buildSubsets } from './subsets.ts'

/** What a load balancer says about balancing; the rest belongs to the cluster. */
export type PolicyParts = Pick<BalancingConfig, 'policy' | 'localityWeighted' | 'zones' | 'subsets' | 'slowStart'>

/** Those of Linkerd. */
const DEFAULT_DECAY_TIME = 10_000
const DEFAULT_RTT = 30

const SCHEMAS = [
  ClusterProvidedSchema,
  LeastRequestSchema,
  MaglevSchema,
  PeakEwmaSchema,
  RandomSchema,
  RingHashSchema,
  RoundRobinSchema,
  SubsetSchema,
] as const

export type PolicyMessage = MessageShape<(typeof SCHEMAS)[number]>

export interface ChosenPolicy {
  /** Place in the list. */
  readonly index: number
  readonly message: PolicyMessage
}

/** The first load balancer of the list that is known; null = there is none. */
export function choosePolicy(list: LoadBalancingPolicy | undefined): ChosenPolicy | null {
  for (const [index, { typedExtensionConfig }] of (list?.policies ?? []).entries()) {
    for (const schema of SCHEMAS) {
      const message = unpackAs(typedExtensionConfig?.typedConfig, schema)
      if (message !== null) return { index, message }
    }
  }
  return null
}

/** Of the load balancer that counts. */
export function buildTypedPolicy(list: LoadBalancingPolicy | undefined): PolicyParts {
  const message = choosePolicy(list)?.message
  const plain = { ...localities(undefined), subsets: null, slowStart: null }
  switch (message?.$typeName) {
    case LeastRequestSchema.typeName: {
      const scansAll = message.selectionMethod === LeastRequest_SelectionMethod.FULL_SCAN
      return { ...turnParts(message), policy: leastRequest(message, scansAll) }
    }
    case PeakEwmaSchema.typeName: {
      const decayTime = millisecondsOr(message.decayTime, DEFAULT_DECAY_TIME)
      const policy = { kind: 'PEAK_EWMA', decayTime, defaultRtt: millisecondsOr(message.defaultRtt, DEFAULT_RTT) } as const
      return { ...plain, ...localities(message.localityLbConfig?.localityConfigSpecifier), policy }
    }
    case RandomSchema.typeName:
      return { ...plain, ...localities(message.localityLbConfig?.localityConfigSpecifier), policy: { kind: 'RANDOM' } }
    case RingHashSchema.typeName: {
      const isMurmur = message.hashFunction === RingHash_HashFunction.MURMUR_HASH_2
      const policy = ringHash(message, isMurmur, message.consistentHashingLbConfig)
      return { ...plain, localityWeighted: message.localityWeightedLbConfig !== undefined, policy }
    }
    case MaglevSchema.typeName: {
      const policy = maglev(message, message.consistentHashingLbConfig)
      return { ...plain, localityWeighted: message.localityWeightedLbConfig !== undefined, policy }
    }
    case SubsetSchema.typeName:
      return { ...buildTypedPolicy(message.subsetLbPolicy), subsets: buildSubsets(message) }
    case RoundRobinSchema.typeName:
      return { ...turnParts(message), policy: { kind: 'ROUND_ROBIN' } }
    default:
      return { ...plain, policy: { kind: 'ROUND_ROBIN' } }
  }
}

function turnParts(
  message: Pick<MessageShape<typeof RoundRobinSchema>, 'localityLbConfig' | 'slowStartConfig'>,
): Omit<PolicyParts, 'policy'> {
  return {
    ...localities(message.localityLbConfig?.localityConfigSpecifier),
    subsets: null,
    slowStart: slowStart(message.slowStartConfig),
  }
}
