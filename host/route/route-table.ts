/**
 * A route configuration, compiled once to forms that are cheap to match (hot: one match per request). Virtual hosts:
 * exact name, then the longest `*suffix`, then the longest `prefix*`, then `*`; routes of a host in order
 * (source/common/router/config_impl.cc).
 */
import type {
  ClusterTarget,
  HeaderMutations,
  PathMatchConfig,
  RouteAction,
  RouteConfig,
  RouteTableConfig,
  VirtualHostConfig,
  WeightedClusterConfig,
  WeightedClusters,
} from '../config/types.ts'
import type { MatchedRoute } from '../chain/terminal.ts'
import { isGrpcRequest } from '../hostcalls/grpc-status.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { LinearRegex } from '../util/linear-regex.ts'
import { withoutPort } from './authority.ts'
import { chooseWeighted } from './cluster-choice.ts'
import { changesAnything, compileMutations } from './header-mutations.ts'
import type { CompiledMutations } from './header-mutations.ts'
import { type BodyFormat, compileBody } from './format/body.ts'
import { compileHostRewrite, type HostRewrite } from './host-rewrite.ts'
import { compilePathRewrite, type PathRewrite } from './path-rewrite.ts'
import { NO_MUTATIONS, NO_ROUTES, plainRoute } from './plain-route.ts'
import { compileHeaderMatcher, compileQueryMatcher, queryValue } from './value-matcher.ts'
import type { HeaderTest, QueryTest } from './value-matcher.ts'

/** A route with everything that its request and response need, ready to use; one per cluster where several share it. */
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

/** What a match needs of a stream beside its headers. */
export interface MatchedStream {
  /** In [0, 1), the same at each call: the stream's luck decides alike for all routes and clusters. */
  luck(): number
}

/** Where requests are sent that must come over TLS. */
const TO_TLS: RouteAction = {
  kind: 'redirect',
  status: 301,
  scheme: 'https',
  host: '',
  port: 0,
  keepsPort: true,
  path: null,
  stripQuery: false,
}

interface Candidate {
  /** One, or one per weighted cluster. */
  readonly targets: readonly CompiledRoute[]
  readonly weighted: WeightedClusters | null
  readonly kind: PathMatchConfig['kind']
  /** Lower-case unless the route is case-sensitive; '' where an expression decides. */
  readonly path: string
  readonly regex: LinearRegex | null
  readonly ignoresCase: boolean
  readonly headers: readonly HeaderTest[]
  readonly query: readonly QueryTest[]
  readonly grpcOnly: boolean
  readonly fraction: number
}

/** A virtual host: its routes, and where it sends requests that came without TLS; null = nowhere. */
interface Host {
  readonly routes: readonly Candidate[]
  readonly toTls: CompiledRoute | null
  readonly isTlsForExternalsOnly: boolean
}

interface Wildcard {
  readonly text: string
  readonly host: Host
}

export class RouteTable {
  readonly config: RouteTableConfig
  /** Some route, virtual host or the table itself changes response headers. */
  readonly changesResponses: boolean
  /** Some of them say which filters run. */
  readonly switchesFilters: boolean
  readonly #exact = new Map<string, Host>()
  /** Longest first. */
  readonly #suffixes: Wildcard[] = []
  readonly #prefixes: Wildcard[] = []
  #any: Host | null = null
  /** Every host leads to `#any`. */
  readonly #anyOnly: boolean

  constructor(config: RouteTableConfig) {
    this.config = config
    let changesResponses = false
    for (const host of config.virtualHosts) {
      const compiled = compileHost(config, host)
      changesResponses ||= compiled.routes.some(({ targets }) => targets.some((target) => target.changesResponse))
      for (const domain of host.domains) this.#addDomain(domain, compiled)
    }
    this.changesResponses = changesResponses
    this.switchesFilters = switchesFilters(config)
    this.#suffixes.sort((a, b) => b.text.length - a.text.length)
    this.#prefixes.sort((a, b) => b.text.length - a.text.length)
    this.#anyOnly = this.#exact.size === 0 && this.#suffixes.length === 0 && this.#prefixes.length === 0
  }

  /** The first route that fits the request as it is now, or null; like Envoy, null as well without x-forwarded-proto. */
  match(headers: HeaderMap, stream: MatchedStream): CompiledRoute | null {
    const target = headers.get(':path')
    const scheme = headers.get('x-forwarded-proto')
    if (target === null || scheme === null) return null
    const host = this.#anyOnly ? this.#any : this.#hostOf(headers)
    if (host === null) return null
    if (host.toTls !== null && scheme !== 'https' && !isExempt(host, headers)) return host.toTls
    const { routes } = host
    const mark = target.indexOf('?')
    const path = this.#pathOf(target, mark)
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i]!
      if (!matchesPath(route, path)) continue
      if (matchesHeaders(route, headers) && matchesQuery(route, target, mark) && matchesRest(route, headers, stream)) {
        return targetOf(route, headers, stream)
      }
    }
    return null
  }

  /** What paths are compared with: without query and, where the table says so, without the parameters of segments. */
  #pathOf(target: string, mark: number): string {
    const path = mark < 0 ? target : target.slice(0, mark)
    return this.config.ignoresPathParameters ? withoutParameters(path) : path
  }

  #addDomain(domain: string, host: Host): void {
    if (domain === '*') this.#any = host
    else if (domain.startsWith('*')) this.#suffixes.push({ text: domain.slice(1), host })
    else if (domain.endsWith('*')) this.#prefixes.push({ text: domain.slice(0, -1), host })
    else this.#exact.set(domain, host)
  }

  #hostOf(headers: HeaderMap): Host | null {
    const { hostHeader, ignoresPort } = this.config
    const authority = headers.get(hostHeader === '' ? ':authority' : hostHeader)
    if (authority === null) return hostHeader === '' ? this.#any : null
    return this.#find((ignoresPort ? withoutPort(authority) : authority).toLowerCase())
  }

  /** A wildcard stands for at least one byte. */
  #find(name: string): Host | null {
    const exact = this.#exact.get(name)
    if (exact !== undefined) return exact
    for (let i = 0; i < this.#suffixes.length; i++) {
      const { text, host } = this.#suffixes[i]!
      if (name.length > text.length && name.endsWith(text)) return host
    }
    for (let i = 0; i < this.#prefixes.length; i++) {
      const { text, host } = this.#prefixes[i]!
      if (name.length > text.length && name.startsWith(text)) return host
    }
    return this.#any
  }
}

