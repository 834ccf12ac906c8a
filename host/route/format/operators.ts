/** The operators of format strings, by Envoy's names (source/common/formatter/stream_info_formatter.cc). */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { fromByteString, utf8ByteString } from '../../util/bytes.ts'
import { findFilterState } from '../../http/filter-state.ts'
import type { HeaderMap } from '../../http/header-map.ts'
import { canonicalName } from '../../http/names.ts'
import type { StreamInfo } from '../../http/stream-info.ts'
import type { FormatContext } from './context.ts'
import { commonDuration } from './durations.ts'
import { grpcStatusNumber, grpcStatusText } from './grpc-status.ts'
import { flagNames, longFlagNames } from './response-flags.ts'
import { metadataValue, type StructuredValue } from './metadata-operators.ts'
import { environment, queryParameter, requestPath } from './request-operators.ts'
import { compileTime } from './time.ts'
import { TLS_OPERATORS } from './tls-operators.ts'

/** Reads one value of a stream as a byte string, a number or what they make up; null = missing. */
export type Operator = (context: FormatContext) => string | number | StructuredValue | null

type Factory = (argument: string | null) => Operator | null

/** Null for an unknown name, and for an argument that is missing or not wanted. */
export function createOperator(name: string, argument: string | null): Operator | null {
  const plain = PLAIN.get(name)
  if (plain !== undefined) return argument === null ? plain : null
  return WITH_ARGUMENT.get(name)?.(argument) ?? null
}

const PLAIN: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['PROTOCOL', ({ info }) => text(info.protocol)],
  ['RESPONSE_CODE', ({ info }) => info.responseCode],
  ['RESPONSE_CODE_DETAILS', ({ info }) => text(info.responseCodeDetails)],
  // A dash in JSON, too.
  ['RESPONSE_FLAGS', ({ info }) => flagNames(info.responseFlags, info.protocol === '') ?? '-'],
  ['RESPONSE_FLAGS_LONG', ({ info }) => longFlagNames(info.responseFlags) ?? '-'],
  ['CONNECTION_TERMINATION_DETAILS', ({ info }) => text(info.connectionTerminationDetails)],
  ['DOWNSTREAM_LOCAL_CLOSE_REASON', ({ info }) => text(info.localCloseReason)],
  ['BYTES_RECEIVED', ({ info }) => info.bytesReceived],
  ['BYTES_SENT', ({ info }) => info.bytesSent],
  ['REQUEST_HEADERS_BYTES', ({ requestHeaders }) => requestHeaders.byteSize],
  ['RESPONSE_HEADERS_BYTES', ({ responseHeaders }) => bytesOf(responseHeaders)],
  ['RESPONSE_TRAILERS_BYTES', ({ responseTrailerMap }) => bytesOf(responseTrailerMap)],
  ['DURATION', ({ info }) => span(info.startMillis, info.completeMillis)],
  ['REQUEST_DURATION', ({ info }) => span(info.startMillis, info.requestCompleteMillis)],
  ['REQUEST_TX_DURATION', ({ info }) => span(info.startMillis, info.upstreamLastByteSentMillis)],
  ['RESPONSE_DURATION', ({ info }) => span(info.startMillis, info.upstreamFirstByteReceivedMillis)],
  ['RESPONSE_TX_DURATION', ({ info }) => span(info.upstreamFirstByteReceivedMillis, info.completeMillis)],
  ['ROUTE_NAME', ({ info }) => text(info.routeName)],
  ['VIRTUAL_HOST_NAME', ({ info }) => text(info.virtualHostName)],
  ['UPSTREAM_CLUSTER', ({ info }) => text(info.clusterName)],
  ['UPSTREAM_HOST', ({ info }) => text(info.upstreamAddress)],
  ['UPSTREAM_REMOTE_ADDRESS', ({ info }) => text(info.upstreamAddress)],
  ['UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT', ({ info }) => text(withoutPort(info.upstreamAddress))],
  ['UPSTREAM_REMOTE_PORT', ({ info }) => (isConnected(info) ? portOf(info.upstreamAddress) : null)],
  ['UPSTREAM_LOCAL_ADDRESS', ({ info }) => text(info.upstreamLocalAddress)],
  ['UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT', ({ info }) => text(withoutPort(info.upstreamLocalAddress))],
  ['UPSTREAM_REQUEST_ATTEMPT_COUNT', ({ info }) => info.attemptCount],
  ['UPSTREAM_TRANSPORT_FAILURE_REASON', ({ info }) => text(info.upstreamTransportFailure.replaceAll(' ', '_'))],
  ['DOWNSTREAM_REMOTE_ADDRESS', ({ info }) => text(info.sourceAddress)],
  ['DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT', ({ info }) => text(withoutPort(info.sourceAddress))],
  ['DOWNSTREAM_REMOTE_PORT', ({ info }) => portOf(info.sourceAddress)],
  ['DOWNSTREAM_DIRECT_REMOTE_ADDRESS', ({ info }) => text(info.connection.directRemoteAddress)],
  ['DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT', ({ info }) => text(withoutPort(info.connection.directRemoteAddress))],
  ['DOWNSTREAM_DIRECT_REMOTE_PORT', ({ info }) => portOf(info.connection.directRemoteAddress)],
  ['DOWNSTREAM_LOCAL_ADDRESS', ({ info }) => text(info.connection.localAddress)],
  ['DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT', ({ info }) => text(withoutPort(info.connection.localAddress))],
  ['DOWNSTREAM_LOCAL_PORT', ({ info }) => portOf(info.connection.localAddress)],
  ['STREAM_ID', ({ info }) => text(info.requestId)],
  ['UNIQUE_ID', () => randomUUID()],
  ['CONNECTION_ID', ({ info }) => info.connection.id],
  ['FILTER_CHAIN_NAME', ({ info }) => text(info.connection.filterChainName)],
  ['LOCAL_REPLY_BODY', ({ localReplyBody }) => localReplyBody ?? ''],
  ['HOSTNAME', () => HOSTNAME],
  ['GRPC_STATUS_NUMBER', grpcStatusNumber],
  ...TLS_OPERATORS,
])

