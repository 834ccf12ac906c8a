/** How endpoints are asked whether they are well. See ../types.ts. */
import type { HeaderAddition } from './route-table.ts'
import type { ValueMatcherConfig } from './route-match.ts'

/** `HealthCheck`; times are milliseconds. */
export interface HealthCheckConfig {
  readonly timeout: number
  readonly initialJitter: number
  readonly intervalJitter: number
  readonly intervalJitterPercent: number
  readonly unhealthyThreshold: number
  readonly healthyThreshold: number
  readonly reusesConnection: boolean
  readonly intervals: CheckIntervals
  readonly probe: ProbeConfig
}

/** Time to the next check, by what the last one said. */
export interface CheckIntervals {
  readonly healthy: number
  readonly healthyEdge: number
  readonly unhealthy: number
  readonly unhealthyEdge: number
  /** While the cluster has never had a connection for requests. */
  readonly noTraffic: number
  readonly noTrafficHealthy: number
}

export type ProbeConfig = HttpProbeConfig | TcpProbeConfig | GrpcProbeConfig

export interface HttpProbeConfig {
  readonly kind: 'HTTP'
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly method: string
  /** '' = the cluster's name. */
  readonly host: string
  readonly path: string
  readonly body: Buffer
  readonly headersToAdd: readonly HeaderAddition[]
  readonly headersToRemove: readonly string[]
  readonly expected: readonly StatusRange[]
  readonly retriable: readonly StatusRange[]
  /** What the body of the answer has to contain, in this order. */
  readonly receive: readonly Buffer[]
  /** Bytes of that body that are looked at. */
  readonly maxBodyBytes: number
  /** Null = any service. */
  readonly service: Exclude<ValueMatcherConfig, { kind: 'present' }> | null
}

/** From `start` to `end`, which is not part of it. */
export interface StatusRange {
  readonly start: number
  readonly end: number
}

export interface TcpProbeConfig {
  readonly kind: 'TCP'
  readonly send: Buffer
  /** Empty = a connection is enough. */
  readonly receive: readonly Buffer[]
}

export interface GrpcProbeConfig {
  readonly kind: 'GRPC'
  /** '' = the whole server. */
  readonly service: string
  /** '' = the cluster's name. */
  readonly authority: string
  readonly metadata: readonly HeaderAddition[]
}
