/** Requests that leave HTTP: what they ask for, whether they may, and which answer lets them (hot). */
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'

const CONNECT = 'connect'

/** The type of upgrade that a request asks for; '' = it does not leave HTTP. */
export function upgradeType(headers: HeaderMap): string {
  const upgrade = headers.get('upgrade')
  if (upgrade !== null) return upgrade.toLowerCase()
  return headers.get(':method') === 'CONNECT' ? CONNECT : ''
}

/** True when the request may leave HTTP as it asks to; a route may decide for itself. */
export function isUpgradeEnabled(type: string, match: CompiledRoute | null, config: HttpConnectionManagerConfig): boolean {
  // What no route takes is answered as any such request.
  if (type === CONNECT && match === null) return true
  const action = match === null ? null : match.route.action
  const own = action !== null && action.kind === 'cluster' ? action.upgrades.get(type) : undefined
  return own ?? config.upgrades.has(type)
}

/** True for a response that turns the stream into a tunnel: its request is never complete. */
export function isTunnel(status: number, request: HeaderMap): boolean {
  return status === 101 || (status >= 200 && status < 300 && request.get(':method') === 'CONNECT')
}
