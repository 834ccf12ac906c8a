/**
 * What the connection manager does to a request head before the filters see it (hot): refusals, removal of what
 * belongs to the connection or may not come from outside, and the headers that Envoy adds
 * (source/common/http/conn_manager_utility.cc, mutateRequestHeaders; order measured on the wire).
 */
import { forwardClientCertificate } from './client-certificate.ts'
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { Random } from '../util/random.ts'
import { hostOf } from '../route/authority.ts'
import type { FormatContext } from '../route/format/context.ts'
import { mutate, type CompiledChanges } from '../route/header-mutations.ts'
import { admitAddress } from './client-address.ts'
import { changeHost } from './host-changes.ts'
import { normalizePath } from './path-normalization.ts'
import { hasUpgradeToken, removeConnectionHeaders, removeResponseConnectionHeaders } from './hop-by-hop.ts'
import type { StreamSettings } from './stream-settings.ts'
import { appendVia } from './via-header.ts'

/** A request that goes no further: answered without a body. */
export interface RequestRefusal {
  readonly status: number
  readonly details: string
  /** For a redirect to the unescaped path; null = none. */
  readonly location: string | null
}

const MISSING_HOST: RequestRefusal = { status: 400, details: 'missing_host_header', location: null }
const MISSING_PATH: RequestRefusal = { status: 404, details: 'missing_path_rejected', location: null }
const ABSOLUTE_PATH: RequestRefusal = { status: 404, details: 'absolute_path_rejected', location: null }
const BAD_PATH: RequestRefusal = { status: 400, details: 'path_normalization_failed', location: null }
/** RFC 10008, 2: the content of a QUERY is the query, so its type must be known. */
const UNTYPED_QUERY: RequestRefusal = { status: 400, details: 'query_missing_content_type', location: null }

/** Checks and changes the head. Null = the request goes on. */
export function admitRequest(stream: FormatContext, { config, earlyChanges, services }: StreamSettings): RequestRefusal | null {
  const { info, requestHeaders: headers } = stream
  if (info.redirects !== null) return admitAgain(headers, config, info)
  const host = headers.get(':authority')
  if (host === null) return MISSING_HOST
  const refusal = admitPath(headers, config)
  if (refusal !== null) return refusal
  if (headers.get(':method') === 'QUERY' && !headers.has('content-type')) return UNTYPED_QUERY
  if (config.hostChanges !== null) changeHost(headers, host, config.hostChanges, info.connection.localAddress)
  if ((headers.flags & NameFlag.HopByHop) !== 0) removeConnectionHeaders(headers, hasUpgradeToken(headers))
  if (earlyChanges.length > 0) changeEarly(stream, earlyChanges)
  // Most names are none of Envoy's: known before anything is added.
  const mayControl = (headers.flags & NameFlag.EnvoyControl) !== 0
  const isInternal = admitAddress(headers, config, info)
  if (mayControl) removeControlHeaders(headers, config.useRemoteAddress && !isInternal, isInternal)
  if (isInternal) headers.setOwn('x-envoy-internal', 'true')
  if (config.scheme !== '') overwriteScheme(headers, config.scheme)
  else if (!headers.has(':scheme')) headers.set(':scheme', headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http')
  if (config.via !== '') appendVia(headers, config.via)
  const isEdge = config.useRemoteAddress && !isInternal
  if (isEdge) headers.setOwn('x-envoy-external-address', hostOf(info.sourceAddress))
  addRequestId(headers, config, info, isEdge, services.random)
  forwardClientCertificate(headers, config.clientCertificate, info.connection)
  return null
}

/** Headers of the connection may not come in this way either; what a changed `connection` names stays, as in Envoy. */
function changeEarly(stream: FormatContext, changes: readonly CompiledChanges[]): void {
  const headers = stream.requestHeaders
  for (let i = 0; i < changes.length; i++) mutate(headers, changes[i]!, stream)
  removeResponseConnectionHeaders(headers, hasUpgradeToken(headers))
}

/** The same for a request that a redirect has changed: who the client is has been found out before. */
export function admitAgain(headers: HeaderMap, config: HttpConnectionManagerConfig, info: StreamInfo): RequestRefusal | null {
  const host = headers.get(':authority')
  if (host === null) return MISSING_HOST
  const refusal = admitPath(headers, config)
  if (refusal !== null) return refusal
  if (config.hostChanges !== null) changeHost(headers, host, config.hostChanges, info.connection.localAddress)
  info.requestId = headers.get('x-request-id') ?? ''
  return null
}

function overwriteScheme(headers: HeaderMap, scheme: string): void {
  headers.setOwn('x-forwarded-proto', scheme)
  headers.set(':scheme', scheme)
}

function admitPath(headers: HeaderMap, config: HttpConnectionManagerConfig): RequestRefusal | null {
  const path = headers.get(':path')
  if (path === null || path === '') return headers.get(':method') === 'CONNECT' ? null : MISSING_PATH
  if (path.charCodeAt(0) !== 0x2f) return ABSOLUTE_PATH
  if (path.indexOf('#') >= 0) return BAD_PATH
  if (!config.normalizePath && !config.mergeSlashes && config.escapedSlashes === 'KEEP_UNCHANGED') return null
  const result = normalizePath(path, config)
  // The log shows the path as far as it was changed.
  if (result.path !== path) headers.setInPlace(':path', result.path)
  if (result.verdict === 'reject') return BAD_PATH
  if (result.verdict === 'redirect') return { status: 307, details: 'path_normalization_failed', location: result.path }
  return null
}

/** Control headers that only a trusted peer may set; an edge listener removes a few more. */
const CONTROL_HEADERS: ReadonlySet<string> = new Set([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-max-retries',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
])
const EDGE_CONTROL_HEADERS: ReadonlySet<string> = new Set([
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-host',
  'x-envoy-original-path',
])

/** A peer inside may set them all but one. */
function removeControlHeaders(headers: HeaderMap, isEdge: boolean, isInternal: boolean): void {
  if (isInternal) return void headers.remove('x-envoy-internal')
  const fields = headers.fields
  for (let i = fields.length - 2; i >= 0; i -= 2) {
    const name = fields[i]!
    // Only 'x-e…' can be one of them: most names are told apart by two bytes.
    if (name.charCodeAt(0) !== 0x78 || name.charCodeAt(2) !== 0x65) continue
    if (!CONTROL_HEADERS.has(name) && !(isEdge && EDGE_CONTROL_HEADERS.has(name))) continue
    headers.remove(name)
    if (i > fields.length) i = fields.length
  }
}

function addRequestId(
  headers: HeaderMap,
  config: HttpConnectionManagerConfig,
  info: StreamInfo,
  isEdge: boolean,
  random: Random,
): void {
  const given = headers.get('x-request-id')
  const keeps = given !== null && given !== '' && (config.preserveExternalRequestId || !isEdge)
  if (keeps || !config.generateRequestId) {
    info.requestId = given ?? ''
    return
  }
  info.requestId = random.uuid()
  headers.setOwn('x-request-id', info.requestId)
}
