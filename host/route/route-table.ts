/**
 * A route configuration, compiled once to forms that are cheap to match (hot: one match per request). Virtual hosts:
 * exact name, then the longest `*suffix`, then the longest `prefix*`, then `*`; routes of a host in order
 * (source/common/router/config_impl.cc).
 */
import type { RouteAction, RouteTableConfig, VirtualHostConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { withoutPort } from './authority.ts'
import { type CompiledRoute, compileTargets } from './compiled-route.ts'
import { NO_MUTATIONS, NO_ROUTES, plainRoute } from './plain-route.ts'
import { type Candidate, compileRoute, isMatch, type MatchedStream, targetOf } from './route-candidate.ts'

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
  /** Some of them say how long streams may live. */
  readonly limitsDurations: boolean
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
    this.limitsDurations = config.virtualHosts.some(({ routes }) => routes.some(({ action }) => hasDuration(action)))
    this.#suffixes.sort((a, b) => b.text.length - a.text.length)
    this.#prefixes.sort((a, b) => b.text.length - a.text.length)
    this.#anyOnly = this.#exact.size === 0 && this.#suffixes.length === 0 && this.#prefixes.length === 0
  }

  /** The first route that fits the request as it is now, or null; like Envoy, null as well without x-forwarded-proto. */
  match(headers: HeaderMap, stream: MatchedStream): CompiledRoute | null {
    const target = headers.get(':path') ?? (headers.get(':method') === 'CONNECT' ? '' : null)
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
      if (isMatch(route, path, target, mark, headers, stream)) return targetOf(route, headers, stream)
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

function hasDuration(action: RouteAction): boolean {
  return action.kind === 'cluster' && action.duration !== null
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

/** `/a;x=1/b;y` becomes `/a/b`. */
function withoutParameters(path: string): string {
  return path.includes(';') ? path.replaceAll(/;[^/]*/g, '') : path
}
