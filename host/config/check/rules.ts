/**
 * Rules of single fields, as Envoy's .proto files state them in their validate options (a drift test compares), with
 * our own where Envoy's wire would break. Messages that nothing reads are not listed.
 */

/** Rules of one value; a list's own rules stand beside those of its `items`. */
export interface FieldRule {
  readonly required?: true
  /** Characters of a text. */
  readonly minLength?: number
  /** Bytes of a text in UTF-8. */
  readonly maxBytes?: number
  readonly minItems?: number
  readonly maxItems?: number
  /** Numbers as they are, durations in milliseconds; both ends included. */
  readonly min?: number
  readonly max?: number
  /** Smallest value that is too small. */
  readonly above?: number
  readonly pattern?: RegExp
  /** What `pattern` means, for people. */
  readonly wanted?: string
  readonly items?: FieldRule
}

type MessageRules = Readonly<Record<string, FieldRule>>

const NOT_EMPTY: FieldRule = { minLength: 1 }
const REQUIRED: FieldRule = { required: true }
const NO_LINE_BREAK = { pattern: /^[^\0\r\n]*$/, wanted: 'text without NUL, CR and LF' }
const HEADER_NAME: FieldRule = { minLength: 1, ...NO_LINE_BREAK }
const HEADER_NAME_OR_NONE: FieldRule = NO_LINE_BREAK
const HEADERS_TO_ADD: FieldRule = { maxItems: 1000 }
const HEADERS_TO_REMOVE: FieldRule = { items: HEADER_NAME }
const HEADER_MUTATIONS: MessageRules = {
  request_headers_to_add: HEADERS_TO_ADD,
  request_headers_to_remove: HEADERS_TO_REMOVE,
  response_headers_to_add: HEADERS_TO_ADD,
  response_headers_to_remove: HEADERS_TO_REMOVE,
}
const WINDOW: FieldRule = { min: 65535, max: 2147483647 }
const REFRESH_RATE: MessageRules = { base_interval: { required: true, above: 1 }, max_interval: { above: 1 } }
const SHARE: FieldRule = { min: 0, max: 1 }
const OVERLOAD = 'envoy.config.overload.v3.'
const MONITORS = 'envoy.extensions.resource_monitors.'
const RESPONSE_FLAG: FieldRule = {
  pattern: /^(LH|UH|UT|LR|UR|UF|UC|UO|NR|DI|FI|RL|UAEX|RLSE|DC|URX|SI|IH|DPE|UMSDR|RFCF|NFCF|DT|UPE|NC|OM|DF|DO|DR|UDO)$/,
  wanted: 'the short name of a response flag',
}
const CORE = 'envoy.config.core.v3.'
const ROUTE = 'envoy.config.route.v3.'
const CLUSTER = 'envoy.config.cluster.v3.'
const BALANCERS = 'envoy.extensions.load_balancing_policies.'
const TCP = 'envoy.extensions.filters.network.tcp_proxy.v3.'
const TLS = 'envoy.extensions.transport_sockets.tls.v3.'
const INSPECTOR = 'envoy.extensions.filters.listener.tls_inspector.v3.'
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.'

