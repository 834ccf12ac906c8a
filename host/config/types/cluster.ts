/** Clusters, endpoints, balancing, limits, outliers. See ../types.ts. */
import type { MetadataConfig, SocketAddress } from './bootstrap.ts'
import type { Http2Config, LetterCaseConfig } from './connection-manager.ts'
import type { HealthCheckConfig } from './health-check.ts'
import type { UpstreamTlsConfig } from './tls.ts'

/** `Cluster`. */
export interface ClusterConfig {
  readonly discovery: 'STATIC' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'ORIGINAL_DST'
  readonly endpoints: readonly EndpointConfig[]
  readonly connectTimeout: number
  readonly dns: DnsConfig
  /** Of ORIGINAL_DST, else null. */
  readonly originalDst: OriginalDstConfig | null
  readonly bufferLimit: number
  readonly breakers: BreakerConfig
  /** Of requests of the priority HIGH; null = they count as all others. */
  readonly highBreakers: BreakerConfig | null
  readonly balancing: BalancingConfig
  /** Upstream connection without requests; default 1 h, 0 = never. */
  readonly idleTimeout: number
  /** Null = bytes as they are. */
  readonly tls: UpstreamTlsConfig | null
  /** Of endpoints with certain metadata; the first that matches counts. */
  readonly tlsMatches: readonly TlsMatchConfig[]
  /** What TLS takes from requests; null = nothing. */
  readonly requestServer: RequestServerConfig | null
  /** What its endpoints speak. */
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly http2: Http2Config
  /** Trailers pass in both directions; always with HTTP/2. */
  readonly enableTrailers: boolean
  /** Of requests that are written, and of answers that are read; HTTP/1 only. */
  readonly letterCase: LetterCaseConfig
  /** An answer may have both lengths; HTTP/1 only. */
  readonly allowChunkedLength: boolean
  /** Requests name their whole URL; HTTP/1 only. */
  readonly sendsWholeUrl: boolean
  readonly metadata: MetadataConfig
  /** Used in statistics instead of the name when not ''. */
  readonly altStatName: string
  /** Null = bad endpoints stay. */
  readonly outlier: OutlierConfig | null
  /** Null = endpoints are not asked. */
  readonly healthCheck: HealthCheckConfig | null
  /** Connections without a protocol close when a check finds their endpoint unhealthy. */
  readonly closesOnHealthFailure: boolean
  /** A healthy endpoint stays when its name has no such address any more, until it is not. */
  readonly keepsHealthyEndpoints: boolean
}

/** `OriginalDstLbConfig`: requests name their endpoint. */
export interface OriginalDstConfig {
  /** That names it, in lower case. */
  readonly header: string
  /** Null = the port that is named. */
  readonly portOverride: number | null
  /** Endpoints without a request for so long, and without a connection, go. */
  readonly cleanupInterval: number
}

/** How host names are looked up. */
export interface DnsConfig {
  readonly refreshRate: number
  /** Between failures: a random part of an interval that grows; null = the refresh rate. */
  readonly failureRate: { readonly base: number; readonly max: number } | null
  /** An answer counts for as long as its server says. */
  readonly respectsTtl: boolean
  /** Most of a random part that is added to the refresh rate. */
  readonly jitter: number
  /** AUTO = IPv6, else IPv4. */
  readonly family: 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL'
  /** Empty = the system's resolver. */
  readonly servers: readonly SocketAddress[]
  /** Of a first query. */
  readonly queryTimeout: number
  readonly queryTries: number
}

/** `TransportSocketMatch`. */
export interface TlsMatchConfig {
  readonly name: string
  /** Of the metadata `envoy.transport_socket_match`. */
  readonly pairs: readonly MetadataPair[]
  readonly tls: UpstreamTlsConfig | null
}

/** `UpstreamHttpProtocolOptions`: what the host of a request means for TLS. */
export interface RequestServerConfig {
  /** Of the host. */
  readonly header: string
  /** It is the server to ask for. */
  readonly isAskedFor: boolean
  /** It must be among the names of the certificate. */
  readonly isVerified: boolean
}

/** `OutlierDetection`; `enforcing` are percentages. */
export interface OutlierConfig {
  readonly interval: number
  readonly baseEjectionTime: number
  readonly maxEjectionTime: number
  readonly maxEjectionTimeJitter: number
  readonly maxEjectionPercent: number
  readonly alwaysEjectOne: boolean
  readonly splitsLocalOrigin: boolean
  readonly unejectsOnHealthCheck: boolean
  readonly consecutive5xx: number
  readonly consecutiveGatewayFailure: number
  readonly consecutiveLocalOriginFailure: number
  readonly successRate: { readonly minimumHosts: number; readonly requestVolume: number; readonly stdevFactor: number }
  readonly failurePercentage: { readonly minimumHosts: number; readonly requestVolume: number; readonly threshold: number }
  readonly enforcing: Readonly<Record<OutlierKind, number>>
}

/** Why an endpoint is taken out; the words are those of its statistics. */
export type OutlierKind =
  | 'consecutive_5xx'
  | 'consecutive_gateway_failure'
  | 'consecutive_local_origin_failure'
  | 'success_rate'
  | 'local_origin_success_rate'
  | 'failure_percentage'
  | 'local_origin_failure_percentage'

