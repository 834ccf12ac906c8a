/**
 * CONNECT with a protocol (RFC 8441) is what an upgrade is in HTTP/1, with 200 as the answer instead of 101. Above the
 * codecs all of them are upgrades. Towards upstreams, as Envoy, without a look at the setting by which a server says that
 * it takes such requests.
 */
import type { HeaderMap } from '../http/header-map.ts'

/** The protocol that a request asks for, or ''. */
export function upgradeOf(headers: HeaderMap): string {
  return headers.has('connection') ? (headers.get('upgrade') ?? '') : ''
}

/** Makes a request of HTTP/2 one of HTTP/1. */
export function toUpgrade(headers: HeaderMap, protocol: string): void {
  headers.setOwn(':method', 'GET')
  headers.setOwn('upgrade', protocol)
  headers.setOwn('connection', 'upgrade')
}

/** The answer 101 as HTTP/2 has it. */
export function toConnectAnswer(headers: HeaderMap): HeaderMap {
  const answer = headers.clone()
  answer.setOwn(':status', '200')
  answer.remove('upgrade')
  answer.remove('connection')
  if (answer.get('content-length') === '0') answer.remove('content-length')
  return answer
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
