/** What a matched route does to the heads that pass it (source/common/router/config_impl.cc, finalize…Headers). */
import type { HeaderMap } from '../http/header-map.ts'
import type { FormatContext } from './format/context.ts'
import { mutate } from './header-mutations.ts'
import type { CompiledRoute } from './route-table.ts'

/** Changes the request before it goes to the terminal: header changes, host rewrite, path rewrite. */
export function changeRequestHeaders(match: CompiledRoute, stream: FormatContext, keepsOriginals: boolean): void {
  const headers = stream.requestHeaders
  const sets = match.mutations
  for (let i = 0; i < sets.length; i++) mutate(headers, sets[i]!.requestAdd, sets[i]!.requestRemove, stream)
  const action = match.route.action
  if (action.kind !== 'cluster') return
  if (action.hostRewrite !== null) rewriteHost(headers, action.hostRewrite, keepsOriginals)
  if (action.prefixRewrite !== null) rewritePath(headers, match, action.prefixRewrite, keepsOriginals)
}

/** Changes the response that came from the upstream, or the reply that stands for it. */
export function changeResponseHeaders(match: CompiledRoute, stream: FormatContext): void {
  if (!match.changesResponse || stream.responseHeaders === null) return
  const sets = match.mutations
  for (let i = 0; i < sets.length; i++) mutate(stream.responseHeaders, sets[i]!.responseAdd, sets[i]!.responseRemove, stream)
}

function rewriteHost(headers: HeaderMap, host: string, keepsOriginals: boolean): void {
  const original = headers.get(':authority')
  if (keepsOriginals && original !== null) headers.setInPlace('x-envoy-original-host', original)
  headers.setInPlace(':authority', host)
}

/** The matched part of the path is replaced; for an exact match that is the whole path. The query stays. */
function rewritePath(headers: HeaderMap, match: CompiledRoute, rewrite: string, keepsOriginals: boolean): void {
  const original = headers.get(':path')!
  if (keepsOriginals) headers.setInPlace('x-envoy-original-path', original)
  headers.setInPlace(':path', rewrite + original.slice(match.route.match.path.value.length))
}
