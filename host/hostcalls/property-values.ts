/**
 * Attributes by path (Envoy's attributes.rst, as far as the host knows them). Those that come from a header map can
 * be read while the guest can see that map, and again while it logs: Envoy keeps them behind the same pointer.
 */
import { Status } from '../abi/enums.ts'
import { findFilterState } from '../http/filter-state.ts'
import { canonicalName } from '../http/names.ts'
import type { StreamInfo, TlsInfo } from '../http/stream-info.ts'
import type { AttributeSource, Context } from '../plugin/context.ts'
import type { StreamMap } from '../plugin/stream-host.ts'
import { grpcStatusOf } from './grpc-status.ts'
import {
  booleanValue,
  bytesValue,
  EMPTY_MAP,
  headersValue,
  integerValue,
  jsonMember,
  nanosValue,
  textOrMissing,
  type PropertyValue,
} from './property-encoding.ts'

/** Answers the rest of a path below its group, for a stream. */
type Attribute = (stream: AttributeSource, rest: readonly string[]) => PropertyValue

/** The value at a path, or the status of a missing one. */
export function lookUpProperty(context: Context, path: readonly string[]): PropertyValue {
  const given = context.vm.services.properties?.get(path, context.attributes?.host.info ?? null)
  return given ?? derivedProperty(context, path)
}

function derivedProperty(context: Context, path: readonly string[]): PropertyValue {
  const group = path[0]
  if (group === undefined) return Status.SerializationFailure
  const config = context.root.config
  if (group === 'plugin_name') return whole(path, config.name)
  if (group === 'plugin_root_id') return whole(path, config.rootId)
  if (group === 'plugin_vm_id') return whole(path, config.vmId)
  if (group === 'xds' && path[1] === 'node') return nodeValue(context, path.slice(2))
  if (context.attributes !== null && group === 'xds' && path[1] === 'cluster_metadata')
    return clusterMetadata(context, path.slice(2))
  if (context.attributes !== null && group === 'upstream' && path[1] === 'num_endpoints') return endpointCount(context, path)
  return streamProperty(context.attributes, group, path)
}

function streamProperty(stream: AttributeSource | null, group: string, path: readonly string[]): PropertyValue {
  const attributes = GROUPS[group]
  if (stream === null) return path.length === 1 && group === 'xds' ? Status.SerializationFailure : Status.NotFound
  if (attributes !== undefined && path.length === 1) return Status.SerializationFailure
  if (attributes !== undefined) {
    if (path.length > 2 && !DEEP.has(path[1]!)) return Status.NotFound
    const attribute = Object.hasOwn(attributes, path[1]!) ? attributes[path[1]!] : undefined
    return attribute === undefined ? Status.NotFound : attribute(stream, path.slice(2))
  }
  if (group === 'filter_state') return filterState(stream, path)
  if (group === 'metadata') return dynamicMetadata(path)
  if (group === 'connection_id') return whole(path, integerValue(stream.host.info.connection.id))
  return path.length === 1 ? (findFilterState(stream.host.info, `wasm.${group}`)?.value ?? Status.NotFound) : Status.NotFound
}

/** Members that have members. */
const DEEP: ReadonlySet<string> = new Set(['headers', 'trailers', 'route_metadata', 'virtual_host_metadata', 'listener_metadata'])

const REQUEST: Record<string, Attribute> = {
  path: (stream) => header(stream, 0, ':path'),
  url_path: (stream) => mapped(header(stream, 0, ':path'), (path) => path.split('?', 1)[0]!),
  query: (stream) => mapped(header(stream, 0, ':path'), queryOf),
  host: (stream) => header(stream, 0, ':authority'),
  scheme: (stream) => header(stream, 0, ':scheme'),
  method: (stream) => header(stream, 0, ':method'),
  id: (stream) => header(stream, 0, 'x-request-id'),
  referer: (stream) => header(stream, 0, 'referer'),
  useragent: (stream) => header(stream, 0, 'user-agent'),
  headers: (stream, rest) => headers(stream, 0, rest),
  headers_bytes: (stream) => integerValue(byteSize(stream, 0)),
  total_size: (stream) => integerValue(byteSize(stream, 0) + stream.host.info.bytesReceived),
  size: (stream) => integerValue(requestSize(stream)),
  protocol: (stream) => textOrMissing(stream.host.info.protocol),
  time: (stream) => nanosValue(stream.host.info.startWallMillis),
  duration: (stream) => elapsed(stream.host.info.startMillis, stream.host.info.completeMillis),
}

const RESPONSE: Record<string, Attribute> = {
  code: (stream) => integerOrMissing(stream.host.info.responseCode, 0),
  code_details: (stream) => textOrMissing(stream.host.info.responseCodeDetails),
  flags: (stream) => integerValue(stream.host.info.responseFlags),
  grpc_status: (stream) => grpcStatus(stream),
  headers: (stream, rest) => headers(stream, 2, rest),
  trailers: (stream, rest) => headers(stream, 3, rest),
  headers_bytes: (stream) => integerValue(byteSize(stream, 2)),
  size: (stream) => integerValue(stream.host.info.bytesSent),
  total_size: (stream) => integerValue(byteSize(stream, 2) + stream.host.info.bytesSent + byteSize(stream, 3)),
  backend_latency: ({ host: { info } }) => elapsed(info.upstreamFirstByteSentMillis, info.upstreamLastByteReceivedMillis),
}

