import type { RouteAction } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { withoutPort } from './authority.ts'
import type { FormatContext } from './format/context.ts'
import { endOfPath, type PathRewrite } from './path-rewrite.ts'

type Redirect = Extract<RouteAction, { kind: 'redirect' }>

/** The `location` of a redirect: the request's own URI with the parts that the route names replaced. */
export function locationOf(action: Redirect, path: PathRewrite | null, stream: FormatContext): string {
  const request = stream.requestHeaders
  const newPath = pathOf(action, path, stream)
  const scheme = action.scheme === '' ? (request.get(':scheme') ?? 'http') : action.scheme
  return `${scheme}://${hostOf(action, request)}${newPath.startsWith('/') ? '' : '/'}${newPath}`
}

/** The request's own URI. */
export function uriOf(request: HeaderMap): string {
  return `${request.get(':scheme') ?? 'http'}://${request.get(':authority') ?? ''}${request.get(':path') ?? '/'}`
}

/** A new scheme makes the default port of the old one meaningless. */
function hostOf(action: Redirect, request: HeaderMap): string {
  const authority = request.get(':authority') ?? ''
  const port = action.port === 0 ? '' : `:${action.port}`
  if (action.host !== '') return action.host + port
  if (port !== '') return withoutPort(authority) + port
  const scheme = request.get(':scheme') ?? 'http'
  if (action.scheme === '' || action.scheme === scheme || action.keepsPort) return authority
  const oldDefault = scheme === 'https' ? ':443' : ':80'
  return authority.endsWith(oldDefault) ? authority.slice(0, -oldDefault.length) : authority
}

/** A path that brings its own query keeps it. */
function pathOf({ path: config, stripQuery }: Redirect, path: PathRewrite | null, stream: FormatContext): string {
  const target = stream.requestHeaders.get(':path') ?? '/'
  const location = path === null ? target : path(target, stream)
  const hasOwnQuery = config !== null && config.kind === 'whole' && config.value.includes('?')
  return stripQuery && !hasOwnQuery ? location.slice(0, endOfPath(location)) : location
}
