/** Route configurations for tests: everything that a test does not name is empty. */
import type {
  HeaderMutations,
  MetadataConfig,
  RouteAction,
  RouteConfig,
  RouteTableConfig,
  VirtualHostConfig,
} from '../../../host/config/types.ts'

export const NO_METADATA: MetadataConfig = { message: new Uint8Array(), json: {} }
export const NO_MUTATIONS: HeaderMutations = { requestAdd: [], requestRemove: [], responseAdd: [], responseRemove: [] }

type ClusterAction = Extract<RouteAction, { kind: 'cluster' }>

export function clusterAction(cluster: string, more: Partial<ClusterAction> = {}): ClusterAction {
  return {
    kind: 'cluster',
    cluster: { kind: 'name', name: cluster },
    timeout: 15_000,
    idleTimeout: null,
    prefixRewrite: null,
    hostRewrite: null,
    upgrades: new Map(),
    ...more,
  }
}

/** A route by prefix to the cluster `up`, named after its prefix. */
export function routeConfig(prefix: string, more: Partial<RouteConfig> = {}): RouteConfig {
  return {
    name: `route ${prefix}`,
    match: { path: { kind: 'prefix', value: prefix }, caseSensitive: true, headers: [], queryParameters: [] },
    action: clusterAction('up'),
    headers: NO_MUTATIONS,
    metadata: NO_METADATA,
    ...more,
  }
}

export function hostConfig(domains: string[], routes: RouteConfig[], more: Partial<VirtualHostConfig> = {}): VirtualHostConfig {
  return { name: domains.join(), domains, routes, headers: NO_MUTATIONS, metadata: NO_METADATA, ...more }
}

/** A table with one virtual host for every name. */
export function tableConfig(routes: RouteConfig[], more: Partial<RouteTableConfig> = {}): RouteTableConfig {
  return { name: 'table', virtualHosts: [hostConfig(['*'], routes)], headers: NO_MUTATIONS, ...more }
}
