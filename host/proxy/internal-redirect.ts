/**
 * Redirects of an upstream that the proxy follows itself (source/common/router/router.cc,
 * convertRequestHeadersForInternalRedirect).
 */
import type { MatchedRoute, TerminalStream } from '../chain/terminal.ts'
import type { RedirectPolicyConfig, RedirectPredicate } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { RedirectHistory } from '../http/redirect-history.ts'
import type { RouterStats } from './router-stats.ts'

interface Target {
  readonly scheme: string
  readonly host: string
  readonly path: string
}

/** Where a redirect comes from: an answer to a request that had the route. */
export interface Redirected {
  readonly stream: TerminalStream
  readonly policy: RedirectPolicyConfig
  readonly route: MatchedRoute
  readonly status: number
  readonly answer: HeaderMap
}

/** The head of the request that is sent instead; null = the client gets the answer, and `stats` say why. */
export function redirectedHead({ stream, policy, route, status, answer }: Redirected, stats: RouterStats): HeaderMap | null {
  const location = answer.get('location')
  if (location === null) return null
  const target = parseTarget(location)
  if (target === null) return refuse(stats, 'bad_location')
  const { info, requestHeaders } = stream
  const isFromHttp = isHttp(requestHeaders.get(':scheme') ?? '') || info.connection.tls === null
  if (!policy.crossesSchemes && isFromHttp !== isHttp(target.scheme)) return refuse(stats, 'unsafe_scheme')
  const history = (info.redirects ??= new RedirectHistory())
  if (history.count >= policy.max) return refuse(stats, 'too_many_redirects')
  const head = requestHeaders.clone()
  for (const name of policy.copiedHeaders) copyHeader(name, answer, head)
  head.set(':scheme', target.scheme)
  head.setInPlace(':authority', target.host)
  head.setInPlace(':path', target.path)
  const next = stream.routeOf(head)
  if (next === null) return refuse(stats, 'no_route')
  const isAccepted = (one: RedirectPredicate): boolean =>
    accepts(one, history, route.route.name, next.route.name, !isFromHttp, !isHttp(target.scheme))
  if (!policy.predicates.every(isAccepted)) return refuse(stats, 'predicate')
  if (status === 303) turnToGet(head)
  history.count++
  head.setInPlace('x-envoy-original-url', originalUrl(requestHeaders, isFromHttp))
  return head
}

function refuse(stats: RouterStats, why: Parameters<RouterStats['countPassedRedirect']>[0]): null {
  stats.countPassedRedirect(why)
  return null
}

/** Scheme, user and password, host, port, path and query, fragment; what does not fit is no URL. */
const URL_FORM =
  /^([A-Za-z]+):\/\/(?:[^@/?#\s]*@)?((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?)((?:[/?][\x21\x22\x24-\x7e]*)?)(?:#[\x21-\x7e]*)?$/

function parseTarget(location: string): Target | null {
  const [, scheme, host, port = '0', path] = URL_FORM.exec(location) ?? []
  if (scheme === undefined || Number(port) > 65535) return null
  return { scheme, host: host!, path: path === '' ? '/' : path! }
}

function isHttp(scheme: string): boolean {
  return scheme.toLowerCase() === 'http'
}

function copyHeader(name: string, from: HeaderMap, to: HeaderMap): void {
  to.remove(name)
  for (const value of from.getAll(name)) to.push(name, value)
}

function accepts(
  predicate: RedirectPredicate,
  history: RedirectHistory,
  from: string,
  to: string,
  isFromSecure: boolean,
  isToSecure: boolean,
): boolean {
  switch (predicate.kind) {
    case 'previous_routes':
      return history.note(from, to)
    case 'allow_listed_routes':
      return predicate.names.has(to)
    case 'safe_cross_scheme':
      return isFromSecure || !isToSecure
  }
}

/** RFC 9110, 15.4.4. */
function turnToGet(head: HeaderMap): void {
  const method = head.get(':method')
  if (method === 'GET' || method === 'HEAD') return
  head.setInPlace(':method', 'GET')
  head.remove('content-length')
}

function originalUrl(headers: HeaderMap, isPlain: boolean): string {
  return `${isPlain ? 'http' : 'https'}://${headers.get(':authority') ?? ''}${headers.get(':path') ?? ''}`
}
