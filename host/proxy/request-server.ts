import { isIP } from 'node:net'
import type { RequestServerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { withoutPort } from '../route/authority.ts'
import type { TlsServer } from '../tls/upstream-tls.ts'

/**
 * What the host of a request means for TLS towards its endpoint (source/common/router/router.cc). Where there is no host, as in `:443`,
 * no certificate has its name.
 */
export function serverOfRequest(config: RequestServerConfig, headers: HeaderMap): TlsServer {
  const named = config.header === ':authority' ? '' : headers.getAll(config.header).join(',')
  const host = withoutPort(named === '' ? (headers.get(':authority') ?? '') : named)
  const literal = host.startsWith('[') ? host.slice(1, -1) : host
  return { sni: config.isAskedFor && isIP(literal) === 0 ? host : '', name: config.isVerified ? literal : null }
}
