/** The messages that an `Any` may hold, and where each may stand. */
import { createRegistry } from '@bufbuild/protobuf'
import type { DescMessage, Registry } from '@bufbuild/protobuf'
import { BytesValueSchema, StringValueSchema, StructSchema } from '@bufbuild/protobuf/wkt'
import { DnsClusterSchema } from './gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.ts'
import { CaresDnsResolverConfigSchema } from './gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.ts'
import { FilterConfigSchema } from './gen/envoy/config/route/v3/route_components_pb.ts'
import { FileAccessLogSchema } from './gen/envoy/extensions/access_loggers/file/v3/file_pb.ts'
import { StderrAccessLogSchema, StdoutAccessLogSchema } from './gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts'
import { WasmAccessLogSchema } from './gen/envoy/extensions/access_loggers/wasm/v3/wasm_pb.ts'
import { RouterSchema } from './gen/envoy/extensions/filters/http/router/v3/router_pb.ts'
import { WasmSchema } from './gen/envoy/extensions/filters/http/wasm/v3/wasm_pb.ts'
import { HttpConnectionManagerSchema } from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import { TcpProxySchema } from './gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts'
import { WasmSchema as NetworkWasmSchema } from './gen/envoy/extensions/filters/network/wasm/v3/wasm_pb.ts'
import { DownstreamConnectionsConfigSchema } from './gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.ts'
import { FixedHeapConfigSchema } from './gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb.ts'
import { UriTemplateMatchConfigSchema } from './gen/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.ts'
import { UriTemplateRewriteConfigSchema } from './gen/envoy/extensions/path/rewrite/uri_template/v3/uri_template_rewrite_pb.ts'
import { PreserveCaseFormatterConfigSchema } from './gen/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case_pb.ts'
import { InjectedResourceConfigSchema } from './gen/envoy/extensions/resource_monitors/injected_resource/v3/injected_resource_pb.ts'
import { ProxyProtocolSchema } from './gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts'
import { TlsInspectorSchema } from './gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts'
import { RawBufferSchema } from './gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts'
import { SecretSchema } from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import { DownstreamTlsContextSchema, UpstreamTlsContextSchema } from './gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import { AllowListedRoutesConfigSchema } from './gen/envoy/extensions/internal_redirect/allow_listed_routes/v3/allow_listed_routes_config_pb.ts'
import { PreviousRoutesConfigSchema } from './gen/envoy/extensions/internal_redirect/previous_routes/v3/previous_routes_config_pb.ts'
import { SafeCrossSchemeConfigSchema } from './gen/envoy/extensions/internal_redirect/safe_cross_scheme/v3/safe_cross_scheme_config_pb.ts'
import { PreviousHostsPredicateSchema } from './gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts'
import { HttpProtocolOptionsSchema } from './gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts'
import { ClusterProvidedSchema } from './gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb.ts'
import { LeastRequestSchema } from './gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.ts'
import { MaglevSchema } from './gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb.ts'
import { RandomSchema } from './gen/envoy/extensions/load_balancing_policies/random/v3/random_pb.ts'
import { RingHashSchema } from './gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.ts'
import { RoundRobinSchema } from './gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.ts'
import { SubsetSchema } from './gen/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts'
import { WasmServiceSchema } from './gen/envoy/extensions/wasm/v3/wasm_pb.ts'
import { PeakEwmaSchema } from './gen/sluice/load_balancing_policies/peak_ewma/v1/peak_ewma_pb.ts'
import { HeaderMutationSchema } from './gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts'
import { TypedStructSchema } from './gen/xds/type/v3/typed_struct_pb.ts'

const PLUGIN_CONFIGURATIONS = [StringValueSchema, BytesValueSchema, StructSchema]

/** Its being there is all that it says. */
const FILTER_CONFIG = 'envoy.config.route.v3.FilterConfig.config'

/** The message in which Envoy takes an extension whose type it need not know. */
export const TYPED_STRUCT = TypedStructSchema.typeName

/** Full name of each field of type `Any`, with the messages that it may hold. */
export const ANY_TYPES: ReadonlyMap<string, readonly DescMessage[]> = new Map<string, readonly DescMessage[]>([
  ['envoy.config.listener.v3.Filter.typed_config', [HttpConnectionManagerSchema, NetworkWasmSchema, TcpProxySchema]],
  ['envoy.config.listener.v3.ListenerFilter.typed_config', [ProxyProtocolSchema, TlsInspectorSchema]],
  ['envoy.config.core.v3.TransportSocket.typed_config', [DownstreamTlsContextSchema, UpstreamTlsContextSchema, RawBufferSchema]],
  ['envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter.typed_config', [WasmSchema, RouterSchema]],
  [
    'envoy.config.accesslog.v3.AccessLog.typed_config',
    [FileAccessLogSchema, StdoutAccessLogSchema, StderrAccessLogSchema, WasmAccessLogSchema],
  ],
  [FILTER_CONFIG, []],
  ['envoy.config.route.v3.RouteConfiguration.typed_per_filter_config', [FilterConfigSchema]],
  ['envoy.config.route.v3.VirtualHost.typed_per_filter_config', [FilterConfigSchema]],
  ['envoy.config.route.v3.Route.typed_per_filter_config', [FilterConfigSchema]],
  [
    'envoy.config.core.v3.TypedExtensionConfig.typed_config',
    [
      WasmServiceSchema,
      UriTemplateMatchConfigSchema,
      UriTemplateRewriteConfigSchema,
      CaresDnsResolverConfigSchema,
      PreserveCaseFormatterConfigSchema,
      HeaderMutationSchema,
      AllowListedRoutesConfigSchema,
      PreviousRoutesConfigSchema,
      SafeCrossSchemeConfigSchema,
      ClusterProvidedSchema,
      LeastRequestSchema,
      MaglevSchema,
      RandomSchema,
      RingHashSchema,
      RoundRobinSchema,
      SubsetSchema,
      PeakEwmaSchema,
      TypedStructSchema,
    ],
  ],
  ['envoy.config.route.v3.RetryPolicy.RetryHostPredicate.typed_config', [PreviousHostsPredicateSchema]],
  ['envoy.config.cluster.v3.Cluster.CustomClusterType.typed_config', [DnsClusterSchema]],
  ['envoy.config.cluster.v3.Cluster.typed_extension_protocol_options', [HttpProtocolOptionsSchema]],
  [
    'envoy.config.overload.v3.ResourceMonitor.typed_config',
    [FixedHeapConfigSchema, DownstreamConnectionsConfigSchema, InjectedResourceConfigSchema],
  ],
  ['envoy.service.discovery.v3.DiscoveryResponse.resources', [SecretSchema]],
  ['envoy.extensions.wasm.v3.PluginConfig.configuration', PLUGIN_CONFIGURATIONS],
  ['envoy.extensions.wasm.v3.VmConfig.configuration', PLUGIN_CONFIGURATIONS],
])

/** Every message that an `Any` of the configuration may hold. */
export const ANY_REGISTRY: Registry = createRegistry(...new Set([...ANY_TYPES.values()].flat()))

/** True for a field of type `Any` that may be there, but holds nothing. */
export function isAlwaysEmpty(field: string): boolean {
  return field === FILTER_CONFIG
}

/** The type name at the end of a type URL. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
}
