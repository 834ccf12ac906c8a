/** What the admin interface asks of the floors above. Answers may be promises: what lives in workers comes by messages. */
import type { SocketAddress } from '../config/types.ts'
import type { CertificateInfo } from '../http/stream-info.ts'
import type { TapRequest } from '../tap/tap-session.ts'
import type { LogLevel } from '../util/logger.ts'
import type { StatsStore } from '../stats/store.ts'
import type { TagExtractor } from '../stats/tags.ts'

export type MaybePromise<T> = T | Promise<T>

export type JsonObject = { readonly [name: string]: unknown }

/** Everything that the endpoints read or change. */
export interface AdminProviders {
  readonly stats: StatsStore
  readonly tags: TagExtractor
  readonly loggers: LogLevels
  readonly server: ServerControl
  readonly listeners: { statuses(): MaybePromise<readonly ListenerStatus[]> }
  readonly clusters: { statuses(): MaybePromise<readonly ClusterStatus[]> }
  readonly config: { dump(): MaybePromise<ConfigDump> }
  readonly certificates: { statuses(): MaybePromise<readonly CertificateGroup[]> }
  readonly tap: TapControl
}

/** The certificates of one context with TLS. */
export interface CertificateGroup {
  /** Those that are trusted. */
  readonly authorities: readonly CertificateStatus[]
  /** Those that are shown. */
  readonly own: readonly CertificateStatus[]
}

export interface CertificateStatus {
  /** The file it came from, or `<inline>`. */
  readonly path: string
  readonly certificate: CertificateInfo
}

export interface TapControl {
  /** Resolves when all workers follow their streams; null = another tap is open. */
  open(request: TapRequest): Promise<OpenTap | null>
}

/** A tap that is open until its lines have been read, or are not wanted any more; `lines` has to be called. */
export interface OpenTap {
  /** The streams as they end, as JSON with its line end. */
  lines(signal: AbortSignal): AsyncIterable<string>
}

/** The levels of all loggers, as `services/logger` has them. */
export interface LogLevels {
  levels(): [component: string, level: LogLevel][]
  /** False when there is no such component. */
  setLevel(component: string, level: LogLevel): boolean
  setAll(level: LogLevel): void
}

/** `envoy.admin.v3.ServerInfo.State`. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'

export interface ServerControl {
  state(): ServerState
  /** Whole seconds since the start. */
  uptimeSeconds(): number
  readonly version: string
  /** As JSON of `envoy.admin.v3.CommandLineOptions`, as far as the options exist. */
  readonly commandLineOptions: JsonObject
  /** The Node message as JSON. */
  readonly node: JsonObject
  /** After `false` the state is DRAINING and health checks fail, until `true`. */
  setHealthy(isHealthy: boolean): MaybePromise<void>
  drainListeners(options: DrainOptions): MaybePromise<void>
  reopenLogs(): MaybePromise<void>
  /** Ends the process soon; the answer still goes out. */
  quit(): void
  /** Closes the admin interface, then as {@link quit}. */
  handOver(): void
}

export interface DrainOptions {
  /** Refuse keep-alive for the drain time before sockets close. */
  readonly isGraceful: boolean
  /** Only listeners with traffic direction inbound. */
  readonly isInboundOnly: boolean
}

export interface ListenerStatus {
  readonly name: string
  /** The address that is bound: never port 0. */
  readonly address: SocketAddress
}

/** Limits of the circuit breakers of one priority. */
export interface Thresholds {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
}

export interface ClusterStatus {
  readonly name: string
  /** Name in statistics. */
  readonly statName: string
  readonly isAddedByApi: boolean
  /** Of the default priority. */
  readonly thresholds: Thresholds
  /** Of the priority HIGH; null = the configuration has none. */
  readonly highThresholds: Thresholds | null
  readonly hosts: readonly HostStatus[]
}

export interface HostStatus {
  readonly address: SocketAddress
  /** '' for an address that was configured as such. */
  readonly hostname: string
  /** Empty = healthy; else Envoy's flags, `/failed_active_hc`, `/failed_outlier_check` … */
  readonly healthFlags: readonly string[]
  readonly weight: number
  readonly priority: number
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string }
  readonly cxActive: number
  readonly cxConnectFail: number
  readonly cxTotal: number
  readonly rqActive: number
  readonly rqError: number
  readonly rqPendingActive: number
  readonly rqSuccess: number
  readonly rqTimeout: number
  readonly rqTotal: number
}

/** A resource as it was configured: its message as JSON without `@type`. */
export interface ConfigResource {
  readonly name: string
  readonly json: JsonObject
  /** Milliseconds since the epoch. */
  readonly updatedAt: number
}

/** A listener that came by LDS. */
export interface DynamicListener {
  readonly name: string
  /** Null = none serves. */
  readonly active: (ConfigResource & { readonly version: string }) | null
  /** The last update, when it was refused. */
  readonly error: (ConfigResource & { readonly version: string; readonly details: string }) | null
}

/** A secret that comes from a file. */
export interface DynamicSecret extends ConfigResource {
  readonly version: string
  /** False = there has been none yet that can be used. */
  readonly isActive: boolean
}

export interface ConfigDump {
  readonly bootstrap: ConfigResource
  readonly staticClusters: readonly ConfigResource[]
  readonly staticListeners: readonly ConfigResource[]
  readonly dynamicListeners: readonly DynamicListener[]
  readonly staticRoutes: readonly ConfigResource[]
  readonly staticSecrets: readonly ConfigResource[]
  readonly dynamicSecrets: readonly DynamicSecret[]
}
