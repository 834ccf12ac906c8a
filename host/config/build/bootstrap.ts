/** The whole configuration of a host. */
import type { Bootstrap } from '../gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import type { BootstrapConfig } from '../types.ts'
import { buildAddress } from './address.ts'
import { buildCluster } from './cluster.ts'
import type { BuildContext } from './context.ts'
import { buildListener } from './listener.ts'
import { buildNode } from './metadata.ts'
import { buildStats } from './stats.ts'

/** A checked bootstrap; faults about files are left in `context`. */
export function buildBootstrap(bootstrap: Bootstrap, context: BuildContext): BootstrapConfig {
  const { listeners = [], clusters = [] } = bootstrap.staticResources ?? {}
  const admin = bootstrap.admin?.address
  return {
    node: buildNode(bootstrap.node),
    admin: admin === undefined ? null : { address: buildAddress(admin) },
    listeners: listeners.map((listener, index) => buildListener(listener, ['static_resources', 'listeners', index], context)),
    clusters: clusters.map(buildCluster),
    stats: buildStats(bootstrap.statsConfig, context),
  }
}
