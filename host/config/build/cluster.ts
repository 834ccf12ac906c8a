/** Clusters, with Envoy's defaults. */
import type { Duration } from '@bufbuild/protobuf/wkt'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { UPSTREAM_OPTIONS } from '../check/cluster.ts'
import { toMilliseconds } from '../duration.ts'
import { identityOf } from '../identity.ts'
import type { ConfigPath } from '../path.ts'
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { CircuitBreakers_Thresholds } from '../gen/envoy/config/cluster/v3/circuit_breaker_pb.ts'
import { RoutingPriority } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { Cluster, Cluster_TransportSocketMatch } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { HealthStatus } from '../gen/envoy/config/core/v3/health_check_pb.ts'
import type { LbEndpoint, LocalityLbEndpoints } from '../gen/envoy/config/endpoint/v3/endpoint_components_pb.ts'
import { HttpProtocolOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts'
import type { UpstreamHttpProtocolOptions } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import { metadataPairs } from '../../route/metadata-pairs.ts'
import { buildHeaderName } from './headers.ts'
import type { RequestServerConfig, TlsMatchConfig } from '../types.ts'
import type { BreakerConfig, ClusterConfig, EndpointConfig, LocalityConfig, Resource } from '../types.ts'
import { buildAddress } from './address.ts'
import { buildBalancing } from './balancing.ts'
import { buildEndpointCheck, buildHealthCheck } from './health-check.ts'
import { buildDiscovery, buildDns } from './dns.ts'
import { buildOriginalDst } from './original-dst.ts'
import { buildHttp2 } from './http2-options.ts'
import { buildLetterCase } from './letter-case.ts'
import { DEFAULT_BUFFER_LIMIT } from './listener.ts'
import type { BuildContext } from './context.ts'
import { buildMetadata } from './metadata.ts'
import { buildOutlier } from './outlier.ts'
import { buildUpstreamTls } from './tls.ts'

const DEFAULT_CONNECT_TIMEOUT = 5000
const DEFAULT_IDLE_TIMEOUT = 3_600_000
const DEFAULT_BREAKER = 1024
const DEFAULT_MAX_RETRIES = 3
const DEFAULT_BUDGET_PERCENT = 20
const DEFAULT_MIN_RETRIES = 3

/** What is not known counts as healthy. */
const HEALTH: Readonly<Record<number, EndpointConfig['health']>> = {
  [HealthStatus.UNHEALTHY]: 'UNHEALTHY',
  [HealthStatus.DRAINING]: 'DRAINING',
  [HealthStatus.TIMEOUT]: 'UNHEALTHY',
  [HealthStatus.DEGRADED]: 'DEGRADED',
}

/** A checked cluster; `path` leads to its message and stands in faults about files. */
export function buildCluster(cluster: Cluster, path: ConfigPath, context: BuildContext): Resource<ClusterConfig> {
  const identity = identityOf(ClusterSchema, cluster)
  return context.resource(utf8ByteString(cluster.name), identity, () => buildValue(cluster, path, context))
}

function buildValue(cluster: Cluster, path: ConfigPath, context: BuildContext): ClusterConfig {
  const options = unpackAs(cluster.typedExtensionProtocolOptions[UPSTREAM_OPTIONS], HttpProtocolOptionsSchema)
  const explicit = options?.upstreamProtocolOptions.value?.protocolConfig
  const http1 = explicit?.case === 'httpProtocolOptions' ? explicit.value : undefined
  const http2 = explicit?.case === 'http2ProtocolOptions' ? explicit.value : null
  const places = cluster.loadAssignment?.endpoints ?? []
  const high = thresholdsOf(cluster, RoutingPriority.HIGH)
  const [check] = cluster.healthChecks
  return {
    discovery: buildDiscovery(cluster),
    endpoints: places.flatMap((place) => place.lbEndpoints.map((endpoint) => buildEndpoint(endpoint, place))),
    connectTimeout: milliseconds(cluster.connectTimeout, DEFAULT_CONNECT_TIMEOUT),
    dns: buildDns(cluster),
    originalDst: buildOriginalDst(cluster),
    bufferLimit: cluster.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT,
    breakers: buildBreakers(thresholdsOf(cluster, RoutingPriority.DEFAULT)),
    highBreakers: high === undefined ? null : buildBreakers(high),
    balancing: buildBalancing(cluster),
    idleTimeout: milliseconds(options?.commonHttpProtocolOptions?.idleTimeout, DEFAULT_IDLE_TIMEOUT),
    tls: buildUpstreamTls(cluster.transportSocket, [...path, 'transport_socket'], context),
    tlsMatches: cluster.transportSocketMatches.map((match, index) =>
      buildTlsMatch(match, [...path, 'transport_socket_matches', index], context),
    ),
    requestServer: buildRequestServer(options?.upstreamHttpProtocolOptions),
    protocol: http2 === null ? 'HTTP/1.1' : 'HTTP/2',
    http2: buildHttp2(http2 ?? undefined),
    enableTrailers: http2 !== null || (http1?.enableTrailers ?? false),
    letterCase: buildLetterCase(http1),
    allowChunkedLength: http1?.allowChunkedLength ?? false,
    sendsWholeUrl: http1?.sendFullyQualifiedUrl ?? false,
    metadata: buildMetadata(cluster.metadata),
    altStatName: utf8ByteString(cluster.altStatName),
    outlier: cluster.outlierDetection === undefined ? null : buildOutlier(cluster.outlierDetection),
    healthCheck: check === undefined ? null : buildHealthCheck(check, [...path, 'health_checks', 0], context),
    closesOnHealthFailure: cluster.closeConnectionsOnHostHealthFailure,
    keepsHealthyEndpoints: check !== undefined && !cluster.ignoreHealthOnHostRemoval,
  }
}

function buildTlsMatch(match: Cluster_TransportSocketMatch, path: ConfigPath, context: BuildContext): TlsMatchConfig {
  return {
    name: utf8ByteString(match.name),
    pairs: metadataPairs(match.match ?? {}),
    tls: buildUpstreamTls(match.transportSocket, [...path, 'transport_socket'], context),
  }
}

function buildRequestServer(options: UpstreamHttpProtocolOptions | undefined): RequestServerConfig | null {
  if (options === undefined || !(options.autoSni || options.autoSanValidation)) return null
  const header = options.overrideAutoSniHeader === '' ? ':authority' : buildHeaderName(options.overrideAutoSniHeader)
  return { header, isAskedFor: options.autoSni, isVerified: options.autoSanValidation }
}

function milliseconds(duration: Duration | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : toMilliseconds(duration)
}

function buildEndpoint(endpoint: LbEndpoint, place: LocalityLbEndpoints): EndpointConfig {
  return {
    ...buildAddress(endpoint.hostIdentifier.value?.address),
    hostname: utf8ByteString(endpoint.hostIdentifier.value?.hostname ?? ''),
    metadata: buildMetadata(endpoint.metadata),
    weight: endpoint.loadBalancingWeight ?? 1,
    priority: place.priority,
    locality: buildLocality(place),
    health: HEALTH[endpoint.healthStatus] ?? 'HEALTHY',
    check: buildEndpointCheck(endpoint.hostIdentifier.value?.healthCheckConfig),
  }
}

function buildLocality({ locality, loadBalancingWeight = 0 }: LocalityLbEndpoints): LocalityConfig {
  return {
    region: utf8ByteString(locality?.region ?? ''),
    zone: utf8ByteString(locality?.zone ?? ''),
    subZone: utf8ByteString(locality?.subZone ?? ''),
    weight: loadBalancingWeight,
  }
}

/** As in Envoy, the first entry of a priority counts. */
function thresholdsOf(cluster: Cluster, wanted: RoutingPriority): CircuitBreakers_Thresholds | undefined {
  return cluster.circuitBreakers?.thresholds.find(({ priority }) => priority === wanted)
}

function buildBreakers(limits: CircuitBreakers_Thresholds | undefined): BreakerConfig {
  const budget = limits?.retryBudget
  return {
    maxConnections: limits?.maxConnections ?? DEFAULT_BREAKER,
    maxPendingRequests: limits?.maxPendingRequests ?? DEFAULT_BREAKER,
    maxRequests: limits?.maxRequests ?? DEFAULT_BREAKER,
    maxRetries: limits?.maxRetries ?? DEFAULT_MAX_RETRIES,
    maxConnectionPools: limits?.maxConnectionPools ?? Infinity,
    retryBudget:
      budget === undefined
        ? null
        : {
            percent: budget.budgetPercent?.value ?? DEFAULT_BUDGET_PERCENT,
            minimum: budget.minRetryConcurrency ?? DEFAULT_MIN_RETRIES,
          },
    tracksRemaining: limits?.trackRemaining ?? false,
  }
}
