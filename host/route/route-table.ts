/**
 * A route configuration, compiled once to forms that are cheap to match (hot: one match per request). Virtual hosts:
 * exact name, then the longest `*suffix`, then the longest `prefix*`, then `*`; routes of a host in order
 * (source/common/router/config_impl.cc).
 */
import type { RouteConfig, RouteTableConfig, VirtualHostConfig } from '../config/types.ts'
import type { MatchedRoute } from '../chain/terminal.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { compileMutations } from './header-mutations.ts'
import type { CompiledMutations } from './header-mutations.ts'
import { compileHeaderMatcher, compileQueryMatcher, headerValue, queryValue } from './value-matcher.ts'
import type { HeaderTest } from './value-matcher.ts'

/** A route with everything that its request and response need, ready to use. */
export interface CompiledRoute extends MatchedRoute {
  readonly virtualHost: VirtualHostConfig
  readonly route: RouteConfig
  /** Of the route, its virtual host and the table, in this order; empty ones left out. */
  readonly mutations: readonly CompiledMutations[]
  /** True when some of them change the response. */
  readonly changesResponse: boolean
}

interface Candidate extends CompiledRoute {
  readonly kind: 'prefix' | 'exact' | 'separated_prefix'
  /** Lower-case unless the route is case-sensitive. */
  readonly path: string
  readonly ignoresCase: boolean
  readonly headers: readonly HeaderTest[]
  readonly query: readonly HeaderTest[]
}

interface Wildcard {
  readonly text: string
  readonly routes: readonly Candidate[]
}

export class RouteTable {
  readonly config: RouteTableConfig
  /** Some route, virtual host or the table itself changes response headers. */
  readonly changesResponses: boolean
  readonly #exact = new Map<string, readonly Candidate[]>()
  /** Longest first. */
  readonly #suffixes: Wildcard[] = []
  readonly #prefixes: Wildcard[] = []
  #any: readonly Candidate[] | null = null
  /** Every host leads to `#any`. */
  readonly #anyOnly: boolean

  constructor(config: RouteTableConfig) {
    this.config = config
    let changesResponses = false
    for (const host of config.virtualHosts) {
      const routes = host.routes.map((route) => compileRoute(config, host, route))
      changesResponses ||= routes.some((route) => route.changesResponse)
      for (const domain of host.domains) this.#addDomain(domain, routes)
    }
    this.changesResponses = changesResponses
    this.#suffixes.sort((a, b) => b.text.length - a.text.length)
    this.#prefixes.sort((a, b) => b.text.length - a.text.length)
    this.#anyOnly = this.#exact.size === 0 && this.#suffixes.length === 0 && this.#prefixes.length === 0
  }

  /** The first route that fits the request as it is now, or null; like Envoy, null as well without x-forwarded-proto. */
  match(headers: HeaderMap): CompiledRoute | null {
    const target = headers.get(':path')
    if (target === null || !headers.has('x-forwarded-proto')) return null
    const routes = this.#anyOnly ? this.#any : this.#routesOf(headers.get(':authority') ?? '')
    if (routes === null) return null
    const mark = target.indexOf('?')
    const end = mark < 0 ? target.length : mark
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i]!
      if (matchesPath(route, target, end) && matchesHeaders(route, headers) && matchesQuery(route, target, mark)) return route
    }
    return null
  }

  #addDomain(domain: string, routes: readonly Candidate[]): void {
    if (domain === '*') this.#any = routes
    else if (domain.startsWith('*')) this.#suffixes.push({ text: domain.slice(1), routes })
    else if (domain.endsWith('*')) this.#prefixes.push({ text: domain.slice(0, -1), routes })
    else this.#exact.set(domain, routes)
  }

  /** A wildcard stands for at least one byte. */
  #routesOf(authority: string): readonly Candidate[] | null {
    const host = authority.toLowerCase()
    const exact = this.#exact.get(host)
    if (exact !== undefined) return exact
    for (let i = 0; i < this.#suffixes.length; i++) {
      const { text, routes } = this.#suffixes[i]!
      if (host.length > text.length && host.endsWith(text)) return routes
    }
    for (let i = 0; i < this.#prefixes.length; i++) {
      const { text, routes } = this.#prefixes[i]!
      if (host.length > text.length && host.startsWith(text)) return routes
    }
    return this.#any
  }
}

function compileRoute(table: RouteTableConfig, virtualHost: VirtualHostConfig, route: RouteConfig): Candidate {
  const { path, caseSensitive, headers, queryParameters } = route.match
  const mutations = [route.headers, virtualHost.headers, table.headers].map(compileMutations).filter((one) => one !== null)
  return {
    virtualHost,
    route,
    mutations,
    changesResponse: mutations.some((one) => one.responseAdd.length + one.responseRemove.length > 0),
    kind: path.kind,
    path: caseSensitive ? path.value : path.value.toLowerCase(),
    ignoresCase: !caseSensitive,
    headers: headers.map(compileHeaderMatcher),
    query: queryParameters.map(compileQueryMatcher),
  }
}

/** The path is `target[0, end)`. */
function matchesPath(route: Candidate, target: string, end: number): boolean {
  const wanted = route.path
  if (wanted.length > end || !(route.ignoresCase ? target.toLowerCase() : target).startsWith(wanted)) return false
  if (route.kind === 'prefix' || wanted.length === end) return true
  return route.kind === 'separated_prefix' && target.charCodeAt(wanted.length) === 0x2f
}

function matchesHeaders(route: Candidate, headers: HeaderMap): boolean {
  const tests = route.headers
  for (let i = 0; i < tests.length; i++) if (!tests[i]!.test(headerValue(headers, tests[i]!.name))) return false
  return true
}

function matchesQuery(route: Candidate, target: string, mark: number): boolean {
  const tests = route.query
  if (tests.length === 0) return true
  const query = mark < 0 ? '' : target.slice(mark + 1)
  for (let i = 0; i < tests.length; i++) if (!tests[i]!.test(queryValue(query, tests[i]!.name))) return false
  return true
}
