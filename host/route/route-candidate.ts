/** The conditions of a route (hot: some candidates per request; source/common/router/config_impl.cc, matchRoute). */
import type {
  CertificateMatchConfig,
  PathMatchConfig,
  RouteConfig,
  RouteTableConfig,
  VirtualHostConfig,
  WeightedClusters,
} from '../config/types.ts'
import { isGrpcRequest } from '../hostcalls/grpc-status.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { TlsInfo } from '../http/stream-info.ts'
import type { LinearRegex } from '../util/linear-regex.ts'
import { chooseWeighted } from './cluster-choice.ts'
import { type CompiledRoute, compileTargets } from './compiled-route.ts'
import { compileHeaderMatcher, compileQueryMatcher, queryValue } from './value-matcher.ts'
import type { HeaderTest, QueryTest } from './value-matcher.ts'

/** What a match needs of a stream beside its headers. */
export interface MatchedStream {
  /** In [0, 1), the same at each call: the stream's luck decides alike for all routes and clusters. */
  luck(): number
  /** What is known of the client's TLS; null = its connection has none. */
  readonly tls: TlsInfo | null
}

/** A route that a request may match, compiled to forms that are cheap to compare. */
export interface Candidate {
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
  readonly certificate: CertificateMatchConfig | null
}

export function compileRoute(table: RouteTableConfig, virtualHost: VirtualHostConfig, route: RouteConfig): Candidate {
  const { path, caseSensitive, headers, queryParameters, grpcOnly, fraction, certificate } = route.match
  const { action } = route
  const weighted = action.kind === 'cluster' && action.cluster.kind === 'weighted' ? action.cluster : null
  return {
    targets: compileTargets(table, virtualHost, route),
    weighted,
    kind: path.kind,
    path: !('value' in path) ? '' : caseSensitive ? path.value : path.value.toLowerCase(),
    regex: 'regex' in path ? path.regex : null,
    ignoresCase: !caseSensitive,
    headers: headers.map(compileHeaderMatcher),
    query: queryParameters.map(compileQueryMatcher),
    grpcOnly,
    fraction,
    certificate,
  }
}

/** `path` is what paths are compared with; `mark` the index of the question mark in the target, or -1. */
export function isMatch(
  route: Candidate,
  path: string,
  target: string,
  mark: number,
  headers: HeaderMap,
  stream: MatchedStream,
): boolean {
  if (route.kind === 'connect' ? headers.get(':method') !== 'CONNECT' : !matchesPath(route, path)) return false
  return matchesHeaders(route, headers) && matchesQuery(route, target, mark) && matchesRest(route, headers, stream)
}

/** The route with the cluster of this request. */
export function targetOf({ targets, weighted }: Candidate, headers: HeaderMap, stream: MatchedStream): CompiledRoute {
  return weighted === null ? targets[0]! : targets[chooseWeighted(weighted, headers, stream.luck())]!
}

function matchesPath(route: Candidate, path: string): boolean {
  if (route.regex !== null) return route.regex.matches(path)
  const wanted = route.path
  if (!(route.ignoresCase ? path.toLowerCase() : path).startsWith(wanted)) return false
  if (route.kind === 'prefix' || wanted.length === path.length) return true
  return route.kind === 'separated_prefix' && path.charCodeAt(wanted.length) === 0x2f
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
  if (route.certificate !== null && !matchesCertificate(route.certificate, stream.tls)) return false
  return route.fraction === 1 || stream.luck() < route.fraction
}

/** Without TLS there is no certificate. */
function matchesCertificate({ presented, validated }: CertificateMatchConfig, tls: TlsInfo | null): boolean {
  if (presented !== null && presented !== (tls !== null && tls.peer !== null)) return false
  return validated === null || validated === (tls !== null && tls.isPeerValid)
}
