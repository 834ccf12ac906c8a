import { ISTIO_TARGETS, placement, pluginFields } from './istio-plugin.ts'
import { kubernetesObject } from './kubernetes.ts'
import type { Surface } from './surface.ts'

/** `extensions.istio.io/v1alpha1` TrafficExtension, WasmPlugin's successor from Istio 1.30 on. */
export const ISTIO_TRAFFIC_EXTENSION: Surface = {
  name: 'istio-trafficextension',
  description: 'Istio TrafficExtension, from Istio 1.30 on',
  takes: ['namespace', 'phase', 'priority', 'failure', 'selector', 'targets', 'mode', 'ports', 'env', 'pullSecret'],
  modules: ['image', 'http', 'file'],
  targetKinds: ISTIO_TARGETS,
  documents(deployment) {
    const spec = { ...placement(deployment), wasm: pluginFields(this.name, deployment) }
    return [{ value: kubernetesObject('extensions.istio.io/v1alpha1', 'TrafficExtension', deployment, spec) }]
  },
}
