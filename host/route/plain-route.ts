/** Routes that say nothing but where to: for requests that no listener has taken, and as the base of others. */
import type {
  FilterSwitches,
  HeaderMutations,
  MetadataConfig,
  RouteAction,
  RouteConfig,
  RouteMatchConfig,
  RouteTableConfig,
  VirtualHostConfig,
} from '../config/types.ts'

export const NO_METADATA: MetadataConfig = { message: new Uint8Array(0), json: {} }
export const NO_MUTATIONS: HeaderMutations = { requestAdd: [], requestRemove: [], responseAdd: [], responseRemove: [] }
export const NO_SWITCHES: FilterSwitches = new Map()

/** Takes every request. */
export const ANY_REQUEST: RouteMatchConfig = {
  path: { kind: 'prefix', value: '/' },
  caseSensitive: true,
  headers: [],
  queryParameters: [],
  grpcOnly: false,
  fraction: 1,
  certificate: null,
}

/** A route table without a route. */
export const NO_ROUTES: RouteTableConfig = {
  name: '',
  ignoresPort: false,
  ignoresPathParameters: false,
  hostHeader: '',
  mostSpecificWins: false,
  filters: NO_SWITCHES,
  virtualHosts: [],
  mirrors: [],
  headers: NO_MUTATIONS,
}

/** Forwards to a cluster and changes nothing; `timeout` in milliseconds, 0 = none. */
export function forwardTo(cluster: string, timeout: number): Extract<RouteAction, { kind: 'cluster' }> {
  return {
    kind: 'cluster',
    cluster: { kind: 'name', name: cluster },
    timeout,
    idleTimeout: null,
    pathRewrite: null,
    hostRewrite: null,
    appendsForwardedHost: false,
    retry: null,
    hedges: null,
    isHighPriority: false,
    mirrors: [],
    redirects: null,
    notFoundStatus: 503,
    duration: null,
    hashPolicies: [],
    metadataMatch: null,
    upgrades: new Map(),
  }
}

export function plainRoute(action: RouteAction): RouteConfig {
  return {
    name: '',
    match: ANY_REQUEST,
    action,
    keepLimit: null,
    headers: NO_MUTATIONS,
    metadata: NO_METADATA,
    filters: NO_SWITCHES,
  }
}

export function plainHost(routes: readonly RouteConfig[]): VirtualHostConfig {
  return {
    name: '',
    domains: ['*'],
    routes,
    headers: NO_MUTATIONS,
    metadata: NO_METADATA,
    requireTls: 'NONE',
    filters: NO_SWITCHES,
    retry: null,
    hedges: false,
    mirrors: [],
    keepLimit: null,
    countsInRequest: false,
    countsInResponse: false,
    tellsTimeoutRetry: false,
  }
}
