/** Rules of the cluster of proxies like this one. */
import type { Fault } from '../fault.ts'
import type { Bootstrap } from '../gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'

/** Adds what is wrong with it. */
export function judgeLocalCluster({ clusterManager, staticResources }: Bootstrap, faults: Fault[]): void {
  const name = clusterManager?.localClusterName ?? ''
  if (name === '') return
  const clusters = staticResources?.clusters ?? []
  const index = clusters.findIndex((cluster) => cluster.name === name)
  if (index < 0) {
    const message = 'Local cluster is not defined'
    const path = ['cluster_manager', 'local_cluster_name']
    faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message, path, seen: name, wanted: 'a cluster of static_resources' })
  }
  for (const [place, { priority }] of (clusters[index]?.loadAssignment?.endpoints ?? []).entries()) {
    if (priority === 0) continue
    const message = 'Local cluster with several priorities'
    const path = ['static_resources', 'clusters', index, 'load_assignment', 'endpoints', place, 'priority']
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path, seen: String(priority), wanted: '0' })
  }
}
