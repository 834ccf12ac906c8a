import type { FilterDeployment, TrafficMode } from './deployment.ts'
import { WASM_TYPE, wasmMessage } from './envoy-plugin.ts'
import { kubernetesObject } from './kubernetes.ts'
import { given, unsupported, type Surface } from './surface.ts'

const RBAC_TYPE = 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC'
const MANAGER = 'envoy.filters.network.http_connection_manager'
const ROUTER = 'envoy.filters.http.router'
/** The agent fetches by itself: the name is never looked up. */
const NO_CLUSTER = '_'
/** Behind the patches of those who say nothing: a filter goes before a router that is there already. */
const PRIORITY = 10
const CONTEXT: Readonly<Record<TrafficMode, string>> = {
  server: 'SIDECAR_INBOUND',
  client: 'SIDECAR_OUTBOUND',
  gateway: 'GATEWAY',
}

/**
 * EnvoyFilter in two steps: the filter's message as a resource of its own, and a filter that asks for it. Only on this
 * way the agent fetches images; it puts an RBAC filter in the place of one that cannot be fetched.
 */
export const ISTIO_ENVOY_FILTER: Surface = {
  name: 'istio-envoyfilter',
  description: 'Istio EnvoyFilter, for what WasmPlugin cannot say: vm_id, configuration that is no object',
  takes: ['namespace', 'priority', 'failure', 'selector', 'mode', 'ports', 'vmId', 'env'],
  modules: ['image', 'http', 'file'],
  targetKinds: {},
  documents(deployment) {
    const { module, selector, priority = PRIORITY } = deployment
    if (module.kind === 'image' && module.digest === null)
      throw unsupported(this.name, 'image', 'no digest', 'an image by digest', 'add --pin')
    const spec = {
      ...given('workloadSelector', selector && { labels: selector }),
      priority,
      configPatches: [resourcePatch(deployment), ...filterPatches(deployment)],
    }
    return [{ value: kubernetesObject('networking.istio.io/v1alpha3', 'EnvoyFilter', deployment, spec) }]
  },
}

function resourcePatch(deployment: FilterDeployment): object {
  const value = { name: resourceName(deployment), typed_config: wasmMessage(deployment, NO_CLUSTER) }
  return { applyTo: 'EXTENSION_CONFIG', match: contextOf(deployment), patch: { operation: 'ADD', value } }
}

function filterPatches(deployment: FilterDeployment): object[] {
  const ports: readonly (number | undefined)[] = deployment.ports ?? [undefined]
  const discovery = { config_source: { ads: {}, initial_fetch_timeout: '0s' }, type_urls: [WASM_TYPE, RBAC_TYPE] }
  const value = { name: resourceName(deployment), config_discovery: discovery }
  return ports.map((port) => ({
    applyTo: 'HTTP_FILTER',
    match: {
      ...contextOf(deployment),
      listener: { ...given('portNumber', port), filterChain: { filter: { name: MANAGER, subFilter: { name: ROUTER } } } },
    },
    patch: { operation: 'INSERT_BEFORE', value },
  }))
}

function contextOf({ mode = 'server' }: FilterDeployment): object {
  return { context: CONTEXT[mode] }
}

/** Both patches meet by it; unlike a filter's name it must be unique in the proxy. */
function resourceName({ namespace, name }: FilterDeployment): string {
  return namespace === undefined ? name : `${namespace}.${name}`
}
