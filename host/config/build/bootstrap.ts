/** The whole configuration of a host. */
import type { Bootstrap } from '../gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import { WasmServiceSchema } from '../gen/envoy/extensions/wasm/v3/wasm_pb.ts'
import { unpackAs } from '../any.ts'
import type { BootstrapConfig, NodeConfig, WasmServiceConfig } from '../types.ts'
import { buildAddress } from './address.ts'
import { buildCluster } from './cluster.ts'
import type { BuildContext } from './context.ts'
import { buildListener } from './listener.ts'
import { buildMetadata, buildNode } from './metadata.ts'
import { buildOverload } from './overload.ts'
import { buildPlugin, type PluginScope } from './plugin.ts'
import { buildStats } from './stats.ts'

/** Around plugins that belong to no listener. */
const NO_LISTENER: PluginScope = { direction: 0, metadata: buildMetadata(undefined) }

/** A checked bootstrap; faults about files are left in `context`. */
export function buildBootstrap(bootstrap: Bootstrap, context: BuildContext): BootstrapConfig {
  const { listeners = [], clusters = [] } = bootstrap.staticResources ?? {}
  const admin = bootstrap.admin?.address
  const node = buildNode(bootstrap.node, bootstrap.clusterManager?.localClusterName ?? '')
  const resources = {
    listeners: listeners.map((listener, index) => buildListener(listener, ['static_resources', 'listeners', index], context)),
    clusters: clusters.map((cluster, index) => buildCluster(cluster, ['static_resources', 'clusters', index], context)),
  }
  judgeNode(node, context)
  return {
    node,
    admin: admin === undefined ? null : { address: buildAddress(admin) },
    ...resources,
    secrets: context.secretSources,
    stats: buildStats(bootstrap.statsConfig, context),
    services: buildServices(bootstrap, context),
    overload: buildOverload(bootstrap.overloadManager),
    dispatcherStats: bootstrap.enableDispatcherStats,
  }
}

/** Sources of secrets are told who asks. */
function judgeNode({ id, cluster }: NodeConfig, { secretSources, faults }: BuildContext): void {
  if (secretSources.length === 0 || (id !== '' && cluster !== '')) return
  const message = "node 'id' and 'cluster' are required where secrets have an sds_config"
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: ['node'], wanted: 'id and cluster' })
}

function buildServices(bootstrap: Bootstrap, context: BuildContext): WasmServiceConfig[] {
  return bootstrap.bootstrapExtensions.flatMap((extension, index) => {
    const service = unpackAs(extension.typedConfig, WasmServiceSchema)
    if (service?.config === undefined) return []
    const path = ['bootstrap_extensions', index, 'typed_config', 'config']
    return [{ plugin: buildPlugin(service.config, NO_LISTENER, path, context), singleton: service.singleton }]
  })
}
