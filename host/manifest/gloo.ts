import type { FilterDeployment, ModuleSource, MeshPhase } from './deployment.ts'
import { stringValue } from './envoy-plugin.ts'
import { kubernetesObject } from './kubernetes.ts'
import { given, unsupported, type Surface } from './surface.ts'

const GATEWAY = 'gateway-proxy'
const NAMESPACE = 'gloo-system'
const PORT = 8080
const STAGE: Readonly<Record<MeshPhase, object>> = {
  AUTHN: { stage: 'AuthNStage', predicate: 'Before' },
  AUTHZ: { stage: 'AuthZStage', predicate: 'Before' },
  STATS: { stage: 'OutAuthStage', predicate: 'Before' },
}

/** `gateway.solo.io/v1` Gateway of Gloo Edge Enterprise. */
export const GLOO: Surface = {
  name: 'gloo',
  description: 'Gloo Edge Enterprise Gateway',
  takes: ['namespace', 'phase', 'failure', 'targets'],
  modules: ['image', 'file'],
  targetKinds: { gateway: { group: 'gateway.solo.io', kind: 'Gateway' } },
  documents(deployment) {
    if (deployment.failure === 'reload') throw unsupported(this.name, 'failure', 'reload', 'closed or open')
    const name = deployment.targets?.[0]?.name ?? GATEWAY
    const options = { wasm: { filters: [filterOf(deployment)] } }
    const spec = { bindAddress: '::', bindPort: PORT, httpGateway: { options }, proxyNames: [name] }
    const named = { name, namespace: deployment.namespace ?? NAMESPACE }
    return [{ value: kubernetesObject('gateway.solo.io/v1', 'Gateway', named, spec) }]
  },
}

function filterOf({ name, rootId, module, config, failure, phase }: FilterDeployment): object {
  return {
    name,
    rootId,
    ...sourceOf(module),
    ...given('config', stringValue(config)),
    ...given('filterStage', phase && STAGE[phase]),
    ...given('failOpen', failure && failure === 'open'),
  }
}

function sourceOf(module: ModuleSource): object {
  if (module.kind === 'file') return { filePath: module.path }
  // An address never comes here: the surface does not list it.
  const { reference, digest } = module as Extract<ModuleSource, { kind: 'image' }>
  return { image: digest === null ? reference : `${reference}@${digest}` }
}
