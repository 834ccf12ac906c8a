import { BOOTSTRAP_FORM, CODE_CLUSTER, codeClusters, gateway } from './envoy-proxy.ts'
import { wasmMessage } from './envoy-plugin.ts'
import type { Surface } from './surface.ts'

/** A whole bootstrap: one listener, the filter before the router, one upstream. */
export const ENVOY: Surface = {
  name: 'envoy',
  description: 'Envoy bootstrap with the filter before one upstream; runs in `sluice run` too',
  ...BOOTSTRAP_FORM,
  documents(deployment) {
    const filter = { name: deployment.name, typed_config: wasmMessage(deployment, CODE_CLUSTER) }
    return [{ value: gateway(deployment, filter, codeClusters(deployment.module)) }]
  },
}