export interface EndpointConfig {
  /** IP literal for STATIC, host name for DNS. */
  readonly host: string
  readonly port: number
  /** Name that the configuration gives it; '' = none. */
  readonly hostname: string
  readonly metadata: MetadataConfig
  /** Its share among the endpoints of its locality or priority, from 1. */
  readonly weight: number
  /** 0 is the first. */
  readonly priority: number
  readonly locality: LocalityConfig
  /** What the configuration says of its health. */
  readonly health: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'DRAINING'
  readonly check: EndpointCheckConfig
}

/** How an endpoint is asked, where it differs from the others. */
export interface EndpointCheckConfig {
  readonly isDisabled: boolean
  /** IP literal or socket file; '' = the endpoint's. */
  readonly host: string
  /** 0 = the endpoint's. */
  readonly port: number
  /** For the Host header; '' = what the check says. */
  readonly hostname: string
}

export interface LocalityConfig {
  readonly region: string
  readonly zone: string
  readonly subZone: string
  /** Its share among the localities of its priority, where these are weighted. */
  readonly weight: number
}

/** How a cluster's endpoints share its requests. */
export interface BalancingConfig {
  readonly policy: LbPolicyConfig
  /** Percent; with fewer endpoints healthy, all are used. 0 = never. */
  readonly panicThreshold: number
  /** Percent of its share that a priority can carry when all its endpoints are healthy. */
  readonly overprovisioning: number
  readonly localityWeighted: boolean
  readonly zones: ZoneRoutingConfig
  /** Null = all endpoints are one group. */
  readonly subsets: SubsetConfig | null
  /** New endpoints count only once they have been checked. */
  readonly ignoresUnchecked: boolean
  /** Of ROUND_ROBIN and LEAST_REQUEST; null = endpoints have their share at once. */
  readonly slowStart: SlowStartConfig | null
}

/** `ZoneAwareLbConfig`: how requests stay in the zone of this proxy, where it knows its own cluster. */
export interface ZoneRoutingConfig {
  /** Percent of requests that it concerns. */
  readonly share: number
  /** With fewer healthy endpoints, zones mean nothing. */
  readonly minClusterSize: number
  /** With too few healthy endpoints, requests fail instead of using all. */
  readonly failsInPanic: boolean
  /** All requests stay in the zone. */
  readonly keepsAll: boolean
}

/** `LbSubsetConfig`: endpoints in groups by their metadata. */
export interface SubsetConfig {
  readonly fallback: 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET'
  /** Of the endpoints of DEFAULT_SUBSET. */
  readonly defaults: readonly MetadataPair[]
  readonly selectors: readonly SubsetSelectorConfig[]
  /** Localities keep their weights inside of groups. */
  readonly localityWeighted: boolean
  /** As far as they have endpoints there. */
  readonly scalesLocalities: boolean
  /** Any endpoint takes what the fallback cannot. */
  readonly panicsToAny: boolean
  /** Each item of a list is a value. */
  readonly splitsLists: boolean
  /** The alternatives of a route are tried. */
  readonly triesAlternatives: boolean
}

export interface SubsetSelectorConfig {
  /** Sorted. */
  readonly keys: readonly string[]
  readonly fallback: SubsetConfig['fallback'] | 'NOT_DEFINED' | 'KEYS_SUBSET'
  /** Some of the keys, for KEYS_SUBSET. */
  readonly fallbackKeys: readonly string[]
  /** A group is its first endpoint. */
  readonly takesOne: boolean
}

/** A key of metadata and its value as JSON with sorted members. */
export interface MetadataPair {
  readonly key: string
  readonly value: string
}

/** `metadata_match`: metadata that endpoints must have. */
export interface MetadataMatchConfig {
  /** By key. */
  readonly pairs: readonly MetadataPair[]
  /** Names all pairs, and all keys. */
  readonly id: string
  readonly keysId: string
  /** Of `fallback_list`: tried one after the other where the cluster says so; null = there is no list. */
  readonly alternatives: readonly MetadataMatchConfig[] | null
}

/** `SlowStartConfig`: how an endpoint that has become healthy comes to its share. */
export interface SlowStartConfig {
  /** Milliseconds until it has all. */
  readonly window: number
  /** Above 1 it comes sooner to most of it, below 1 later. */
  readonly aggression: number
  /** Least part of its weight, 0 to 1. */
  readonly minPart: number
}

export type LbPolicyConfig =
  | { readonly kind: 'ROUND_ROBIN' | 'RANDOM' }
  /** The best of some that are drawn, or of all; `bias`: how much requests in flight weigh among endpoints of different weight. */
  | { readonly kind: 'LEAST_REQUEST'; readonly choices: number | 'ALL'; readonly bias: number }
  | {
      readonly kind: 'RING_HASH'
      readonly minSize: number
      readonly maxSize: number
      readonly hashFunction: 'XX_HASH' | 'MURMUR_HASH_2'
      readonly usesHostname: boolean
    }
  | ({ readonly kind: 'PEAK_EWMA' } & PeakEwmaConfig)
  | { readonly kind: 'MAGLEV'; readonly tableSize: number; readonly usesHostname: boolean }

/** `PeakEwma`: how long endpoints take to answer; milliseconds. */
export interface PeakEwmaConfig {
  /** In which what was measured loses all but 1/e of its weight. */
  readonly decayTime: number
  /** Before an endpoint has answered. */
  readonly defaultRtt: number
}

/** Circuit breaker thresholds of one priority. */
export interface BreakerConfig {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
  /** Infinity = any number. */
  readonly maxConnectionPools: number
  /** Instead of `maxRetries`; null = none. */
  readonly retryBudget: { readonly percent: number; readonly minimum: number } | null
  /** Gauges show how much is left of each. */
  readonly tracksRemaining: boolean
}