/** Missing without TLS; of several names the first one. */
function tlsAttributes(select: (info: StreamInfo) => TlsInfo | null): Record<string, Attribute> {
  const of =
    (read: (tls: TlsInfo) => PropertyValue) =>
    (stream: AttributeSource): PropertyValue => {
      const tls = select(stream.host.info)
      return tls === null ? Status.NotFound : read(tls)
    }
  return {
    tls_version: of((tls) => tls.version),
    subject_local_certificate: of(({ local }) => local?.subject ?? ''),
    subject_peer_certificate: of(({ peer }) => peer?.subject ?? ''),
    dns_san_local_certificate: of(({ local }) => local?.dnsNames[0] ?? Status.NotFound),
    dns_san_peer_certificate: of(({ peer }) => peer?.dnsNames[0] ?? Status.NotFound),
    uri_san_local_certificate: of(({ local }) => local?.uriNames[0] ?? Status.NotFound),
    uri_san_peer_certificate: of(({ peer }) => peer?.uriNames[0] ?? Status.NotFound),
    sha256_peer_certificate_digest: of(({ peer }) => peer?.sha256 ?? Status.NotFound),
    peer_certificate: of(({ peer }) => peer?.pem ?? Status.NotFound),
  }
}

const SOURCE: Record<string, Attribute> = {
  address: (stream) => stream.host.info.sourceAddress,
  port: (stream) => portOf(stream.host.info.sourceAddress),
}

const DESTINATION: Record<string, Attribute> = {
  address: (stream) => stream.host.info.connection.localAddress,
  port: (stream) => portOf(stream.host.info.connection.localAddress),
}

const CONNECTION: Record<string, Attribute> = {
  id: (stream) => integerValue(stream.host.info.connection.id),
  mtls: ({ host: { info } }) => booleanValue(info.connection.tls?.peer != null),
  peer_certificate_valid: ({ host: { info } }) => booleanValue(info.connection.tls?.isPeerValid === true),
  requested_server_name: ({ host: { info } }) => info.connection.requestedServerName,
  transport_failure_reason: ({ host: { info } }) => textOrMissing(info.connection.transportFailure),
  ...tlsAttributes((info) => info.connection.tls),
  termination_details: (stream) => textOrMissing(stream.host.info.connectionTerminationDetails),
}

const UPSTREAM: Record<string, Attribute> = {
  address: (stream) => textOrMissing(stream.host.info.upstreamAddress),
  port: (stream) => mapped(textOrMissing(stream.host.info.upstreamAddress), portOf),
  local_address: (stream) => textOrMissing(stream.host.info.upstreamLocalAddress),
  ...tlsAttributes((info) => info.upstreamTls),
  /** Of a connection from its beginning on. */
  transport_failure_reason: (stream) =>
    stream.host.info.protocol === ''
      ? stream.host.info.upstreamTransportFailure
      : ifUpstream(stream, stream.host.info.upstreamTransportFailure),
  /** An empty Locality message: endpoints have none. */
  locality: (stream) => ifUpstream(stream, ''),
  request_attempt_count: (stream) => integerValue(stream.host.info.attemptCount),
}

const XDS: Record<string, Attribute> = {
  route_name: (stream) => ifRouted(routed(stream), routed(stream).routeName),
  virtual_host_name: (stream) => textOrMissing(routed(stream).virtualHostName),
  cluster_name: (stream) => textOrMissing(routed(stream).clusterName),
  route_metadata: (stream, rest) => metadataValue(routed(stream).routeMetadata, rest, Status.NotFound),
  virtual_host_metadata: (stream, rest) => metadataValue(routed(stream).virtualHostMetadata, rest, Status.NotFound),
  listener_metadata: (stream, rest) => metadataValue(stream.host.info.connection.listenerMetadata, rest, ''),
  listener_direction: (stream) => integerValue(stream.host.info.connection.listenerDirection),
  filter_chain_name: (stream) => stream.host.info.connection.filterChainName,
  upstream_host_metadata: (stream) => (stream.host.info.upstreamAddress === '' ? Status.NotFound : Status.SerializationFailure),
  upstream_host_locality_metadata: (stream) =>
    stream.host.info.upstreamAddress === '' ? Status.NotFound : Status.SerializationFailure,
}

/** Groups whose own name has no value (3). */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  __proto__: null as never,
  request: REQUEST,
  response: RESPONSE,
  source: SOURCE,
  destination: DESTINATION,
  connection: CONNECTION,
  upstream: UPSTREAM,
  xds: XDS,
  upstream_filter_state: {},
}

/** A value without members. */
function whole(path: readonly string[], value: string): PropertyValue {
  return path.length === 1 ? value : Status.NotFound
}

