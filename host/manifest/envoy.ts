import type { FilterDeployment } from './deployment.ts'
import { CODE_CLUSTER, codeCluster, gateway } from './envoy-proxy.ts'
import { wasmMessage } from './envoy-plugin.ts'
import type { Surface } from './surface.ts'

/** A whole bootstrap: one listener, the filter before the router, one upstream. */
export const ENVOY: Surface = {
  name: 'envoy',
  description: 'Envoy bootstrap with the filter before one upstream; runs in `sluice run` too',
  takes: ['failure', 'vmId', 'env', 'upstream', 'listenPort'],
  modules: ['file', 'http'],
  targetKinds: {},
  documents(deployment) {
    const filter = { name: deployment.name, typed_config: wasmMessage(deployment, CODE_CLUSTER) }
    return [{ value: gateway(deployment, filter, codeClusters(deployment)) }]
  },
}

function codeClusters({ module }: FilterDeployment): object[] {
  return module.kind === 'http' ? [codeCluster(new URL(module.url))] : []
}
