/** New hosts, compiled once per route (source/common/router/config_impl.cc, finalizeHostHeader). */
import type { HostRewriteConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { FormatContext } from './format/context.ts'
import { compileText } from './format/text.ts'
import { endOfPath } from './path-rewrite.ts'

/** The new host, or '' to keep the old one. */
export type HostRewrite = (stream: FormatContext) => string

/** Null for what is known only when an endpoint is chosen. */
export function compileHostRewrite(config: HostRewriteConfig): HostRewrite | null {
  switch (config.kind) {
    case 'literal':
      return () => config.value
    case 'format': {
      const text = compileText(config.format, 'host')
      return (stream) => text.format(stream)
    }
    case 'header':
      return ({ requestHeaders }) => requestHeaders.get(config.name) ?? ''
    case 'path_regex':
      return ({ requestHeaders }) => {
        const target = requestHeaders.get(':path') ?? ''
        return config.regex.replaceAll(target.slice(0, endOfPath(target)), config.substitution)
      }
    case 'endpoint':
      return null
  }
}

/** Puts a new host in place of the old one, which goes where the options say. */
export function replaceHost(headers: HeaderMap, host: string, keepsOriginal: boolean, appendsForwarded: boolean): void {
  const original = headers.get(':authority')
  if (keepsOriginal && original !== null) headers.setInPlace('x-envoy-original-host', original)
  if (appendsForwarded && original !== null && original !== '') appendForwardedHost(headers, original)
  headers.setInPlace(':authority', host)
}

/** A host that stands at the end already is not repeated. */
function appendForwardedHost(headers: HeaderMap, host: string): void {
  const before = headers.get('x-forwarded-host')
  if (before === null || before === '') return headers.setInPlace('x-forwarded-host', host)
  if (before.slice(before.lastIndexOf(',') + 1) !== host) headers.setInPlace('x-forwarded-host', `${before},${host}`)
}
