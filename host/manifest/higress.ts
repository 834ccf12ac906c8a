import { pluginFields, placement } from './istio-plugin.ts'
import { kubernetesObject } from './kubernetes.ts'
import { unsupported, type Surface } from './surface.ts'

/** The controller reads plugins of its own namespace only. */
const NAMESPACE = 'higress-system'

/**
 * `extensions.higress.io/v1alpha1` WasmPlugin. Without `matchRules` the filter gets `defaultConfig` as it is; rules per
 * route are a thing of Higress's own SDKs, which find them in the configuration.
 */
export const HIGRESS: Surface = {
  name: 'higress',
  description: 'Higress WasmPlugin',
  takes: ['namespace', 'phase', 'priority', 'failure', 'selector', 'env', 'pullSecret'],
  modules: ['image', 'http', 'file'],
  targetKinds: {},
  documents(deployment) {
    if (deployment.failure === 'reload') throw unsupported(this.name, 'failure', 'reload', 'closed or open')
    const spec = { ...placement(deployment), ...pluginFields(this.name, deployment, 'defaultConfig') }
    const named = { name: deployment.name, namespace: deployment.namespace ?? NAMESPACE }
    return [{ value: kubernetesObject('extensions.higress.io/v1alpha1', 'WasmPlugin', named, spec) }]
  },
}
