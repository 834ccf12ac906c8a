/** Rules of health checks. */
import { methodName, payloadBytes } from '../build/health-check.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type {
  HealthCheck,
  HealthCheck_HttpHealthCheck,
  HealthCheck_Payload,
  HealthCheck_TcpHealthCheck,
} from '../gen/envoy/config/core/v3/health_check_pb.ts'
import type { Int64Range } from '../gen/envoy/type/v3/range_pb.ts'
import type { ConfigPath } from '../path.ts'
import { judgeAdditions, judgeRemovals } from './header-changes.ts'

const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'TRACE'])

/** Adds what is wrong with the checks of a cluster; `speaksHttp2`: its endpoints do. */
export function judgeHealthChecks({ healthChecks }: Cluster, speaksHttp2: boolean, path: ConfigPath, faults: Fault[]): void {
  for (const [index, check] of healthChecks.entries()) judgeHealthCheck(check, speaksHttp2, [...path, index], faults)
  if (healthChecks.length <= 1) return
  const wanted = 'at most 1'
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Too many health checks',
    path,
    seen: String(healthChecks.length),
    wanted,
  })
}

function judgeHealthCheck({ healthChecker }: HealthCheck, speaksHttp2: boolean, path: ConfigPath, faults: Fault[]): void {
  const { case: kind, value } = healthChecker
  if (kind === 'httpHealthCheck') return judgeHttp(value, [...path, 'http_health_check'], faults)
  if (kind === 'tcpHealthCheck') return judgeTcp(value, [...path, 'tcp_health_check'], faults)
  if (kind !== 'grpcHealthCheck') return
  const at = [...path, 'grpc_health_check']
  judgeAdditions(value.initialMetadata, [...at, 'initial_metadata'], faults)
  const wanted = 'http2_protocol_options'
  if (!speaksHttp2) faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'gRPC needs a cluster of HTTP/2', path: at, wanted })
}

function judgeHttp(check: HealthCheck_HttpHealthCheck, path: ConfigPath, faults: Fault[]): void {
  judgePayload(check.send, [...path, 'send'], faults)
  for (const [index, part] of check.receive.entries()) judgePayload(part, [...path, 'receive', index], faults)
  judgeAdditions(check.requestHeadersToAdd, [...path, 'request_headers_to_add'], faults)
  judgeRemovals(check.requestHeadersToRemove, [...path, 'request_headers_to_remove'], faults)
  for (const [index, range] of check.expectedStatuses.entries()) judgeRange(range, [...path, 'expected_statuses', index], faults)
  for (const [index, range] of check.retriableStatuses.entries())
    judgeRange(range, [...path, 'retriable_statuses', index], faults)
  judgeBodies(check, path, faults)
}

function judgeBodies(
  { method, send, receive, responseBufferSize = 1024n }: HealthCheck_HttpHealthCheck,
  path: ConfigPath,
  faults: Fault[],
): void {
  const seen = methodName(method)
  if (seen === 'CONNECT') {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Value is not allowed',
      path: [...path, 'method'],
      seen,
      wanted: 'another method',
    })
  } else if (send !== undefined && BODILESS.has(seen)) {
    const wanted = 'POST, PUT, PATCH or OPTIONS'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Method has no body', path: [...path, 'method'], seen, wanted })
  }
  const length = receive.reduce((sum, payload) => sum + (payloadBytes(payload)?.length ?? 0), 0)
  if (responseBufferSize === 0n || length <= responseBufferSize) return
  const at = [...path, 'response_buffer_size']
  const wanted = `at least the ${length} bytes of receive`
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Buffer is too small',
    path: at,
    seen: String(responseBufferSize),
    wanted,
  })
}

/** Envoy takes bytes that are not hexadecimal, and does not send them. */
function judgeTcp({ send, receive }: HealthCheck_TcpHealthCheck, path: ConfigPath, faults: Fault[]): void {
  if (send?.payload.case === 'binary') {
    const at = [...path, 'send', 'binary']
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Value is not allowed', path: at, wanted: 'text' })
  }
  judgePayload(send, [...path, 'send'], faults)
  for (const [index, part] of receive.entries()) judgePayload(part, [...path, 'receive', index], faults)
}

function judgePayload(payload: HealthCheck_Payload | undefined, path: ConfigPath, faults: Fault[]): void {
  if (payloadBytes(payload) !== undefined) return
  const seen = show(payload!.payload.value as string)
  const wanted = 'pairs of hexadecimal digits'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Not hexadecimal', path: [...path, 'text'], seen, wanted })
}

function judgeRange({ start, end }: Int64Range, path: ConfigPath, faults: Fault[]): void {
  if (start >= 100n && start < end && end <= 600n) return
  const wanted = '100 <= start < end <= 600'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'No range of statuses', path, seen: `${start} to ${end}`, wanted })
}
