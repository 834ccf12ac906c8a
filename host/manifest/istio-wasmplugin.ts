import { ISTIO_TARGETS, placement, pluginFields } from './istio-plugin.ts'
import { kubernetesObject } from './kubernetes.ts'
import type { Surface } from './surface.ts'

/** `extensions.istio.io/v1alpha1` WasmPlugin. */
export const ISTIO_WASM_PLUGIN: Surface = {
  name: 'istio-wasmplugin',
  description: 'Istio WasmPlugin',
  takes: ['namespace', 'phase', 'priority', 'failure', 'selector', 'targets', 'mode', 'ports', 'env', 'pullSecret'],
  modules: ['image', 'http', 'file'],
  targetKinds: ISTIO_TARGETS,
  documents(deployment) {
    const spec = { ...placement(deployment), ...pluginFields(this.name, deployment) }
    return [{ value: kubernetesObject('extensions.istio.io/v1alpha1', 'WasmPlugin', deployment, spec) }]
  },
}
