/**
 * What the connection manager does to a request head before the filters see it (hot): refusals, removal of what
 * belongs to the connection or may not come from outside, and the headers that Envoy adds
 * (source/common/http/conn_manager_utility.cc, mutateRequestHeaders; order measured on the wire).
 */
import { forwardClientCertificate } from './client-certificate.ts'
import { isIP } from 'node:net'
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { portStart } from '../route/authority.ts'
import { machineAddress } from '../util/machine-address.ts'
import type { Random } from '../util/random.ts'
import { normalizePath } from './path-normalization.ts'
import { hasUpgradeToken, removeConnectionHeaders } from './hop-by-hop.ts'
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
export function admitRequest(
  headers: HeaderMap,
  config: HttpConnectionManagerConfig,
  info: StreamInfo,
  random: Random,
): RequestRefusal | null {
  const host = headers.get(':authority')
  if (host === null) return MISSING_HOST
  const refusal = admitPath(headers, config)
  if (refusal !== null) return refusal
  if (headers.get(':method') === 'QUERY' && !headers.has('content-type')) return UNTYPED_QUERY
  if (config.stripAnyHostPort) stripPort(headers, host)
  if ((headers.flags & NameFlag.HopByHop) !== 0) removeConnectionHeaders(headers, hasUpgradeToken(headers))
  if ((headers.flags & NameFlag.EnvoyControl) !== 0) removeControlHeaders(headers, config.useRemoteAddress)
  if (config.useRemoteAddress) appendRemoteAddress(headers, config, info)
  else detectAddress(headers, config, info)
  if (!headers.has(':scheme')) headers.set(':scheme', headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http')
  if (config.via !== '') appendVia(headers, config.via)
  addRequestId(headers, config, info, random)
  forwardClientCertificate(headers, config.clientCertificate, info.connection)
  return null
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

/** `a.test:8080` becomes `a.test`. */
function stripPort(headers: HeaderMap, host: string): void {
  const colon = portStart(host)
  if (colon >= 0 && /^[0-9]+$/.test(host.slice(colon + 1))) headers.setInPlace(':authority', host.slice(0, colon))
}

/** Control headers that only a trusted peer may set; an edge listener removes a few more. */
const CONTROL_HEADERS: ReadonlySet<string> = new Set([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
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

function removeControlHeaders(headers: HeaderMap, isEdge: boolean): void {
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

/** Edge proxy: the peer's address is what counts, and what upstreams are told. */
function appendRemoteAddress(headers: HeaderMap, config: HttpConnectionManagerConfig, info: StreamInfo): void {
  const peer = info.connection.remoteHost
  const hops = config.xffNumTrustedHops
  const forwarded = headers.get('x-forwarded-for')
  const trusted = hops > 0 && forwarded !== null ? addressFromEnd(forwarded, hops - 1) : null
  if (trusted !== null) info.sourceAddress = withPortZero(trusted)
  if (!config.skipXffAppend) appendForwardedFor(headers, forwarded, isLoopback(peer) ? machineAddress() : peer)
  if (hops === 0 || !headers.has('x-forwarded-proto')) headers.setOwn('x-forwarded-proto', schemeOf(info))
  headers.setOwn('x-envoy-external-address', trusted ?? peer)
}

function appendForwardedFor(headers: HeaderMap, forwarded: string | null, address: string): void {
  headers.setOwn('x-forwarded-for', forwarded === null || forwarded === '' ? address : `${forwarded},${address}`)
}

/** Inner proxy: x-forwarded-for tells who the client is. */
function detectAddress(headers: HeaderMap, config: HttpConnectionManagerConfig, info: StreamInfo): void {
  const forwarded = headers.get('x-forwarded-for')
  const client = forwarded === null ? null : addressFromEnd(forwarded, config.xffNumTrustedHops)
  if (client !== null) info.sourceAddress = withPortZero(client)
  if (!headers.has('x-forwarded-proto')) headers.push('x-forwarded-proto', schemeOf(info))
}

/** The address `skip` entries before the last one, or null when there is none or it is not an IP address. */
export function addressFromEnd(forwarded: string, skip: number): string | null {
  let end = forwarded.length
  for (let i = 0; i < skip; i++) {
    end = forwarded.lastIndexOf(',', end - 1)
    if (end <= 0) return null
  }
  const address = forwarded.slice(forwarded.lastIndexOf(',', end - 1) + 1, end).trim()
  return isIP(address) === 0 ? null : address
}

function addRequestId(headers: HeaderMap, config: HttpConnectionManagerConfig, info: StreamInfo, random: Random): void {
  const given = headers.get('x-request-id')
  const keeps = given !== null && given !== '' && (config.preserveExternalRequestId || !config.useRemoteAddress)
  if (keeps || !config.generateRequestId) {
    info.requestId = given ?? ''
    return
  }
  info.requestId = random.uuid()
  headers.setOwn('x-request-id', info.requestId)
}

function withPortZero(address: string): string {
  return address.indexOf(':') < 0 ? `${address}:0` : `[${address}]:0`
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1'
}

function schemeOf({ connection }: StreamInfo): string {
  return connection.tls === null ? 'http' : 'https'
}
