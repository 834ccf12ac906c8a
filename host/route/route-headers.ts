/** What a matched route does to the heads that pass it (source/common/router/config_impl.cc, finalize…Headers). */
import type { FormatContext } from './format/context.ts'
import { mutate } from './header-mutations.ts'
import type { CompiledRoute } from './route-table.ts'

/** Changes the request before it goes to the terminal; host and path rewrites are the terminal's. */
export function changeRequestHeaders(match: CompiledRoute, stream: FormatContext): void {
  const sets = match.mutations
  for (let i = 0; i < sets.length; i++) mutate(stream.requestHeaders, sets[i]!.requestAdd, sets[i]!.requestRemove, stream)
}

/** Changes the response that came from the upstream, or the reply that stands for it. */
export function changeResponseHeaders(match: CompiledRoute, stream: FormatContext): void {
  if (!match.changesResponse || stream.responseHeaders === null) return
  const sets = match.mutations
  for (let i = 0; i < sets.length; i++) mutate(stream.responseHeaders, sets[i]!.responseAdd, sets[i]!.responseRemove, stream)
}