function switchesFilters({ filters, virtualHosts }: RouteTableConfig): boolean {
  return (
    filters.size > 0 || virtualHosts.some((host) => host.filters.size > 0 || host.routes.some((route) => route.filters.size > 0))
  )
}

function compileHost(table: RouteTableConfig, virtualHost: VirtualHostConfig): Host {
  const { requireTls, routes } = virtualHost
  return {
    routes: routes.map((route) => compileRoute(table, virtualHost, route)),
    toTls: requireTls === 'NONE' ? null : compileTargets(NO_ROUTES, plainHostOf(virtualHost), plainRoute(TO_TLS))[0]!,
    isTlsForExternalsOnly: requireTls === 'EXTERNAL_ONLY',
  }
}

/** The redirect changes no headers, but belongs to its virtual host. */
function plainHostOf(virtualHost: VirtualHostConfig): VirtualHostConfig {
  return { ...virtualHost, headers: NO_MUTATIONS }
}

function isExempt(host: Host, headers: HeaderMap): boolean {
  return host.isTlsForExternalsOnly && headers.get('x-envoy-internal') === 'true'
}

function compileRoute(table: RouteTableConfig, virtualHost: VirtualHostConfig, route: RouteConfig): Candidate {
  const { path, caseSensitive, headers, queryParameters, grpcOnly, fraction } = route.match
  const { action } = route
  const weighted = action.kind === 'cluster' && action.cluster.kind === 'weighted' ? action.cluster : null
  return {
    targets: compileTargets(table, virtualHost, route),
    weighted,
    kind: path.kind,
    path: 'regex' in path ? '' : caseSensitive ? path.value : path.value.toLowerCase(),
    regex: 'regex' in path ? path.regex : null,
    ignoresCase: !caseSensitive,
    headers: headers.map(compileHeaderMatcher),
    query: queryParameters.map(compileQueryMatcher),
    grpcOnly,
    fraction,
  }
}

function compileTargets(table: RouteTableConfig, virtualHost: VirtualHostConfig, route: RouteConfig): CompiledRoute[] {
  const { action } = route
  const path = action.kind === 'cluster' ? action.pathRewrite : action.kind === 'redirect' ? action.path : null
  const format = action.kind === 'direct_response' ? action.format : null
  const target = (cluster: ClusterTarget | null, own: WeightedClusterConfig | null): CompiledRoute => {
    const mutations = compileLevels(own === null ? null : own.headers, route, virtualHost, table)
    return {
      table,
      virtualHost,
      route,
      mutations,
      changesResponse: mutations.some(({ response }) => changesAnything(response)),
      cluster,
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

function targetOf({ targets, weighted }: Candidate, headers: HeaderMap, stream: MatchedStream): CompiledRoute {
  return weighted === null ? targets[0]! : targets[chooseWeighted(weighted, headers, stream.luck())]!
}

function matchesPath(route: Candidate, path: string): boolean {
  if (route.regex !== null) return route.regex.matches(path)
  const wanted = route.path
  if (!(route.ignoresCase ? path.toLowerCase() : path).startsWith(wanted)) return false
  if (route.kind === 'prefix' || wanted.length === path.length) return true
  return route.kind === 'separated_prefix' && path.charCodeAt(wanted.length) === 0x2f
}

/** `/a;x=1/b;y` becomes `/a/b`. */
function withoutParameters(path: string): string {
  return path.includes(';') ? path.replaceAll(/;[^/]*/g, '') : path
}

function matchesHeaders(route: Candidate, headers: HeaderMap): boolean {
  const tests = route.headers
  for (let i = 0; i < tests.length; i++) if (!tests[i]!.matches(headers)) return false
  return true
}

function matchesQuery(route: Candidate, target: string, mark: number): boolean {
  const tests = route.query
  if (tests.length === 0) return true
  const query = mark < 0 ? '' : target.slice(mark + 1)
  for (let i = 0; i < tests.length; i++) if (!tests[i]!.test(queryValue(query, tests[i]!.name))) return false
  return true
}

function matchesRest(route: Candidate, headers: HeaderMap, stream: MatchedStream): boolean {
  if (route.grpcOnly && !isGrpcRequest(headers)) return false
  return route.fraction === 1 || stream.luck() < route.fraction
}
