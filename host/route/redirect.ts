import type { RouteAction } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'

type Redirect = Extract<RouteAction, { kind: 'redirect' }>

/** The `location` of a redirect: the request's own URI with the parts that the route names replaced. */
export function locationOf(action: Redirect, request: HeaderMap): string {
  const scheme = action.scheme === '' ? (request.get(':scheme') ?? 'http') : action.scheme
  return `${scheme}://${hostOf(action, request)}${pathOf(action, request)}`
}

/** The request's own URI. */
export function uriOf(request: HeaderMap): string {
  return `${request.get(':scheme') ?? 'http'}://${request.get(':authority') ?? ''}${request.get(':path') ?? '/'}`
}

/** A new scheme makes the default port of the old one meaningless. */
function hostOf(action: Redirect, request: HeaderMap): string {
  const authority = request.get(':authority') ?? ''
  const host = action.host === '' ? authority : action.host
  if (action.port !== 0) return `${withoutPort(host)}:${action.port}`
  if (action.host !== '' || action.scheme === '') return host
  const oldDefault = action.scheme === 'https' ? ':80' : ':443'
  return host.endsWith(oldDefault) ? host.slice(0, -oldDefault.length) : host
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
}

/** The query of the request is kept unless the new path brings its own. */
function pathOf(action: Redirect, request: HeaderMap): string {
  const target = request.get(':path') ?? '/'
  const mark = target.indexOf('?')
  const query = mark < 0 || action.stripQuery ? '' : target.slice(mark)
  if (action.path === '') return (mark < 0 ? target : target.slice(0, mark)) + query
  return action.path.includes('?') ? action.path : action.path + query
}