function clusterMetadata(context: Context, rest: readonly string[]): PropertyValue {
  const info = routed(context.attributes!)
  const metadata = info.clusterMetadata ?? context.vm.services.callouts.clusterFacts(info.clusterName)?.metadata ?? null
  return metadataValue(metadata, rest, ifRouted(info, ''))
}

function endpointCount(context: Context, path: readonly string[]): PropertyValue {
  const facts = context.vm.services.callouts.clusterFacts(routed(context.attributes!).clusterName)
  return facts === null || path.length > 2 ? Status.NotFound : integerValue(facts.endpoints)
}

/** Fields of the node that are empty when they are not set. */
const EMPTY_NODE_FIELDS: ReadonlySet<string> = new Set(
  'id cluster locality locality/region locality/zone locality/sub_zone'.split(' '),
)

function nodeValue(context: Context, rest: readonly string[]): PropertyValue {
  const { message, json } = context.vm.services.node
  if (rest.length === 0) return bytesValue(message)
  const value = jsonMember(json, rest)
  return value === Status.NotFound && EMPTY_NODE_FIELDS.has(rest.join('/')) ? '' : value
}

function filterState(stream: AttributeSource, path: readonly string[]): PropertyValue {
  if (path.length === 1) return Status.SerializationFailure
  const object = findFilterState(stream.host.info, path[1]!)
  if (object?.kind === 'opaque') return Status.SerializationFailure
  return path.length === 2 ? (object?.value ?? Status.NotFound) : Status.NotFound
}

/** No filter of the host sets dynamic metadata: an empty message, its one map empty. */
function dynamicMetadata(path: readonly string[]): PropertyValue {
  if (path.length === 1) return ''
  return path.length === 2 && path[1] === 'filter_metadata' ? EMPTY_MAP : Status.NotFound
}

function header(stream: AttributeSource, type: StreamMap, name: string): PropertyValue {
  return stream.streamMap(type, false)?.get(name) ?? Status.NotFound
}

/** The whole map, or all values of one name joined by a comma. */
function headers(stream: AttributeSource, type: StreamMap, rest: readonly string[]): PropertyValue {
  const map = stream.streamMap(type, false)
  if (rest.length === 0) return headersValue(map)
  const values = rest.length === 1 ? map?.getAll(canonicalName(rest[0]!)) : undefined
  return values === undefined || values.length === 0 ? Status.NotFound : values.join(',')
}

function byteSize(stream: AttributeSource, type: StreamMap): number {
  return stream.streamMap(type, false)?.byteSize ?? 0
}

function requestSize(stream: AttributeSource): number {
  const announced = header(stream, 0, 'content-length')
  return typeof announced === 'string' && /^\d{1,15}$/.test(announced) ? Number(announced) : stream.host.info.bytesReceived
}

/** From trailers or headers while they can be seen, else what the HTTP status stands for. */
function grpcStatus(stream: AttributeSource): PropertyValue {
  const info = stream.host.info
  const named = [header(stream, 3, 'grpc-status'), header(stream, 2, 'grpc-status')]
  for (const value of named) if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return integerValue(Number(value))
  return info.responseCode === 0 ? Status.NotFound : integerValue(grpcStatusOf(info.responseCode))
}

function queryOf(path: string): string {
  const start = path.indexOf('?')
  return start < 0 ? '' : path.slice(start + 1).split('#', 1)[0]!
}

/** Envoy's port is what follows the last colon. */
function portOf(address: string): string {
  return integerValue(Number(address.slice(address.lastIndexOf(':') + 1)) || 0)
}

function elapsed(from: number, to: number): PropertyValue {
  return from < 0 || to < 0 ? Status.NotFound : nanosValue(to - from)
}

function integerOrMissing(value: number, missing: number): PropertyValue {
  return value === missing ? Status.NotFound : integerValue(value)
}

function mapped(value: PropertyValue, change: (text: string) => string): PropertyValue {
  return typeof value === 'string' ? change(value) : value
}

function ifUpstream(stream: AttributeSource, value: string): PropertyValue {
  return stream.host.info.upstreamAddress === '' ? Status.NotFound : value
}

/** A value that every route has; a virtual host always has a name. */
function ifRouted(info: StreamInfo, value: string): PropertyValue {
  return info.virtualHostName === '' ? Status.NotFound : value
}

/** The stream's facts after its route was looked for. */
function routed(stream: AttributeSource): StreamInfo {
  if (!stream.ended) stream.host.resolveRoute()
  return stream.host.info
}

/** A `MetadataConfig`; `absent` for none. */
function metadataValue(metadata: unknown, rest: readonly string[], absent: PropertyValue): PropertyValue {
  if (metadata === null || metadata === undefined) return rest.length === 0 ? absent : Status.NotFound
  const { message, json } = metadata as { message: Uint8Array; json: object }
  if (rest.length === 0) return bytesValue(message)
  if (rest.length === 1 && rest[0] === 'filter_metadata' && !Object.hasOwn(json, 'filterMetadata')) return EMPTY_MAP
  return jsonMember(json, rest)
}
