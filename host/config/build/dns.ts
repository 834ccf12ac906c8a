/** How a cluster's host names are looked up, with Envoy's defaults: from its own fields, or as an extension. */
import type { Duration } from '@bufbuild/protobuf/wkt'
import { unpackAs } from '../any.ts'
import { toMilliseconds } from '../duration.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import {
  Cluster_DiscoveryType as Discovery,
  Cluster_DnsLookupFamily as Family,
} from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { TypedExtensionConfig } from '../gen/envoy/config/core/v3/extension_pb.ts'
import { DnsLookupFamily } from '../gen/envoy/extensions/clusters/common/dns/v3/dns_pb.ts'
import { DnsClusterSchema } from '../gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.ts'
import { CaresDnsResolverConfigSchema } from '../gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts'
import type { ClusterConfig, DnsConfig } from '../types.ts'
import { buildAddress } from './address.ts'

const DEFAULT_REFRESH_RATE = 5000
const DEFAULT_QUERY_SECONDS = 5
const DEFAULT_QUERY_TRIES = 4

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
export function buildDiscovery({ clusterDiscoveryType: { case: kind, value } }: Cluster): ClusterConfig['discovery'] {
  if (kind !== 'clusterType') return DISCOVERIES[value ?? Discovery.STATIC] ?? 'STATIC'
  const extension = unpackAs(value.typedConfig, DnsClusterSchema)
  return extension?.allAddressesInSingleEndpoint === true ? 'LOGICAL_DNS' : 'STRICT_DNS'
}

export function buildDns(cluster: Cluster): DnsConfig {
  const { case: kind, value } = cluster.clusterDiscoveryType
  const extension = kind === 'clusterType' ? unpackAs(value.typedConfig, DnsClusterSchema) : null
  const { dnsRefreshRate, dnsJitter, dnsFailureRefreshRate, respectDnsTtl, typedDnsResolverConfig } = extension ?? cluster
  const base = dnsFailureRefreshRate?.baseInterval
  return {
    refreshRate: dnsRefreshRate === undefined ? DEFAULT_REFRESH_RATE : toMilliseconds(dnsRefreshRate),
    failureRate: base === undefined ? null : failureRateOf(toMilliseconds(base), dnsFailureRefreshRate?.maxInterval),
    respectsTtl: respectDnsTtl,
    jitter: dnsJitter === undefined ? 0 : toMilliseconds(dnsJitter),
    family: (extension === null ? FAMILIES[cluster.dnsLookupFamily] : EXTENSION_FAMILIES[extension.dnsLookupFamily]) ?? 'AUTO',
    ...buildResolver(typedDnsResolverConfig),
  }
}

function failureRateOf(base: number, max: Duration | undefined): DnsConfig['failureRate'] {
  return { base, max: max === undefined ? 10 * base : toMilliseconds(max) }
}

function buildResolver(config: TypedExtensionConfig | undefined): Pick<DnsConfig, 'servers' | 'queryTimeout' | 'queryTries'> {
  const message = unpackAs(config?.typedConfig, CaresDnsResolverConfigSchema)
  return {
    servers: (message?.resolvers ?? []).map(buildAddress),
    queryTimeout: Number(message?.queryTimeoutSeconds ?? DEFAULT_QUERY_SECONDS) * 1000,
    queryTries: message?.queryTries ?? DEFAULT_QUERY_TRIES,
  }
}
