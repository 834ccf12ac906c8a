/** Route configurations for tests: everything that a test does not name is empty. */
import type {
  RouteAction,
  RouteConfig,
  RouteMatchConfig,
  RouteTableConfig,
  VirtualHostConfig,
} from '../../../host/config/types.ts'
import {
  ANY_REQUEST,
  forwardTo,
  NO_METADATA,
  NO_MUTATIONS,
  NO_ROUTES,
  plainHost,
  plainRoute,
} from '../../../host/route/plain-route.ts'

export { NO_METADATA, NO_MUTATIONS }

type ClusterAction = Extract<RouteAction, { kind: 'cluster' }>

export function clusterAction(cluster: string, more: Partial<ClusterAction> = {}): ClusterAction {
  return { ...forwardTo(cluster, 15_000), ...more }
}

export function matchConfig(more: Partial<RouteMatchConfig> = {}): RouteMatchConfig {
  return { ...ANY_REQUEST, ...more }
}

/** A route by prefix to the cluster `up`, named after its prefix. */
export function routeConfig(prefix: string, more: Partial<RouteConfig> = {}): RouteConfig {
  const match = matchConfig({ path: { kind: 'prefix', value: prefix } })
  return { ...plainRoute(clusterAction('up')), name: `route ${prefix}`, match, ...more }
}

export function hostConfig(domains: string[], routes: RouteConfig[], more: Partial<VirtualHostConfig> = {}): VirtualHostConfig {
  return { ...plainHost(routes), name: domains.join(), domains, ...more }
}

/** A table with one virtual host for every name. */
export function tableConfig(routes: RouteConfig[], more: Partial<RouteTableConfig> = {}): RouteTableConfig {
  return { ...NO_ROUTES, name: 'table', virtualHosts: [hostConfig(['*'], routes)], ...more }
}
