/**
 * Upgrades of HTTP/1 towards an HTTP/2 upstream (RFC 8441): the request becomes a CONNECT with a protocol, and 200 the
 * answer 101. As Envoy, without a look at the setting by which a server says that it takes such requests.
 */
import type { HeaderMap } from '../http/header-map.ts'

/** The protocol that a request asks for, or ''. */
export function upgradeOf(headers: HeaderMap): string {
  return headers.has('connection') ? (headers.get('upgrade') ?? '') : ''
}

/** The request as HTTP/2 has it. */
export function toExtendedConnect(headers: HeaderMap, protocol: string): HeaderMap {
  const connect = headers.clone()
  connect.set(':method', 'CONNECT')
  connect.set(':protocol', protocol)
  connect.remove('upgrade')
  connect.remove('connection')
  if (connect.get('content-length') === '0') connect.remove('content-length')
  return connect
}

/** Makes the answer one of HTTP/1. */
export function toSwitchingProtocols(headers: HeaderMap, protocol: string): void {
  headers.setOwn(':status', '101')
  headers.setOwn('upgrade', protocol)
  headers.setOwn('connection', 'upgrade')
}