/** Message name, then field name, then its rule. */
export const FIELD_RULES: Readonly<Record<string, MessageRules>> = {
  'envoy.type.matcher.v3.StringMatcher': { prefix: NOT_EMPTY, suffix: NOT_EMPTY, contains: NOT_EMPTY },
  [`${CORE}SubstitutionFormatString`]: { content_type: NO_LINE_BREAK },
  'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig': { path_template: NOT_EMPTY },
  'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig': { path_template_rewrite: NOT_EMPTY },
  'envoy.type.matcher.v3.RegexMatcher': { regex: NOT_EMPTY },
  'envoy.type.matcher.v3.RegexMatchAndSubstitute': { pattern: REQUIRED, substitution: NO_LINE_BREAK },
  [`${CORE}RuntimeFractionalPercent`]: { default_value: REQUIRED },
  [`${CORE}SocketAddress`]: { address: NOT_EMPTY, port_value: { max: 65535 } },
  [`${CORE}BackoffStrategy`]: { base_interval: { required: true, min: 1 } },
  [`${CORE}HeaderValue`]: {
    // Envoy only forbids NUL, CR and LF here and writes whatever is left; other bytes make a message nobody can parse.
    key: { minLength: 1, maxBytes: 16384, pattern: /^:?[!#$%&'*+.^_`|~0-9A-Za-z-]*$/, wanted: 'a header name' },
    value: { maxBytes: 16384, ...NO_LINE_BREAK },
  },
  [`${CORE}HeaderValueOption`]: { header: REQUIRED },
  'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation': { mutations: { minItems: 1 } },
  'envoy.config.common.mutation_rules.v3.HeaderMutation': { remove: NO_LINE_BREAK },
  [`${CORE}TypedExtensionConfig`]: { name: NOT_EMPTY, typed_config: REQUIRED },
  [`${CORE}DataSource`]: { filename: NOT_EMPTY, environment_variable: NOT_EMPTY },
  [`${CORE}RemoteDataSource`]: { http_uri: REQUIRED },
  [`${CORE}HttpUri`]: { uri: NOT_EMPTY, cluster: NOT_EMPTY, timeout: REQUIRED },
  [`${CORE}HttpProtocolOptions`]: { max_headers_count: { min: 1 } },
  [`${CORE}Http2ProtocolOptions`]: {
    max_concurrent_streams: { min: 1, max: 2147483647 },
    initial_stream_window_size: WINDOW,
    initial_connection_window_size: WINDOW,
    max_outbound_frames: { min: 1 },
    max_outbound_control_frames: { min: 1 },
    max_inbound_window_update_frames_per_data_frame_sent: { min: 1 },
  },
  [`${CORE}KeepaliveSettings`]: {
    interval: { min: 1 },
    timeout: { required: true, min: 1 },
    connection_idle_interval: { min: 1 },
  },
  'envoy.type.v3.Percent': { value: { min: 0, max: 100 } },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': { path: NOT_EMPTY },
  'envoy.config.accesslog.v3.ComparisonFilter': { value: REQUIRED },
  'envoy.config.accesslog.v3.StatusCodeFilter': { comparison: REQUIRED },
  'envoy.config.accesslog.v3.DurationFilter': { comparison: REQUIRED },
  'envoy.config.accesslog.v3.AndFilter': { filters: { minItems: 2 } },
  'envoy.config.accesslog.v3.OrFilter': { filters: { minItems: 2 } },
  'envoy.config.accesslog.v3.HeaderFilter': { header: REQUIRED },
  'envoy.config.accesslog.v3.RuntimeFilter': { runtime_key: NOT_EMPTY },
  'envoy.config.accesslog.v3.ResponseFlagFilter': { flags: { items: RESPONSE_FLAG } },
  [`${CORE}SchemeHeaderTransformation`]: { scheme_to_overwrite: { pattern: /^https?$/, wanted: 'http or https' } },
  [`${HCM}ResponseMapper`]: { filter: REQUIRED, status_code: { min: 200, max: 599 }, headers_to_add: HEADERS_TO_ADD },
  [`${CORE}CidrRange`]: { address_prefix: NOT_EMPTY, prefix_len: { max: 128 } },
  [`${ROUTE}RouteConfiguration`]: {
    ...HEADER_MUTATIONS,
    request_headers_to_remove: { items: NO_LINE_BREAK },
    response_headers_to_remove: { items: NO_LINE_BREAK },
  },
  [`${ROUTE}VirtualHost`]: { ...HEADER_MUTATIONS, name: NOT_EMPTY, domains: { minItems: 1, items: NO_LINE_BREAK } },
  [`${ROUTE}Route`]: { ...HEADER_MUTATIONS, match: REQUIRED },
  [`${ROUTE}WeightedCluster`]: { clusters: { minItems: 1 }, header_name: NO_LINE_BREAK },
  [`${ROUTE}WeightedCluster.ClusterWeight`]: {
    ...HEADER_MUTATIONS,
    request_headers_to_remove: { items: NO_LINE_BREAK },
    response_headers_to_remove: { items: NO_LINE_BREAK },
    cluster_header: NO_LINE_BREAK,
    weight: REQUIRED,
    host_rewrite_literal: NO_LINE_BREAK,
  },
  [`${ROUTE}RouteMatch`]: {
    path_separated_prefix: { pattern: /^[^?#]+[^?#/]$/, wanted: 'a path without ?, # and a slash at the end' },
  },
  [`${ROUTE}RouteAction`]: {
    cluster: NOT_EMPTY,
    cluster_header: HEADER_NAME,
    prefix_rewrite: NO_LINE_BREAK,
    host_rewrite_literal: NO_LINE_BREAK,
    host_rewrite_header: NO_LINE_BREAK,
  },
  [`${ROUTE}InternalRedirectPolicy`]: {
    redirect_response_codes: { maxItems: 5 },
    response_headers_to_copy: { items: NO_LINE_BREAK },
  },
  'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig': {
    allowed_route_names: { items: NOT_EMPTY },
  },
  [`${ROUTE}HedgePolicy`]: { initial_requests: { min: 1 } },
  [`${ROUTE}RetryPolicy.RateLimitedRetryBackOff`]: { reset_headers: { minItems: 1 }, max_interval: { above: 0 } },
  [`${ROUTE}RetryPolicy.ResetHeader`]: { name: HEADER_NAME },
  [`${ROUTE}RetryPolicy.RetryHostPredicate`]: { name: NOT_EMPTY },
  [`${ROUTE}RetryPolicy.RetryBackOff`]: { base_interval: { required: true, above: 0 }, max_interval: { above: 0 } },
  [`${ROUTE}RouteAction.RequestMirrorPolicy`]: { cluster_header: NO_LINE_BREAK, host_rewrite_literal: NO_LINE_BREAK },
  [`${ROUTE}RouteAction.UpgradeConfig`]: { upgrade_type: { minLength: 1, ...NO_LINE_BREAK } },
  [`${ROUTE}RouteAction.HashPolicy.Header`]: { header_name: HEADER_NAME },
  [`${ROUTE}RouteAction.HashPolicy.CookieAttribute`]: {
    name: { minLength: 1, maxBytes: 16384, ...NO_LINE_BREAK },
    value: { maxBytes: 16384, ...NO_LINE_BREAK },
  },
  [`${ROUTE}RouteAction.HashPolicy.Cookie`]: { name: NOT_EMPTY },
  [`${ROUTE}RouteAction.HashPolicy.QueryParameter`]: { name: NOT_EMPTY },
  [`${ROUTE}RedirectAction`]: {
    host_redirect: NO_LINE_BREAK,
    path_redirect: NO_LINE_BREAK,
    prefix_rewrite: NO_LINE_BREAK,
    port_redirect: { max: 65535 },
  },
  [`${ROUTE}DirectResponseAction`]: { status: { min: 200, max: 599 } },
  [`${ROUTE}HeaderMatcher`]: { name: HEADER_NAME, prefix_match: NOT_EMPTY, suffix_match: NOT_EMPTY, contains_match: NOT_EMPTY },
  [`${ROUTE}QueryParameterMatcher`]: { name: { minLength: 1, maxBytes: 1024 } },
  'envoy.config.listener.v3.Filter': { name: NOT_EMPTY },
  'envoy.config.listener.v3.ListenerFilter': { name: NOT_EMPTY },
  'envoy.config.listener.v3.FilterChainMatch': {
    destination_port: { min: 1, max: 65535 },
    source_ports: { items: { min: 1, max: 65535 } },
  },
  [`${CORE}HealthCheck`]: {
    timeout: { required: true, above: 0 },
    interval: { required: true, above: 0 },
    unhealthy_threshold: REQUIRED,
    healthy_threshold: REQUIRED,
    no_traffic_interval: { above: 0 },
    no_traffic_healthy_interval: { above: 0 },
    unhealthy_interval: { above: 0 },
    unhealthy_edge_interval: { above: 0 },
    healthy_edge_interval: { above: 0 },
  },
  [`${CORE}HealthCheck.Payload`]: { text: NOT_EMPTY },
  [`${CORE}HealthCheck.HttpHealthCheck`]: {
    host: NO_LINE_BREAK,
    path: { minLength: 1, ...NO_LINE_BREAK },
    request_headers_to_add: HEADERS_TO_ADD,
    request_headers_to_remove: { items: NO_LINE_BREAK },
  },
  [`${CORE}HealthCheck.GrpcHealthCheck`]: { authority: NO_LINE_BREAK, initial_metadata: HEADERS_TO_ADD },
  'envoy.config.endpoint.v3.Endpoint.HealthCheckConfig': { port_value: { max: 65535 }, hostname: NO_LINE_BREAK },
  [`${CORE}Pipe`]: { path: NOT_EMPTY, mode: { max: 0o777 } },
  [`${CORE}TransportSocket`]: { name: NOT_EMPTY },
  [`${INSPECTOR}TlsInspector`]: {
    initial_read_buffer_size: { min: 256, max: 65536 },
    max_client_hello_size: { min: 256, max: 16384 },
  },
  [`${TLS}UpstreamTlsContext`]: { sni: { maxBytes: 255 } },
  [`${CORE}PathConfigSource`]: { path: NOT_EMPTY },
  [`${CORE}WatchedDirectory`]: { path: NOT_EMPTY },
  [`${TLS}SdsSecretConfig`]: { name: NOT_EMPTY },
  [`${TLS}CommonTlsContext.CombinedCertificateValidationContext`]: {
    default_validation_context: REQUIRED,
    validation_context_sds_secret_config: REQUIRED,
  },
  [`${TLS}TlsSessionTicketKeys`]: { keys: { minItems: 1 } },
  [`${TLS}SubjectAltNameMatcher`]: { matcher: REQUIRED, san_type: { min: 1 } },
  [`${TLS}CertificateValidationContext`]: {
    verify_certificate_spki: { items: { minLength: 44, maxBytes: 44 } },
    verify_certificate_hash: { items: { minLength: 64, maxBytes: 95 } },
  },
  'envoy.config.endpoint.v3.ClusterLoadAssignment': { cluster_name: NOT_EMPTY },
  'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy': { overprovisioning_factor: { min: 1 } },
  'envoy.config.endpoint.v3.LbEndpoint': { load_balancing_weight: { min: 1 } },
  'envoy.config.endpoint.v3.LocalityLbEndpoints': { load_balancing_weight: { min: 1 }, priority: { max: 128 } },
  [`${CORE}UpstreamHttpProtocolOptions`]: { override_auto_sni_header: HEADER_NAME_OR_NONE },
  [`${CLUSTER}Cluster.TransportSocketMatch`]: { name: NOT_EMPTY },
  [`${CLUSTER}Cluster.LeastRequestLbConfig`]: { choice_count: { min: 2 } },
  [`${CLUSTER}Cluster.RingHashLbConfig`]: { minimum_ring_size: { max: 8388608 }, maximum_ring_size: { max: 8388608 } },
  [`${CLUSTER}Cluster.MaglevLbConfig`]: { table_size: { max: 5000011 } },
  'sluice.load_balancing_policies.peak_ewma.v1.PeakEwma': { decay_time: { above: 0 }, default_rtt: { above: 0 } },
  [`${BALANCERS}least_request.v3.LeastRequest`]: { choice_count: { min: 2 } },
  [`${BALANCERS}ring_hash.v3.RingHash`]: {
    minimum_ring_size: { min: 1, max: 8388608 },
    maximum_ring_size: { max: 8388608 },
  },
  [`${BALANCERS}maglev.v3.Maglev`]: { table_size: { max: 5000011 } },
  [`${BALANCERS}subset.v3.Subset`]: { subset_lb_policy: REQUIRED },
  [`${CLUSTER}Cluster`]: {
    name: NOT_EMPTY,
    connect_timeout: { above: 0 },
    dns_refresh_rate: { above: 1 },
    cleanup_interval: { above: 0 },
  },
  [`${CLUSTER}Cluster.OriginalDstLbConfig`]: { upstream_port_override: { max: 65535 } },
  [`${CLUSTER}Cluster.CustomClusterType`]: { name: NOT_EMPTY },
  [`${CLUSTER}Cluster.RefreshRate`]: REFRESH_RATE,
  'envoy.extensions.clusters.dns.v3.DnsCluster.RefreshRate': REFRESH_RATE,
  'envoy.extensions.clusters.dns.v3.DnsCluster': { dns_refresh_rate: { above: 1 } },
  'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig': {
    query_timeout_seconds: { min: 1 },
    query_tries: { min: 1 },
  },
  // A monitor without configuration watches nothing; Envoy finds that out later.
  [`${OVERLOAD}ResourceMonitor`]: { name: NOT_EMPTY, typed_config: REQUIRED },
  [`${OVERLOAD}ThresholdTrigger`]: { value: SHARE },
  [`${OVERLOAD}ScaledTrigger`]: { scaling_threshold: SHARE, saturation_threshold: SHARE },
  [`${OVERLOAD}Trigger`]: { name: NOT_EMPTY },
  [`${OVERLOAD}OverloadAction`]: { name: NOT_EMPTY, triggers: { minItems: 1 } },
  [`${OVERLOAD}OverloadManager`]: { resource_monitors: { minItems: 1 } },
  [`${MONITORS}fixed_heap.v3.FixedHeapConfig`]: { max_heap_size_bytes: { min: 1 } },
  [`${MONITORS}downstream_connections.v3.DownstreamConnectionsConfig`]: { max_active_downstream_connections: { min: 1 } },
  [`${MONITORS}injected_resource.v3.InjectedResourceConfig`]: { filename: NOT_EMPTY },
  [`${CLUSTER}OutlierDetection`]: {
    interval: { above: 0 },
    base_ejection_time: { above: 0 },
    max_ejection_percent: { max: 100 },
    enforcing_consecutive_5xx: { max: 100 },
    enforcing_success_rate: { max: 100 },
    enforcing_consecutive_gateway_failure: { max: 100 },
    enforcing_consecutive_local_origin_failure: { max: 100 },
    enforcing_local_origin_success_rate: { max: 100 },
    failure_percentage_threshold: { max: 100 },
    enforcing_failure_percentage: { max: 100 },
    enforcing_failure_percentage_local_origin: { max: 100 },
    max_ejection_time: { above: 0 },
  },
  'envoy.config.metrics.v3.TagSpecifier': { tag_name: NOT_EMPTY, regex: { maxBytes: 1024 } },
  [`${HCM}HttpConnectionManager`]: {
    stat_prefix: NOT_EMPTY,
    server_name: NO_LINE_BREAK,
    via: NO_LINE_BREAK,
    max_request_headers_kb: { min: 1, max: 8192 },
  },
  [`${HCM}HttpFilter`]: { name: NOT_EMPTY },
  [`${TCP}TcpProxy`]: {
    stat_prefix: NOT_EMPTY,
    max_connect_attempts: { min: 1 },
    max_downstream_connection_duration: { min: 1 },
  },
  [`${TCP}TcpProxy.WeightedCluster`]: { clusters: { minItems: 1 } },
  [`${TCP}TcpProxy.WeightedCluster.ClusterWeight`]: { name: NOT_EMPTY, weight: { min: 1 } },
}

/** Full names of oneofs of which one member must be set. */
export const REQUIRED_ONEOFS: ReadonlySet<string> = new Set([
  `${BALANCERS}common.v3.LocalityLbConfig.locality_config_specifier`,
  `${ROUTE}RouteAction.HashPolicy.policy_specifier`,
  'envoy.config.overload.v3.Trigger.trigger_oneof',
  'envoy.config.accesslog.v3.AccessLogFilter.filter_specifier',
  'envoy.type.matcher.v3.StringMatcher.match_pattern',
  `${CORE}SocketAddress.port_specifier`,
  `${CORE}Address.address`,
  `${TLS}Secret.type`,
  `${CORE}ConfigSource.config_source_specifier`,
  `${CORE}DataSource.specifier`,
  `${CORE}HealthCheck.health_checker`,
  `${CORE}HealthCheck.Payload.payload`,
  `${CORE}AsyncDataSource.specifier`,
  `${CORE}HttpUri.http_upstream_type`,
  `${CORE}SubstitutionFormatString.format`,
  `${CORE}Http1ProtocolOptions.HeaderKeyFormat.header_format`,
  `${ROUTE}Route.action`,
  `${ROUTE}RouteMatch.path_specifier`,
  `${ROUTE}RouteAction.cluster_specifier`,
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.upstream_protocol_options',
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig.protocol_config',
  'envoy.config.metrics.v3.StatsMatcher.stats_matcher',
  // Envoy accepts a tag of a well-known name without either; our own well-known tags are built in.
  'envoy.config.metrics.v3.TagSpecifier.tag_value',
  `${HCM}HttpConnectionManager.route_specifier`,
  'envoy.config.common.mutation_rules.v3.HeaderMutation.action',
  `${TCP}TcpProxy.cluster_specifier`,
])
