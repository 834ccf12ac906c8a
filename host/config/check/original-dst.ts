/** Rules of clusters whose requests name their endpoints. */
import { choosePolicy } from '../build/balancing-policy.ts'
import { buildDiscovery } from '../build/dns.ts'
import type { Fault } from '../fault.ts'
import { CONFIG_PAGE } from '../fault.ts'
import { Cluster_LbPolicy, Cluster_LbPolicySchema } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { ClusterProvidedSchema } from '../gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb.ts'
import type { ConfigPath } from '../path.ts'

const UNHEEDED = 'Requests go to the endpoint that they name, whatever its health'

/** Adds what is wrong with such a cluster, or with one that has something of it. */
export function judgeOriginalDst(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  const isOriginal = buildDiscovery(cluster) === 'ORIGINAL_DST'
  const refuse = (field: string, message: string, wanted: string, seen: string): void =>
    void faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...path, field], seen, wanted, next: CONFIG_PAGE })
  const typed = cluster.loadBalancingPolicy === undefined ? null : providesItself(cluster)
  if (typed !== null && typed !== isOriginal)
    refuse(
      'load_balancing_policy',
      'Does not belong to the type of the cluster',
      isOriginal ? 'ClusterProvided' : 'another one',
      '',
    )
  // As in Envoy, the field has to say it even where it does not count.
  const isNamed = cluster.lbPolicy === Cluster_LbPolicy.CLUSTER_PROVIDED
  if (isOriginal !== isNamed && (isOriginal || typed === null)) {
    const wanted = isOriginal ? 'CLUSTER_PROVIDED' : 'another policy, or type: ORIGINAL_DST'
    refuse('lb_policy', 'Does not belong to the type of the cluster', wanted, nameOf(cluster.lbPolicy))
  }
  if (!isOriginal) return
  const options = cluster.lbConfig.case === 'originalDstLbConfig' ? cluster.lbConfig.value : undefined
  if (options?.useHttpHeader !== true) {
    const message = 'What a client connected to before it was sent here cannot be known'
    refuse('original_dst_lb_config', message, 'use_http_header: true', 'false')
  }
  if (cluster.loadAssignment !== undefined)
    refuse('load_assignment', 'ORIGINAL_DST clusters must have no load assignment configured', 'nothing', 'endpoints')
  if (cluster.lbSubsetConfig !== undefined)
    refuse('lb_subset_config', 'Groups of endpoints that nobody lists', 'nothing', 'groups')
  // What is known of endpoints takes room of the process for good, and clients would choose how much.
  if (cluster.healthChecks.length > 0) refuse('health_checks', UNHEEDED, 'nothing', 'health checks')
  if (cluster.outlierDetection !== undefined) refuse('outlier_detection', UNHEEDED, 'nothing', 'outlier detection')
}

/** True when the load balancer that counts is that of the cluster's type. */
function providesItself({ loadBalancingPolicy }: Cluster): boolean {
  return choosePolicy(loadBalancingPolicy)?.message.$typeName === ClusterProvidedSchema.typeName
}

function nameOf(policy: Cluster_LbPolicy): string {
  return Cluster_LbPolicySchema.value[policy]?.name ?? String(policy)
}
