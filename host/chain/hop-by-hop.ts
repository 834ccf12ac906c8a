/** Headers that belong to one connection (RFC 9110, 7.6.1) and are not forwarded (hot). */
import type { HeaderMap } from '../http/header-map.ts'
import { connectionTokens, isProtectedName } from '../http1/connection-tokens.ts'

/** True for a message that asks to leave HTTP on its connection (`Connection: upgrade` with `Upgrade`). */
export function hasUpgradeToken(headers: HeaderMap): boolean {
  const upgrade = headers.get('upgrade')
  if (upgrade === null || upgrade === '') return false
  const connection = headers.get('connection')
  // An offer of cleartext HTTP/2 is never taken; Envoy strips it like any other hop-by-hop header.
  return connection !== null && connectionTokens(connection).upgrade && upgrade.toLowerCase() !== 'h2c'
}

/** Removes from a request what belongs to the connection; an upgrade keeps `connection` and `upgrade`, which negotiate it. */
export function removeConnectionHeaders(headers: HeaderMap, keepsUpgrade: boolean): void {
  removeSuspects(headers, keepsUpgrade, true)
}

/** The same for a response, in which `connection` names only itself: Envoy passes what else it names. */
export function removeResponseConnectionHeaders(headers: HeaderMap, keepsUpgrade: boolean): void {
  removeSuspects(headers, keepsUpgrade, false)
}

function removeSuspects(headers: HeaderMap, keepsUpgrade: boolean, isRequest: boolean): void {
  const fields = headers.fields
  for (let i = 0; i < fields.length;) {
    const name = fields[i]!
    const size = fields.length
    if (isSuspect(name)) removeOne(headers, name, fields[i + 1]!, keepsUpgrade, isRequest)
    // Removed: another field stands here now (or an earlier one moved up, which was looked at before).
    if (fields.length === size) i += 2
    else i = Math.max(0, i - (size - fields.length) + 2)
  }
}

/** Most names begin with another letter: c, h, k, p, t, u. */
function isSuspect(name: string): boolean {
  switch (name.charCodeAt(0)) {
    case 0x63:
      return name === 'connection'
    case 0x68:
      return name === 'http2-settings'
    case 0x6b:
      return name === 'keep-alive'
    case 0x70:
      return name === 'proxy-connection'
    case 0x74:
      return name === 'te' || name === 'transfer-encoding'
    case 0x75:
      return name === 'upgrade'
    default:
      return false
  }
}

function removeOne(headers: HeaderMap, name: string, value: string, keepsUpgrade: boolean, isRequest: boolean): void {
  if (name === 'te') {
    if (value !== 'trailers') keepTrailersOnly(headers, value)
    return
  }
  if (keepsUpgrade && (name === 'connection' || name === 'upgrade')) return
  headers.remove(name)
  if (name === 'connection' && isRequest) removeNamed(headers, value)
}

function keepTrailersOnly(headers: HeaderMap, value: string): void {
  const hasTrailers = value.split(',').some((token) => token.trim().toLowerCase() === 'trailers')
  if (hasTrailers) headers.setInPlace('te', 'trailers')
  else headers.remove('te')
}

function removeNamed(headers: HeaderMap, value: string): void {
  const names = connectionTokens(value).nominated
  if (names === null) return
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    if (!isProtectedName(name) && name !== 'te') headers.remove(name)
  }
}
