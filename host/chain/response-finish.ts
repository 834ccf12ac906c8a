/**
 * What the connection manager does to a response head after the filters (hot): date, server, removal of what belongs
 * to the upstream connection, request id, via (source/common/http/conn_manager_impl.cc, encodeHeaders).
 */
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { DateHeader } from './date-header.ts'
import { hasUpgradeToken, removeConnectionHeaders } from './hop-by-hop.ts'

/** Completes the head that goes to the client. `request` null = the request never had a head. */
export function finishResponse(
  headers: HeaderMap,
  request: HeaderMap | null,
  config: HttpConnectionManagerConfig,
  date: DateHeader,
): void {
  if (!headers.has('date')) headers.push('date', date.now())
  if (config.serverHeader === 'OVERWRITE') headers.setInPlace('server', config.serverName)
  else if (config.serverHeader === 'APPEND_IF_ABSENT' && !headers.has('server')) headers.push('server', config.serverName)
  removeConnectionHeaders(
    headers,
    request !== null && headers.has('upgrade') && hasUpgradeToken(request) && hasUpgradeToken(headers),
  )
  if (request !== null && config.alwaysSetRequestIdInResponse) copyRequestId(headers, request)
  if (config.via !== '') headers.add('via', config.via)
}

function copyRequestId(headers: HeaderMap, request: HeaderMap): void {
  const id = request.get('x-request-id')
  if (id !== null) headers.setInPlace('x-request-id', id)
}
