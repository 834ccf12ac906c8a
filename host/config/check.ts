/**
 * Judges messages, not texts: static configuration and resources of a control plane pass the same checks. Every fault
 * is collected with its path; nothing is thrown.
 */
import type { Fault } from './fault.ts'
import type { ConfigPath } from './path.ts'
import type { Bootstrap } from './gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import { BootstrapSchema } from './gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import type { Cluster } from './gen/envoy/config/cluster/v3/cluster_pb.ts'
import { ClusterSchema } from './gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { Listener } from './gen/envoy/config/listener/v3/listener_pb.ts'
import { ListenerSchema } from './gen/envoy/config/listener/v3/listener_pb.ts'
import { WasmServiceSchema } from './gen/envoy/extensions/wasm/v3/wasm_pb.ts'
import { unpackAs } from './any.ts'
import { buildAddress } from './build/address.ts'
import { checkAddress } from './check/address.ts'
import { judgeCluster } from './check/cluster.ts'
import { judgeOverload } from './check/overload.ts'
import { judgeLocalCluster } from './check/local-cluster.ts'
import { checkUnique } from './check/unique.ts'
import { judgeListener } from './check/listener.ts'
import { checkMessage } from './check/walk.ts'
import { judgePlugin } from './check/wasm.ts'

/** Faults of a whole bootstrap. */
export function checkBootstrap(bootstrap: Bootstrap): Fault[] {
  const faults: Fault[] = []
  checkMessage(BootstrapSchema, bootstrap, [], faults)
  const { listeners = [], clusters = [], secrets = [] } = bootstrap.staticResources ?? {}
  const clusterNames = new Set(clusters.map((cluster) => cluster.name))
  const root: ConfigPath = ['static_resources']
  for (const [i, listener] of listeners.entries()) judgeListener(listener, [...root, 'listeners', i], clusterNames, faults)
  for (const [i, cluster] of clusters.entries()) judgeCluster(cluster, [...root, 'clusters', i], faults)
  judgeLocalCluster(bootstrap, faults)
  judgeServices(bootstrap, clusterNames, faults)
  if (bootstrap.overloadManager !== undefined) judgeOverload(bootstrap.overloadManager, ['overload_manager'], faults)
  checkUnique(
    'listener',
    listeners.map((listener) => listener.name),
    [...root, 'listeners'],
    ['name'],
    faults,
  )
  checkUnique(
    'cluster',
    clusters.map((cluster) => cluster.name),
    [...root, 'clusters'],
    ['name'],
    faults,
  )
  for (const kind of ['tlsCertificate', 'validationContext'] as const) {
    const names = secrets.map(({ name, type }) => (type.case === kind ? name : ''))
    checkUnique('secret of this kind', names, [...root, 'secrets'], ['name'], faults)
  }
  checkUnique('listener address', listeners.map(addressText), [...root, 'listeners'], ['address'], faults)
  if (bootstrap.admin?.address !== undefined) checkAddress(bootstrap.admin.address, ['admin', 'address'], faults)
  return faults
}

function judgeServices(bootstrap: Bootstrap, clusters: ReadonlySet<string>, faults: Fault[]): void {
  for (const [index, extension] of bootstrap.bootstrapExtensions.entries()) {
    const service = unpackAs(extension.typedConfig, WasmServiceSchema)
    const path = ['bootstrap_extensions', index, 'typed_config', 'config']
    if (service !== null) judgePlugin(service.config, path, clusters, faults)
  }
}

/** Faults of one listener; `clusters` null leaves out whether routes lead to a known cluster. */
export function checkListener(listener: Listener, clusters: ReadonlySet<string> | null): Fault[] {
  const faults: Fault[] = []
  checkMessage(ListenerSchema, listener, [], faults)
  judgeListener(listener, [], clusters, faults)
  return faults
}

/** Faults of one cluster. */
export function checkCluster(cluster: Cluster): Fault[] {
  const faults: Fault[] = []
  checkMessage(ClusterSchema, cluster, [], faults)
  judgeCluster(cluster, [], faults)
  return faults
}

/** Empty for an address that any number of listeners may have: port 0 means a different port each time. */
function addressText(listener: Listener): string {
  const { host, port } = buildAddress(listener.address)
  if (host.includes('/')) return host
  return port === 0 ? '' : `${host} port ${port}`
}
