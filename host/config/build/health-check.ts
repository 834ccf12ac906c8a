/** How endpoints are asked whether they are well, with Envoy's defaults. */
import { utf8ByteString } from '../../util/bytes.ts'
import { millisecondsOr } from '../duration.ts'
import { RequestMethod, RequestMethodSchema } from '../gen/envoy/config/core/v3/base_pb.ts'
import type {
  HealthCheck,
  HealthCheck_GrpcHealthCheck,
  HealthCheck_HttpHealthCheck,
  HealthCheck_Payload,
  HealthCheck_TcpHealthCheck,
} from '../gen/envoy/config/core/v3/health_check_pb.ts'
import type { Endpoint_HealthCheckConfig } from '../gen/envoy/config/endpoint/v3/endpoint_components_pb.ts'
import { CodecClientType } from '../gen/envoy/type/v3/http_pb.ts'
import type { Int64Range } from '../gen/envoy/type/v3/range_pb.ts'
import type { ConfigPath } from '../path.ts'
import type {
  CheckIntervals,
  EndpointCheckConfig,
  GrpcProbeConfig,
  HealthCheckConfig,
  HttpProbeConfig,
  ProbeConfig,
  StatusRange,
  TcpProbeConfig,
} from '../types.ts'
import { buildAddress } from './address.ts'
import type { BuildContext } from './context.ts'
import { buildAdditions, buildHeaderName } from './headers.ts'
import { buildText } from './matchers.ts'

const DEFAULT_NO_TRAFFIC_INTERVAL = 60_000
const DEFAULT_MAX_BODY_BYTES = 1024n
const OK: StatusRange = { start: 200, end: 201 }

/** A checked health check; `path` leads to it and stands in faults about format strings. */
export function buildHealthCheck(check: HealthCheck, path: ConfigPath, context: BuildContext): HealthCheckConfig {
  return {
    timeout: millisecondsOr(check.timeout, 0),
    initialJitter: millisecondsOr(check.initialJitter, 0),
    intervalJitter: millisecondsOr(check.intervalJitter, 0),
    intervalJitterPercent: check.intervalJitterPercent,
    unhealthyThreshold: check.unhealthyThreshold ?? 0,
    healthyThreshold: check.healthyThreshold ?? 0,
    reusesConnection: check.reuseConnection ?? true,
    intervals: buildIntervals(check),
    probe: buildProbe(check.healthChecker, path, context),
  }
}

/** How one endpoint differs from the others. */
export function buildEndpointCheck(check: Endpoint_HealthCheckConfig | undefined): EndpointCheckConfig {
  const { host, port } = buildAddress(check?.address)
  return {
    isDisabled: check?.disableActiveHealthCheck ?? false,
    host,
    port: check === undefined || check.portValue === 0 ? port : check.portValue,
    hostname: utf8ByteString(check?.hostname ?? ''),
  }
}

/** The bytes that a payload means; undefined = its hexadecimal digits are none. */
export function payloadBytes(payload: HealthCheck_Payload | undefined): Buffer | undefined {
  const { payload: bytes } = payload ?? {}
  if (bytes?.case === 'binary') return Buffer.from(bytes.value)
  const text = bytes?.case === 'text' ? bytes.value : ''
  return /^([0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined
}

function buildIntervals(check: HealthCheck): CheckIntervals {
  const healthy = millisecondsOr(check.interval, 0)
  const unhealthy = millisecondsOr(check.unhealthyInterval, healthy)
  const noTraffic = millisecondsOr(check.noTrafficInterval, DEFAULT_NO_TRAFFIC_INTERVAL)
  return {
    healthy,
    healthyEdge: millisecondsOr(check.healthyEdgeInterval, healthy),
    unhealthy,
    unhealthyEdge: millisecondsOr(check.unhealthyEdgeInterval, unhealthy),
    noTraffic,
    noTrafficHealthy: millisecondsOr(check.noTrafficHealthyInterval, noTraffic),
  }
}

function buildProbe({ case: kind, value }: HealthCheck['healthChecker'], path: ConfigPath, context: BuildContext): ProbeConfig {
  if (kind === 'httpHealthCheck') return buildHttp(value, [...path, 'http_health_check'], context)
  if (kind === 'grpcHealthCheck') return buildGrpc(value, [...path, 'grpc_health_check'], context)
  return buildTcp(value)
}

function buildHttp(check: HealthCheck_HttpHealthCheck, path: ConfigPath, context: BuildContext): HttpProbeConfig {
  const service = check.serviceNameMatcher
  const maxBodyBytes = Number(check.responseBufferSize ?? DEFAULT_MAX_BODY_BYTES)
  return {
    kind: 'HTTP',
    protocol: check.codecClientType === CodecClientType.HTTP2 ? 'HTTP/2' : 'HTTP/1.1',
    method: methodName(check.method),
    host: utf8ByteString(check.host),
    path: utf8ByteString(check.path),
    body: bytesOf(check.send),
    headersToAdd: buildAdditions(check.requestHeadersToAdd, [...path, 'request_headers_to_add'], context),
    headersToRemove: check.requestHeadersToRemove.map(buildHeaderName),
    expected: check.expectedStatuses.length === 0 ? [OK] : check.expectedStatuses.map(buildRange),
    retriable: check.retriableStatuses.map(buildRange),
    receive: check.receive.map(bytesOf),
    maxBodyBytes: maxBodyBytes === 0 ? Infinity : maxBodyBytes,
    service: service === undefined ? null : buildText(service, [...path, 'service_name_matcher'], context),
  }
}

function buildTcp(check: HealthCheck_TcpHealthCheck | undefined): TcpProbeConfig {
  return { kind: 'TCP', send: bytesOf(check?.send), receive: (check?.receive ?? []).map(bytesOf) }
}

function buildGrpc(check: HealthCheck_GrpcHealthCheck, path: ConfigPath, context: BuildContext): GrpcProbeConfig {
  return {
    kind: 'GRPC',
    service: check.serviceName,
    authority: utf8ByteString(check.authority),
    metadata: buildAdditions(check.initialMetadata, [...path, 'initial_metadata'], context),
  }
}

/** The method in words; without one, GET. */
export function methodName(method: RequestMethod): string {
  return method === RequestMethod.METHOD_UNSPECIFIED ? 'GET' : RequestMethodSchema.value[method]!.name
}

function bytesOf(payload: HealthCheck_Payload | undefined): Buffer {
  return payloadBytes(payload) ?? Buffer.alloc(0)
}

function buildRange({ start, end }: Int64Range): StatusRange {
  return { start: Number(start), end: Number(end) }
}
