import type { FilterDeployment, ModuleSource } from './deployment.ts'
import { ISTIO_WASM_PLUGIN } from './istio-wasmplugin.ts'
import { kubernetesObject } from './kubernetes.ts'
import { unsupported, type Surface } from './surface.ts'

const MOUNT = '/filters'
/** The container that the injector completes. */
const PROXY_CONTAINER = { name: 'istio-proxy', image: 'auto' }

/**
 * The kubelet pulls the image, and the proxy reads the module as a file: a patch of a Deployment, and the WasmPlugin
 * that names the file. Needs Kubernetes 1.35, or the feature ImageVolume.
 */
export const K8S_IMAGE_VOLUME: Surface = {
  name: 'k8s-image-volume',
  description: 'Kubernetes image volume in the sidecar of a Deployment, and the WasmPlugin that reads it',
  takes: ['namespace', 'phase', 'priority', 'failure', 'selector', 'targets', 'mode', 'ports', 'env', 'pullSecret'],
  modules: ['image'],
  targetKinds: { deployment: { group: 'apps', kind: 'Deployment' } },
  documents(deployment) {
    const { targets, pullSecret: _pulledByKubelet, ...plugin } = deployment
    const workload = targets?.[0]?.name
    if (workload === undefined) throw unsupported(this.name, 'targets', 'none', '--target deployment/NAME')
    const path = `${MOUNT}/${deployment.name}/plugin.wasm`
    const wasmPlugin = ISTIO_WASM_PLUGIN.documents({ ...plugin, module: { kind: 'file', path } })
    const comment = ` kubectl patch deployment ${workload} --patch-file`
    return [{ comment, value: patchOf(deployment, workload) }, ...wasmPlugin]
  },
}

function patchOf({ name, namespace, module, pullSecret }: FilterDeployment, workload: string): object {
  const mount = { name, mountPath: `${MOUNT}/${name}`, readOnly: true }
  const podSpec = {
    ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
    containers: [{ ...PROXY_CONTAINER, volumeMounts: [mount] }],
    volumes: [{ name, image: { reference: imageOf(module), pullPolicy: 'IfNotPresent' } }],
  }
  const named = { name: workload, ...(namespace === undefined ? {} : { namespace }) }
  return kubernetesObject('apps/v1', 'Deployment', named, { template: { spec: podSpec } })
}

function imageOf(module: ModuleSource): string {
  // Other modules never come here: the surface does not list them.
  const { reference, digest } = module as Extract<ModuleSource, { kind: 'image' }>
  return digest === null ? reference : `${reference}@${digest}`
}
