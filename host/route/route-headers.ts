/** What a matched route does to the heads that pass it (source/common/router/config_impl.cc, finalize…Headers). */
import type { FormatContext } from './format/context.ts'
import { mutate } from './header-mutations.ts'
import { type HostRewrite, replaceHost } from './host-rewrite.ts'
import type { PathRewrite } from './path-rewrite.ts'
import type { CompiledRoute } from './compiled-route.ts'

/** Changes the request before it goes to the terminal: header changes, host rewrites, path rewrite. */
export function changeRequestHeaders(match: CompiledRoute, stream: FormatContext, keepsOriginals: boolean): void {
  const sets = match.mutations
  for (let i = 0; i < sets.length; i++) mutate(stream.requestHeaders, sets[i]!.request, stream)
  if (match.clusterHost !== '') stream.requestHeaders.setInPlace(':authority', match.clusterHost)
  if (match.hostRewrite !== null) rewriteHost(match, match.hostRewrite, stream, keepsOriginals)
  if (match.pathRewrite !== null) rewritePath(match.pathRewrite, stream, keepsOriginals)
}

/** Changes the response that came from the upstream, or the reply that stands for it. */
export function changeResponseHeaders(match: CompiledRoute, stream: FormatContext): void {
  if (!match.changesResponse || stream.responseHeaders === null) return
  const sets = match.mutations
  for (let i = 0; i < sets.length; i++) mutate(stream.responseHeaders, sets[i]!.response, stream)
}

function rewriteHost(match: CompiledRoute, rewrite: HostRewrite, stream: FormatContext, keepsOriginals: boolean): void {
  const host = rewrite(stream)
  if (host !== '') replaceHost(stream.requestHeaders, host, keepsOriginals, match.appendsForwardedHost)
}

function rewritePath(rewrite: PathRewrite, stream: FormatContext, keepsOriginals: boolean): void {
  const headers = stream.requestHeaders
  const original = headers.get(':path')
  // CONNECT has none.
  if (original === null) return
  if (keepsOriginals) headers.setInPlace('x-envoy-original-path', original)
  headers.setInPlace(':path', rewrite(original, stream))
}
