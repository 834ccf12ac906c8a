/** Routes with everything that their requests and responses need, compiled once (source/common/router/config_impl.cc). */
import type { MatchedRoute } from '../chain/terminal.ts'
import type {
  ClusterTarget,
  HeaderMutations,
  MirrorConfig,
  RouteAction,
  RouteConfig,
  RouteTableConfig,
  VirtualHostConfig,
  WeightedClusterConfig,
} from '../config/types.ts'
import { type BodyFormat, compileBody } from './format/body.ts'
import { HashPolicies } from './hash-policy.ts'
import { changesAnything, type CompiledMutations, compileMutations } from './header-mutations.ts'
import { compileHostRewrite, type HostRewrite } from './host-rewrite.ts'
import { compilePathRewrite, type PathRewrite } from './path-rewrite.ts'

/** A route as one request meets it: one per cluster where several share it. */
export interface CompiledRoute extends MatchedRoute {
  readonly table: RouteTableConfig
  readonly virtualHost: VirtualHostConfig
  readonly route: RouteConfig
  /** Of the weighted cluster, the route, its virtual host and the table, in this order; empty ones left out. */
  readonly mutations: readonly CompiledMutations[]
  /** True when some of them change the response. */
  readonly changesResponse: boolean
  /** Null = the request is not forwarded. */
  readonly cluster: ClusterTarget | null
  /** Host that the weighted cluster wants, before the route's own rewrite; '' = keep. */
  readonly clusterHost: string
  /** Null = keep, or known only when an endpoint is chosen. */
  readonly hostRewrite: HostRewrite | null
  readonly appendsForwardedHost: boolean
  /** Also of a redirect; null = keep. */
  readonly pathRewrite: PathRewrite | null
  /** Of a direct response; null = as it is. */
  readonly bodyFormat: BodyFormat | null
}

/** One, or one per weighted cluster in their order. */
export function compileTargets(table: RouteTableConfig, virtualHost: VirtualHostConfig, route: RouteConfig): CompiledRoute[] {
  const { action } = route
  const path = action.kind === 'cluster' ? action.pathRewrite : action.kind === 'redirect' ? action.path : null
  const format = action.kind === 'direct_response' ? action.format : null
  const hashed = action.kind === 'cluster' ? action.hashPolicies : []
  const hashPolicies = hashed.length === 0 ? null : new HashPolicies(hashed)
  const mirrors = mirrorsOf(action, virtualHost, table)
  const target = (cluster: ClusterTarget | null, own: WeightedClusterConfig | null): CompiledRoute => {
    const mutations = compileLevels(own === null ? null : own.headers, route, virtualHost, table)
    return {
      table,
      virtualHost,
      route,
      mutations,
      changesResponse: mutations.some(({ response }) => changesAnything(response)),
      cluster,
      hashPolicies,
      metadataMatch: own === null ? (action.kind === 'cluster' ? action.metadataMatch : null) : own.metadataMatch,
      mirrors: mirrors.length === 0 ? null : mirrors,
      clusterHost: own === null ? '' : (own.hostRewrite ?? ''),
      hostRewrite: hostRewriteOf(action),
      appendsForwardedHost: action.kind === 'cluster' && action.appendsForwardedHost,
      pathRewrite: path === null ? null : compilePathRewrite(path, route.match),
      bodyFormat: format === null ? null : compileBody(format, 'body_format'),
    }
  }
  if (action.kind !== 'cluster') return [target(null, null)]
  if (action.cluster.kind !== 'weighted') return [target(action.cluster, null)]
  return action.cluster.clusters.map((weighted) => target(weighted.cluster, weighted))
}

/** Those of the route alone, or of its virtual host alone, or of the table. */
function mirrorsOf(action: RouteAction, virtualHost: VirtualHostConfig, table: RouteTableConfig): readonly MirrorConfig[] {
  if (action.kind !== 'cluster') return []
  if (action.mirrors.length > 0) return action.mirrors
  return virtualHost.mirrors.length > 0 ? virtualHost.mirrors : table.mirrors
}

/** Header changes in the order in which they are made: the last one wins. */
function compileLevels(
  own: HeaderMutations | null,
  route: RouteConfig,
  virtualHost: VirtualHostConfig,
  table: RouteTableConfig,
): CompiledMutations[] {
  const levels = [route.headers, virtualHost.headers, table.headers]
  const sets = [...(own === null ? [] : [own]), ...(table.mostSpecificWins ? levels.toReversed() : levels)]
  return sets.map(compileMutations).filter((one) => one !== null)
}

function hostRewriteOf(action: RouteAction): HostRewrite | null {
  return action.kind === 'cluster' && action.hostRewrite !== null ? compileHostRewrite(action.hostRewrite) : null
}
