/** The attributes of a context as values of CEL. Members of a group are read when an expression asks for them. */
import { create } from '@bufbuild/protobuf'
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import type { CelInput } from '@bufbuild/cel'
import { decodePairs } from '../abi/pairs.ts'
import type { Context } from '../plugin/context.ts'
import { findFilterState } from '../http/filter-state.ts'
import { fromByteString } from '../util/bytes.ts'
import type { Cel } from './expressions.ts'
import { lookUpProperty } from './property-values.ts'

type Reader = (bytes: Buffer, cel: Cel) => CelInput

const GROUPS: ReadonlySet<string> = new Set(
  'request response source destination connection upstream xds metadata filter_state'.split(' '),
)
const NANOS = 1_000_000_000n

const integer: Reader = (bytes) => bytes.readBigInt64LE()
const unsigned: Reader = (bytes, { celUint }) => celUint(bytes.readBigUInt64LE())
const boolean: Reader = (bytes) => bytes[0] === 1
const duration: Reader = (bytes) => create(DurationSchema, secondsAndNanos(bytes.readBigInt64LE()))
const timestamp: Reader = (bytes) => create(TimestampSchema, secondsAndNanos(bytes.readBigInt64LE()))

/** Attributes that are no text, by path. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...named(integer, 'request.size request.total_size request.headers_bytes response.code response.flags response.grpc_status'),
  ...named(integer, 'response.size response.total_size response.headers_bytes source.port destination.port upstream.port'),
  ...named(integer, 'xds.listener_direction'),
  ...named(unsigned, 'connection.id connection_id upstream.request_attempt_count upstream.num_endpoints'),
  ...named(boolean, 'connection.mtls connection.peer_certificate_valid'),
  ...named(timestamp, 'request.time'),
  ...named(duration, 'request.duration response.backend_latency upstream.cx_pool_ready_duration'),
])

const HEADER_MAPS: ReadonlySet<string> = new Set(['request.headers', 'response.headers', 'response.trailers'])

/** The value of a variable, or null when there is none. */
export function attributeOf(context: Context, name: string, cel: Cel): CelInput | null {
  return GROUPS.has(name) ? cel.celMap(new AttributeMap(context, [name], cel)) : read(context, [name], cel)
}

function read(context: Context, path: readonly string[], cel: Cel): CelInput | null {
  const key = path.join('.')
  if (HEADER_MAPS.has(key)) return cel.celMap(new AttributeMap(context, path, cel))
  if (key === 'metadata.filter_metadata') return new Map()
  const value = lookUpProperty(context, path)
  if (typeof value !== 'string') return null
  const bytes = fromByteString(value)
  const reader = READERS.get(key)
  if (reader !== undefined) return reader(bytes, cel)
  return isGuestBytes(context, path) ? bytes : bytes.toString('utf8')
}

/** What a filter has set is bytes unless it was declared as text. */
function isGuestBytes(context: Context, path: readonly string[]): boolean {
  const info = context.attributes?.host.info
  const name = path.length === 1 ? `wasm.${path[0]!}` : path[0] === 'filter_state' ? path[1]! : null
  return info !== undefined && name !== null && findFilterState(info, name)?.kind === 'bytes'
}

/** A group, or the headers of a message, as a map that is read on demand; only headers can be listed. */
class AttributeMap extends Map<string, CelInput> {
  readonly #context: Context
  readonly #path: readonly string[]
  readonly #cel: Cel

  constructor(context: Context, path: readonly string[], cel: Cel) {
    super(path.length === 1 ? [] : headersOf(context, path))
    this.#context = context
    this.#path = path
    this.#cel = cel
  }

  override get(name: string): CelInput | undefined {
    return typeof name === 'string' ? (read(this.#context, [...this.#path, name], this.#cel) ?? undefined) : undefined
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined
  }
}

function headersOf(context: Context, path: readonly string[]): [string, string][] {
  const value = lookUpProperty(context, path)
  if (typeof value !== 'string') return []
  const bytes = fromByteString(value)
  const fields = decodePairs(bytes, 0, bytes.length)
  return Array.from({ length: fields.length / 2 }, (_, at) => [utf8(fields[2 * at]!), utf8(fields[2 * at + 1]!)])
}

function utf8(byteText: string): string {
  return fromByteString(byteText).toString('utf8')
}

function secondsAndNanos(nanos: bigint): { seconds: bigint; nanos: number } {
  return { seconds: nanos / NANOS, nanos: Number(nanos % NANOS) }
}

function named(reader: Reader, paths: string): [string, Reader][] {
  return paths.split(' ').map((path) => [path, reader])
}
