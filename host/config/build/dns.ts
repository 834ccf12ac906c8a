/** How a cluster's host names are looked up, with Envoy's defaults: from its own fields, or as an extension. */
import type { Duration } from '@bufbuild/protobuf/wkt'
import { unpackAs } from '../any.ts'
import { toMilliseconds } from '../duration.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import {
  Cluster_DiscoveryType as Discovery,
  Cluster_DnsLookupFamily as Family,
} from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import { DnsLookupFamily } from '../gen/envoy/extensions/clusters/common/dns/v3/dns_pb.ts'
import { DnsClusterSchema } from '../gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.ts'
import type { DnsCluster } from '../gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.ts'
import { CaresDnsResolverConfigSchema } from '../gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts'
import type { CaresDnsResolverConfig } from '../gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { ClusterConfig, DnsConfig } from '../types.ts'
import { buildAddress } from './address.ts'

const DEFAULT_REFRESH_RATE = 5000
const DEFAULT_QUERY_SECONDS = 5
const DEFAULT_QUERY_TRIES = 4
/** Node's limit for milliseconds and tries. */
const MAX_QUERY = 0x7fffffff

const FAMILIES: Readonly<Record<number, DnsConfig['family']>> = {
  [Family.V4_ONLY]: 'V4_ONLY',
  [Family.V6_ONLY]: 'V6_ONLY',
  [Family.V4_PREFERRED]: 'V4_PREFERRED',
  [Family.ALL]: 'ALL',
}

const EXTENSION_FAMILIES: Readonly<Record<number, DnsConfig['family']>> = {
  [DnsLookupFamily.V4_ONLY]: 'V4_ONLY',
  [DnsLookupFamily.V6_ONLY]: 'V6_ONLY',
  [DnsLookupFamily.V4_PREFERRED]: 'V4_PREFERRED',
  [DnsLookupFamily.ALL]: 'ALL',
}

const DISCOVERIES: Readonly<Record<number, ClusterConfig['discovery']>> = {
  [Discovery.STRICT_DNS]: 'STRICT_DNS',
  [Discovery.LOGICAL_DNS]: 'LOGICAL_DNS',
  [Discovery.ORIGINAL_DST]: 'ORIGINAL_DST',
}

/** How endpoints are found. */
export function buildDiscovery(cluster: Cluster): ClusterConfig['discovery'] {
  const { case: kind, value } = cluster.clusterDiscoveryType
  if (kind !== 'clusterType') return DISCOVERIES[value ?? Discovery.STATIC] ?? 'STATIC'
  return extensionOf(cluster)?.allAddressesInSingleEndpoint === true ? 'LOGICAL_DNS' : 'STRICT_DNS'
}

export function buildDns(cluster: Cluster): DnsConfig {
  const extension = extensionOf(cluster)
  const { dnsRefreshRate, dnsJitter, dnsFailureRefreshRate, respectDnsTtl } = extension ?? cluster
  const base = dnsFailureRefreshRate?.baseInterval
  return {
    refreshRate: dnsRefreshRate === undefined ? DEFAULT_REFRESH_RATE : toMilliseconds(dnsRefreshRate),
    failureRate: base === undefined ? null : failureRateOf(toMilliseconds(base), dnsFailureRefreshRate?.maxInterval),
    respectsTtl: respectDnsTtl,
    jitter: dnsJitter === undefined ? 0 : toMilliseconds(dnsJitter),
    family: (extension === null ? FAMILIES[cluster.dnsLookupFamily] : EXTENSION_FAMILIES[extension.dnsLookupFamily]) ?? 'AUTO',
    ...buildResolver(findResolver(cluster).resolver),
  }
}

/** What a cluster says of DNS servers, null = nothing, and where in it. */
export function findResolver(cluster: Cluster): { resolver: CaresDnsResolverConfig | null; place: ConfigPath } {
  const extension = extensionOf(cluster)
  const { typedDnsResolverConfig } = extension ?? cluster
  return {
    resolver: unpackAs(typedDnsResolverConfig?.typedConfig, CaresDnsResolverConfigSchema),
    place: [...(extension === null ? [] : ['cluster_type', 'typed_config']), 'typed_dns_resolver_config'],
  }
}

function extensionOf({ clusterDiscoveryType: { case: kind, value } }: Cluster): DnsCluster | null {
  return kind === 'clusterType' ? unpackAs(value.typedConfig, DnsClusterSchema) : null
}

function failureRateOf(base: number, max: Duration | undefined): DnsConfig['failureRate'] {
  return { base, max: max === undefined ? 10 * base : toMilliseconds(max) }
}

function buildResolver(config: CaresDnsResolverConfig | null): Pick<DnsConfig, 'servers' | 'queryTimeout' | 'queryTries'> {
  return {
    servers: (config?.resolvers ?? []).map(buildAddress),
    queryTimeout: Math.min(Number(config?.queryTimeoutSeconds ?? DEFAULT_QUERY_SECONDS) * 1000, MAX_QUERY),
    queryTries: Math.min(config?.queryTries ?? DEFAULT_QUERY_TRIES, MAX_QUERY),
  }
}
