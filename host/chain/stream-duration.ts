/**
 * How long a stream may live (source/common/http/conn_manager_impl.cc, refreshDurationTimeout): what the client of a gRPC
 * call allows, where the route heeds that, else what the route says, else what the connection manager says.
 */
import type { DurationConfig } from '../config/types.ts'
import { isGrpcRequest } from '../hostcalls/grpc-status.ts'
import { timeoutText } from '../hostcalls/grpc-request.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { StreamSettings } from './stream-settings.ts'
import type { StreamTimers } from './stream-timers.ts'

/** Milliseconds of one unit. */
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 }

/** Status of a gRPC call whose time is over. */
export const DEADLINE_EXCEEDED = 4

/** No limit. */
const UNLIMITED = -1

/** What of a stream its life depends on. */
export interface LimitedStream {
  readonly settings: StreamSettings
  readonly requestHeaders: HeaderMap
  readonly info: StreamInfo
  readonly timers: StreamTimers
}

/** Sets the timer of a stream for its route, or takes it away. False = its time is over already. */
export function limitDuration(stream: LimitedStream, match: CompiledRoute | null): boolean {
  const { settings, requestHeaders, info, timers } = stream
  const action = match === null ? null : match.route.action
  const config = action !== null && action.kind === 'cluster' ? action.duration : null
  const limit = durationOf(config, requestHeaders, settings.config.maxStreamDuration)
  const left = limit - (settings.services.clock.monotonicMillis() - info.startMillis)
  if (limit === UNLIMITED) timers.disarmDuration()
  else timers.armDuration(Math.max(1, left))
  return limit === UNLIMITED || left > 0
}

/** Milliseconds from the start of the stream; 0 is over at once. The upstream of a gRPC call is told the same. */
function durationOf(config: DurationConfig | null, headers: HeaderMap, managerLimit: number): number {
  const asked = config === null || !isGrpcRequest(headers) ? null : grpcTimeout(headers)
  const limit = routeLimit(config, asked)
  if (limit === null) return managerLimit > 0 ? managerLimit : UNLIMITED
  if (asked !== null && limit >= 0) headers.setOwn('grpc-timeout', timeoutText(limit))
  return limit
}

/** Null = the route says nothing. */
function routeLimit(config: DurationConfig | null, asked: number | null): number | null {
  if (config === null) return null
  const { max, grpcMax, grpcOffset } = config
  if (asked === null || grpcMax === null) return max === 0 ? UNLIMITED : max
  const capped = grpcMax === 0 ? asked : Math.min(asked, grpcMax)
  return Math.max(0, capped - grpcOffset)
}

/** Milliseconds, rounded up; null when there is none or it is not one (gRPC over HTTP/2, "Timeout"). */
function grpcTimeout(headers: HeaderMap): number | null {
  const [, digits, unit] = /^([0-9]{1,8})([HMSmun])$/.exec(headers.get('grpc-timeout') ?? '') ?? []
  return digits === undefined || unit === undefined ? null : Math.ceil(Number(digits) * UNITS[unit]! - 1e-9)
}
