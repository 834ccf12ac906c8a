/** Clusters whose requests name their endpoints, with Envoy's defaults. */
import { millisecondsOr } from '../duration.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { OriginalDstConfig } from '../types.ts'
import { buildDiscovery } from './dns.ts'
import { buildHeaderName } from './headers.ts'

const DEFAULT_HEADER = 'x-envoy-original-dst-host'
const DEFAULT_CLEANUP_INTERVAL = 5000

/** Null for other clusters. */
export function buildOriginalDst(cluster: Cluster): OriginalDstConfig | null {
  if (buildDiscovery(cluster) !== 'ORIGINAL_DST') return null
  const options = cluster.lbConfig.case === 'originalDstLbConfig' ? cluster.lbConfig.value : undefined
  const { httpHeaderName = '', upstreamPortOverride } = options ?? {}
  return {
    header: httpHeaderName === '' ? DEFAULT_HEADER : buildHeaderName(httpHeaderName),
    portOverride: upstreamPortOverride ?? null,
    cleanupInterval: millisecondsOr(cluster.cleanupInterval, DEFAULT_CLEANUP_INTERVAL),
  }
}
