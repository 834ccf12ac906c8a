import type { EnvVariable, FilterDeployment, ModuleSource } from './deployment.ts'
import { kubernetesObject } from './kubernetes.ts'
import { given, hexOf, targetRef, unsupported, type Surface, type TargetKind } from './surface.ts'

const GROUP = 'gateway.networking.k8s.io'
const TARGETS: Readonly<Record<string, TargetKind>> = {
  gateway: { group: GROUP, kind: 'Gateway' },
  httproute: { group: GROUP, kind: 'HTTPRoute' },
  grpcroute: { group: GROUP, kind: 'GRPCRoute' },
}

/** `gateway.envoyproxy.io/v1alpha1` EnvoyExtensionPolicy. */
export const ENVOY_GATEWAY: Surface = {
  name: 'envoy-gateway',
  description: 'Envoy Gateway EnvoyExtensionPolicy',
  takes: ['namespace', 'failure', 'targets', 'env', 'pullSecret'],
  modules: ['image', 'http'],
  targetKinds: TARGETS,
  documents(deployment) {
    const { targets } = deployment
    if (targets === undefined)
      throw unsupported(this.name, 'targets', 'none', `--target ${Object.keys(TARGETS).join('/NAME, ')}/NAME`)
    if (deployment.failure === 'reload') throw unsupported(this.name, 'failure', 'reload', 'closed or open')
    const spec = { targetRefs: targets.map((target) => targetRef(target, TARGETS)), wasm: [wasmEntry(this.name, deployment)] }
    return [{ value: kubernetesObject('gateway.envoyproxy.io/v1alpha1', 'EnvoyExtensionPolicy', deployment, spec) }]
  },
}

function wasmEntry(surface: string, { name, rootId, module, config, failure, env, pullSecret }: FilterDeployment): object {
  return {
    name,
    rootID: rootId,
    code: codeOf(module, pullSecret),
    ...given('config', config),
    ...given('failOpen', failure && failure === 'open'),
    ...given('env', env && { hostKeys: hostKeys(surface, env) }),
  }
}

function codeOf(module: ModuleSource, pullSecret: string | undefined): object {
  if (module.kind === 'http') return { type: 'HTTP', http: { url: module.url, sha256: module.sha256 } }
  // A file never comes here: the surface does not list it.
  const { reference, digest } = module as Extract<ModuleSource, { kind: 'image' }>
  const image = {
    url: reference,
    ...given('sha256', digest && hexOf(digest)),
    ...given('pullSecretRef', pullSecret && { name: pullSecret }),
  }
  return { type: 'Image', image }
}

function hostKeys(surface: string, variables: readonly EnvVariable[]): string[] {
  const inline = variables.find(({ value }) => value !== null)
  if (inline === undefined) return variables.map(({ name }) => name)
  throw unsupported(surface, `env.${inline.name}`, 'a value', "variables of the proxy's own environment: --env NAME")
}
