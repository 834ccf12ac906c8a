/** Rules of clusters of host names. */
import { buildDiscovery, buildDns, findResolver } from '../build/dns.ts'
import type { Fault } from '../fault.ts'
import { CONFIG_PAGE } from '../fault.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { ConfigPath } from '../path.ts'
import { checkAddress } from './address.ts'

/** Adds what is wrong with a cluster that is looked up. */
export function judgeDns(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  const discovery = buildDiscovery(cluster)
  if (discovery === 'STATIC' || discovery === 'ORIGINAL_DST') return
  const refuse = (field: string, message: string, wanted: string, seen: string): void =>
    void faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...path, field], seen, wanted, next: CONFIG_PAGE })
  judgeServers(cluster, path, faults)
  const { family, failureRate } = buildDns(cluster)
  if (failureRate !== null && failureRate.max < failureRate.base)
    refuse(
      'dns_failure_refresh_rate',
      'Shorter than its beginning',
      'max_interval not less than base_interval',
      `${failureRate.max} ms`,
    )
  if (discovery !== 'LOGICAL_DNS') return
  const places = cluster.loadAssignment?.endpoints ?? []
  const count = places.reduce((sum, { lbEndpoints }) => sum + lbEndpoints.length, 0)
  if (places.length !== 1 || count !== 1) {
    const message = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint'
    refuse('load_assignment', message, 'one endpoint', `${count} in ${places.length} places`)
  }
  if (family === 'ALL')
    refuse('dns_lookup_family', 'Several addresses of one endpoint', 'AUTO, V4_ONLY, V6_ONLY or V4_PREFERRED', 'ALL')
}

/** Servers are asked at addresses: nobody looks up their names. */
function judgeServers(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  const { resolver, place } = findResolver(cluster)
  for (const [index, address] of (resolver?.resolvers ?? []).entries()) {
    const at = [...path, ...place, 'typed_config', 'resolvers', index]
    if (address.address.case !== 'pipe') checkAddress(address, at, faults)
    else
      faults.push({
        code: 'SLUICE_CONFIG_INVALID',
        message: 'A DNS server cannot be a socket file',
        path: [...at, 'pipe'],
        wanted: 'socket_address',
        next: CONFIG_PAGE,
      })
  }
}