const WITH_ARGUMENT: ReadonlyMap<string, Factory> = new Map<string, Factory>([
  ['START_TIME', startTime],
  ['EMIT_TIME', emitTime],
  ['COMMON_DURATION', commonDuration],
  ['METADATA', metadataValue],
  ['REQ', (argument) => header(argument, ({ requestHeaders }) => requestHeaders)],
  ['RESP', (argument) => header(argument, ({ responseHeaders }) => responseHeaders)],
  ['TRAILER', (argument) => header(argument, ({ responseTrailerMap }) => responseTrailerMap)],
  ['QUERY_PARAM', queryParameter],
  ['PATH', requestPath],
  ['ENVIRONMENT', environment],
  ['FILTER_STATE', filterState],
  ['GRPC_STATUS', grpcStatusText],
])

const HOSTNAME = utf8ByteString(hostname())

function startTime(argument: string | null): Operator {
  const time = compileTime(argument ?? '')
  return ({ info }) => time(info.startWallMillis)
}

function emitTime(argument: string | null): Operator {
  const time = compileTime(argument ?? '')
  return () => time(Date.now())
}

/** `NAME`, or `NAME?OTHER`: the first value of the first header that is there. */
function header(argument: string | null, select: (context: FormatContext) => HeaderMap | null): Operator | null {
  if (argument === null || argument === '') return null
  const [main, other, ...rest] = argument.split('?')
  if (main === undefined || main === '' || other === '' || rest.length > 0) return null
  const name = canonicalName(main)
  const alternative = other === undefined ? null : canonicalName(other)
  return (context) => {
    const map = select(context)
    if (map === null) return null
    return map.get(name) ?? (alternative === null ? null : map.get(alternative))
  }
}

/** `KEY` prints a JSON form of the value (Envoy's "typed" form), `KEY:PLAIN` its bytes. */
function filterState(argument: string | null): Operator | null {
  if (argument === null || argument === '') return null
  const [key, form = 'TYPED'] = splitLast(argument)
  if (form !== 'PLAIN' && form !== 'TYPED') return null
  return ({ info }) => {
    const object = findFilterState(info, key)
    if (object === null || form === 'PLAIN') return object?.value ?? null
    return object.kind === 'text' ? utf8ByteString(JSON.stringify(utf8Text(object.value))) : bytesText(object.value)
  }
}

function bytesText(value: string): string {
  return `{"@type":"type.googleapis.com/google.protobuf.BytesValue","value":"${fromByteString(value).toString('base64')}"}`
}

function utf8Text(value: string): string {
  return fromByteString(value).toString('utf8')
}

function splitLast(argument: string): [string, string?] {
  const colon = argument.lastIndexOf(':')
  return colon < 0 ? [argument] : [argument.slice(0, colon), argument.slice(colon + 1)]
}

function text(value: string): string | null {
  return value === '' ? null : value
}

/** Whole milliseconds between two monotonic times, null when one was not reached. */
function span(from: number, to: number): number | null {
  return from < 0 || to < 0 ? null : Math.floor(to - from)
}

function bytesOf(map: HeaderMap | null): number {
  return map === null ? 0 : map.byteSize
}

function withoutPort(address: string): string {
  const colon = address.lastIndexOf(':')
  const host = colon < 0 ? address : address.slice(0, colon)
  return host.startsWith('[') ? host.slice(1, -1) : host
}

/** An address may be that of an endpoint to which there was no connection. */
function isConnected(info: StreamInfo): boolean {
  return info.upstreamFirstByteSentMillis >= 0 || info.upstreamLocalAddress !== ''
}

function portOf(address: string): number | null {
  const colon = address.lastIndexOf(':')
  return colon < 0 ? null : Number(address.slice(colon + 1))
}
