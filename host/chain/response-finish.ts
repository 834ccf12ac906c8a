/**
 * What the connection manager does to a response head after the filters (hot): date, server, removal of what belongs
 * to the upstream connection, request id, via (source/common/http/conn_manager_impl.cc, encodeHeaders).
 */
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { hasUpgradeToken, removeResponseConnectionHeaders } from './hop-by-hop.ts'
import { appendVia } from './via-header.ts'

/** Completes the head that goes to the client; `date` is the value of the `date` header. */
export function finishResponse(headers: HeaderMap, request: HeaderMap, config: HttpConnectionManagerConfig, date: string): void {
  if (!headers.has('date')) headers.push('date', date)
  if (config.serverHeader === 'OVERWRITE') headers.setInPlace('server', config.serverName)
  else if (config.serverHeader === 'APPEND_IF_ABSENT' && !headers.has('server')) headers.push('server', config.serverName)
  removeResponseConnectionHeaders(headers, headers.has('upgrade') && hasUpgradeToken(request) && hasUpgradeToken(headers))
  if (config.alwaysSetRequestIdInResponse) copyRequestId(headers, request)
  if (config.via !== '') appendVia(headers, config.via)
}

function copyRequestId(headers: HeaderMap, request: HeaderMap): void {
  const id = request.get('x-request-id')
  if (id !== null) headers.setInPlace('x-request-id', id)
}
