/** Rules of a cluster's load balancer. */
import { buildBalancing } from '../build/balancing.ts'
import { buildDiscovery } from '../build/dns.ts'
import type { Fault } from '../fault.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { ConfigPath } from '../path.ts'

/** Adds what Envoy refuses of a load balancer beyond single fields. */
export function checkBalancing(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  const { policy } = buildBalancing(cluster)
  if (policy.kind === 'RING_HASH' && policy.minSize > policy.maxSize) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Ring is smaller than its minimum',
      path: [...path, 'ring_hash_lb_config', 'minimum_ring_size'],
      seen: String(policy.minSize),
      wanted: `at most maximum_ring_size, ${policy.maxSize}`,
    })
  }
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
  if (policy.kind === 'MAGLEV' && !isPrime(policy.tableSize)) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Table cannot be filled',
      path: [...path, 'maglev_lb_config', 'table_size'],
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
