/**
 * Attributes by Envoy's names (attributes.rst) as a guest reads them, for the option `properties` of a test host.
 *
 *     properties: encodeProperties({ connection: { id: 7, mtls: true }, request: { time: new Date(0) } })
 */
import { fromJson, type JsonValue } from '@bufbuild/protobuf'
import { encodePairs } from '../abi/pairs.ts'
import { buildMetadata, buildNode } from '../config/build/metadata.ts'
import { MetadataSchema, NodeSchema } from '../config/gen/envoy/config/core/v3/base_pb.ts'
import { booleanValue, bytesValue, integerValue, jsonMember, nanosValue } from '../hostcalls/property-encoding.ts'
import { utf8ByteString } from '../util/bytes.ts'
import { parseDuration, type Duration } from './duration.ts'

const ENDPOINT = { address: 'text', port: 'integer' } as const
const CERTIFICATES = {
  tls_version: 'text',
  subject_local_certificate: 'text',
  subject_peer_certificate: 'text',
  dns_san_local_certificate: 'text',
  dns_san_peer_certificate: 'text',
  uri_san_local_certificate: 'text',
  uri_san_peer_certificate: 'text',
  sha256_peer_certificate_digest: 'text',
} as const
const SIZES = { size: 'integer', total_size: 'integer', headers_bytes: 'integer' } as const

/** Type of each attribute, by group. */
const ATTRIBUTES = {
  request: {
    path: 'text',
    url_path: 'text',
    query: 'text',
    host: 'text',
    scheme: 'text',
    method: 'text',
    id: 'text',
    referer: 'text',
    useragent: 'text',
    protocol: 'text',
    headers: 'map',
    time: 'time',
    duration: 'duration',
    ...SIZES,
  },
  response: {
    code: 'integer',
    code_details: 'text',
    flags: 'integer',
    grpc_status: 'integer',
    headers: 'map',
    trailers: 'map',
    backend_latency: 'duration',
    ...SIZES,
  },
  source: ENDPOINT,
  destination: ENDPOINT,
  connection: {
    id: 'integer',
    mtls: 'flag',
    peer_certificate_valid: 'flag',
    requested_server_name: 'text',
    termination_details: 'text',
    transport_failure_reason: 'text',
    ...CERTIFICATES,
  },
  upstream: {
    ...ENDPOINT,
    local_address: 'text',
    transport_failure_reason: 'text',
    request_attempt_count: 'integer',
    num_endpoints: 'integer',
    cx_pool_ready_duration: 'duration',
    ...CERTIFICATES,
  },
  xds: {
    node: 'node',
    cluster_name: 'text',
    cluster_metadata: 'metadata',
    route_name: 'text',
    route_metadata: 'metadata',
    virtual_host_name: 'text',
    virtual_host_metadata: 'metadata',
    listener_direction: 'integer',
    listener_metadata: 'metadata',
    filter_chain_name: 'text',
  },
} as const

/** What a test writes for each type. */
interface Values {
  readonly text: string
  readonly integer: number | bigint
  readonly flag: boolean
  readonly time: Date
  readonly duration: Duration
  readonly map: Readonly<Record<string, string>>
  /** The message's JSON form: `{ filter_metadata: { 'envoy.lb': { stage: 'canary' } } }`. */
  readonly metadata: object
  readonly node: object
}

type Attributes = typeof ATTRIBUTES
type Kind = keyof Values

/** Attributes by group. */
export type PropertyTree = {
  readonly [Group in keyof Attributes]?: {
    readonly [Name in keyof Attributes[Group]]?: Attributes[Group][Name] extends Kind ? Values[Attributes[Group][Name]] : never
  }
} & { readonly metadata?: object; readonly filter_state?: Readonly<Record<string, string>> }

type Entry = readonly [string, string]

/** The bytes of each path, and of the members of maps and messages. */
const ENCODERS: { readonly [K in Kind]: (path: string, value: Values[K]) => Entry[] } = {
  text: (path, value) => [[path, utf8ByteString(value)]],
  integer: (path, value) => [[path, integerValue(value)]],
  flag: (path, value) => [[path, booleanValue(value)]],
  time: (path, value) => [[path, nanosValue(value.getTime())]],
  duration: (path, value) => [[path, nanosValue(parseDuration(value))]],
  map: encodeMap,
  metadata: (path, value) => encodeMessage(path, buildMetadata(fromJson(MetadataSchema, value as JsonValue))),
  node: (path, value) => encodeMessage(path, buildNode(fromJson(NodeSchema, value as JsonValue), '')),
}

/**
 * Numbers and times as 8 bytes little-endian (times in nanoseconds), booleans as one byte, header maps as pairs, metadata and node as
 * messages whose members can be read. Throws for a name that Envoy does not have.
 */
export function encodeProperties(tree: PropertyTree): Record<string, string> {
  const { metadata, filter_state: state = {}, ...groups } = tree
  const entries = Object.entries(groups).flatMap(([group, members]) =>
    Object.entries(members).flatMap(([name, value]) => encodeAttribute(group, name, value)),
  )
  for (const [name, value] of Object.entries(state)) entries.push(...ENCODERS.text(`filter_state.${name}`, value))
  if (metadata !== undefined) entries.push(...ENCODERS.metadata('metadata', metadata))
  return Object.fromEntries(entries)
}

function encodeAttribute(group: string, name: string, value: unknown): Entry[] {
  const kind = (ATTRIBUTES as Readonly<Record<string, Readonly<Record<string, Kind>>>>)[group]?.[name]
  if (kind === undefined) throw new RangeError(`Bad property: seen ${group}.${name}, wanted an attribute of Envoy`)
  // The type of the tree says that the value fits.
  return (ENCODERS[kind] as (path: string, value: unknown) => Entry[])(`${group}.${name}`, value)
}

function encodeMap(path: string, map: Readonly<Record<string, string>>): Entry[] {
  const fields = Object.entries(map).map(([name, value]) => [utf8ByteString(name), utf8ByteString(value)] as const)
  return [[path, bytesValue(encodePairs(fields.flat()))], ...fields.map(([name, value]) => [`${path}.${name}`, value] as const)]
}

function encodeMessage(path: string, { message, json }: { readonly message: Uint8Array; readonly json: unknown }): Entry[] {
  return [[path, bytesValue(message)], ...membersOf(path, json)]
}

/** Every member of a message, at any depth. */
function membersOf(path: string, json: unknown): Entry[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return []
  return Object.entries(json).flatMap(([name, member]) => {
    const value = jsonMember(json, [utf8ByteString(name)])
    const place = `${path}.${utf8ByteString(name)}`
    return [...(typeof value === 'string' ? [[place, value] as const] : []), ...membersOf(place, member)]
  })
}
