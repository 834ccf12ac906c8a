/** Rules of a cluster's load balancer that it has as fields. */
import { buildBalancing } from '../build/balancing.ts'
import { buildDiscovery } from '../build/dns.ts'
import type { Fault } from '../fault.ts'
import { Cluster_LbPolicy } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { ConfigPath } from '../path.ts'
import { checkPolicy, judgeTyped } from './balancing-policy.ts'

/** Adds what Envoy refuses of a load balancer beyond single fields. */
export function checkBalancing(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  if (cluster.loadBalancingPolicy !== undefined) return judgeTyped(cluster, cluster.loadBalancingPolicy, path, faults)
  if (cluster.lbPolicy === Cluster_LbPolicy.LOAD_BALANCING_POLICY_CONFIG) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Nothing says how an endpoint is chosen',
      path: [...path, 'lb_policy'],
      seen: 'LOAD_BALANCING_POLICY_CONFIG',
      wanted: 'load_balancing_policy beside it',
    })
  }
  const { policy } = buildBalancing(cluster)
  checkPolicy(policy, [...path, policy.kind === 'RING_HASH' ? 'ring_hash_lb_config' : 'maglev_lb_config'], faults)
  const usesHostname = cluster.commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing ?? false
  if (usesHostname && buildDiscovery(cluster) !== 'STRICT_DNS') {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Addresses have no host names to hash',
      path: [...path, 'common_lb_config', 'consistent_hashing_lb_config', 'use_hostname_for_hashing'],
      seen: 'true',
      wanted: 'type: STRICT_DNS',
    })
  }
}
