import { WASM_TYPE, wasmMessage } from './envoy-plugin.ts'
import { BOOTSTRAP_FORM, CODE_CLUSTER, codeClusters, gateway } from './envoy-proxy.ts'
import type { Surface } from './surface.ts'

const RESOURCE_TYPE = 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig'
/** Where the second document is expected. */
const FOLDER = '/etc/envoy/filters'

/** The filter as a file of its own, which Envoy watches: moving a new one over it changes the filter while Envoy runs. */
export const ENVOY_ECDS: Surface = {
  name: 'envoy-ecds',
  description: 'Envoy bootstrap that reads the filter from a watched file, and that file',
  ...BOOTSTRAP_FORM,
  documents(deployment) {
    const { name, module } = deployment
    const path = `${FOLDER}/${name}.yaml`
    const source = { path_config_source: { path, watched_directory: { path: FOLDER } } }
    const filter = { name, config_discovery: { config_source: source, type_urls: [WASM_TYPE] } }
    const resource = { '@type': RESOURCE_TYPE, name, typed_config: wasmMessage(deployment, CODE_CLUSTER) }
    return [
      { comment: ' The bootstrap.', value: gateway(deployment, filter, codeClusters(module)) },
      { comment: ` ${path}`, value: { resources: [resource] } },
    ]
  },
}
