/**
 * Configurations with the verdict of the host and of Envoy. `refusals.test.ts` judges them with the host,
 * `test/drift/config-envoy.test.ts` with a real Envoy, so that the two can only differ where `reason` says why.
 * One table, a row after the other, in the order of the configuration: that is why it is long.
 */
import { rootCertificates } from 'node:tls'
import type { ErrorCode } from '../../../host/errors.ts'
import {
  CLUSTER,
  endpoint,
  FILE_TYPE,
  FILTERS,
  HCM,
  HOST,
  LISTENER,
  networkWasm,
  ROUTE,
  ROUTER,
  sampleWith,
  socketAddress,
  STDOUT_TYPE,
  TABLE,
  tcpProxy,
  UPSTREAM,
  wasmFilter,
} from './sample.ts'
import type { Changes } from './sample.ts'

export interface Verdict {
  readonly name: string
  readonly text: string
  /** Null = the host accepts; else code and path of each fault. */
  readonly faults: readonly (readonly [ErrorCode, string])[] | null
  /** Why Envoy decides otherwise; absent = both agree. */
  readonly reason?: string
}

const INVALID = 'SLUICE_CONFIG_INVALID'
const UNKNOWN = 'SLUICE_CONFIG_UNKNOWN_FIELD'
const TYPE = 'SLUICE_CONFIG_TYPE'
const DUPLICATE = 'SLUICE_CONFIG_DUPLICATE'
const REFERENCE = 'SLUICE_CONFIG_REFERENCE'
/** The reason of fields and values that are listed as refused. */
export const OURS = 'sluice does not support it'

function accepted(name: string, changes: Changes | string, reason?: string): Verdict {
  const text = typeof changes === 'string' ? changes : sampleWith(changes)
  return { name, text, faults: null, ...(reason === undefined ? {} : { reason }) }
}

function refused(name: string, changes: Changes | string, code: ErrorCode, path: string, reason?: string): Verdict {
  return { ...accepted(name, changes, reason), faults: [[code, path]] }
}

const upstreamTls = (fields: object): object => ({
  name: 'tls',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    common_tls_context: {},
    ...fields,
  },
})
const SECRET = { name: 'ca', validation_context: { trusted_ca: { inline_string: rootCertificates[0] } } }
const UPSTREAM_TLS = `${CLUSTER}.transport_socket.typed_config`
const withSecrets = (common_tls_context: object, secrets: readonly object[] = [SECRET], more: object = {}): Changes => ({
  'static_resources.secrets': secrets,
  [`${CLUSTER}.transport_socket`]: upstreamTls({ common_tls_context, ...more }),
})
const trustBy = (name: string): object => ({ validation_context_sds_secret_config: { name } })
/** The file is one that is there. */
const fromFile = (more: object): object => ({
  validation_context_sds_secret_config: { name: 'a', sds_config: { path_config_source: { path: '/etc/hosts', ...more } } },
})
const letters = (format: object): Changes => ({ [`${HCM}.http_protocol_options`]: { header_key_format: format } })
const formatter = (type: string, more: object = {}): object => ({
  name: 'letters',
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}`, ...more },
})
const NAMED = {
  [`${CLUSTER}.type`]: 'STRICT_DNS',
  [`${CLUSTER}.load_assignment.endpoints`]: [endpoint(socketAddress(1, 'a.test'))],
}
const UNHEEDED = 'nothing comes of them, and clients would choose how much is kept of them'
const resolversAt = (...resolvers: readonly object[]): object => ({
  name: 'cares',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
    resolvers,
  },
})
const ORIGINAL = {
  [`${CLUSTER}.type`]: 'ORIGINAL_DST',
  [`${CLUSTER}.lb_policy`]: 'CLUSTER_PROVIDED',
  [`${CLUSTER}.original_dst_lb_config`]: { use_http_header: true },
  [`${CLUSTER}.load_assignment`]: undefined,
}
const EARLY = `${HCM}.early_header_mutation_extensions`
const EARLY_TYPE = 'http.early_header_mutation.header_mutation.v3.HeaderMutation'
const early = (...mutations: readonly object[]): Changes => ({ [EARLY]: [formatter(EARLY_TYPE, { mutations })] })
const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const POLICY = `${CLUSTER}.load_balancing_policy`
const CHOSEN = `${POLICY}.policies[0].typed_extension_config.typed_config`
const balancer = (type: string, fields: object = {}): object => ({
  policies: [{ typed_extension_config: { name: 'balancer', typed_config: { '@type': `${POLICIES}.${type}`, ...fields } } }],
})
const UNKNOWN_BALANCER = {
  policies: [
    {
      typed_extension_config: {
        name: 'balancer',
        typed_config: { '@type': 'type.googleapis.com/xds.type.v3.TypedStruct', type_url: 'type.googleapis.com/a.B' },
      },
    },
  ],
}
const ROUND_ROBIN = { [POLICY]: balancer('round_robin.v3.RoundRobin') }
const peakEwma = (value: object): object => ({
  policies: [
    {
      typed_extension_config: {
        name: 'balancer',
        typed_config: {
          '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
          type_url: 'type.googleapis.com/sluice.load_balancing_policies.peak_ewma.v1.PeakEwma',
          value,
        },
      },
    },
    { typed_extension_config: { name: 'other', typed_config: { '@type': `${POLICIES}.random.v3.Random` } } },
  ],
})
const SUBSET_LIST = `${CHOSEN}.subset_lb_policy`
const KEYS = { fallback_policy: 'KEYS_SUBSET' }
const FALLBACK_KEYS = `${CLUSTER}.lb_subset_config.subset_selectors[0].fallback_keys_subset`
const subsets = (selector: object): Changes => ({ [`${CLUSTER}.lb_subset_config`]: { subset_selectors: [selector] } })
const direct = (action: object): Changes => ({ [`${ROUTE}.route`]: undefined, [`${ROUTE}.direct_response`]: action })
const NO_PREDICATE = {
  name: 'x',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
    path_template: '/',
  },
}
const mirrored = (policy: object): Changes => ({ [`${ROUTE}.route.request_mirror_policies`]: [policy] })
const weighted = (...clusters: object[]): Changes => ({ [`${ROUTE}.route`]: { weighted_clusters: { clusters } } })
const addRequest = (key: string, value = 'x'): Changes => ({ [`${TABLE}.request_headers_to_add`]: [{ header: { key, value } }] })
const template = (text: string): Changes => {
  const type = 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'
  return { [`${ROUTE}.match`]: { path_match_policy: { name: 't', typed_config: { '@type': type, path_template: text } } } }
}
const templateRewrite = (path: string): object => {
  const type = 'type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig'
  return { path_rewrite_policy: { name: 't', typed_config: { '@type': type, path_template_rewrite: path } } }
}
const switches = (filter: object): Changes => ({
  [`${ROUTE}.typed_per_filter_config`]: { x: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', ...filter } },
})
const MAPPER = `${HCM}.local_reply_config.mappers[0]`
const mapper = (filter: object): Changes => ({ [`${HCM}.local_reply_config`]: { mappers: [{ filter }] } })
const plugin = (config: object): Changes => ({ [`${HCM}.http_filters`]: [wasmFilter(config), ROUTER] })
/** Members of `code.remote` and of its `http_uri` over good ones. */
const remote = (more: object, uri: object = {}): Changes => {
  const httpUri = { uri: 'http://a.test/a.wasm', cluster: 'up', timeout: '5s', ...uri }
  return plugin({
    name: 'p',
    vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { remote: { http_uri: httpUri, sha256: SHA256, ...more } } },
  })
}
const log = (config: object): Changes => ({ [`${HCM}.access_log`]: [{ name: 'log', typed_config: config }] })
const extraHost = (name: string, ...domains: string[]): Changes => ({ [`${TABLE}.virtual_hosts[1]`]: { name, domains } })
const tcp = (more: object, ...before: object[]): Changes => ({ [FILTERS]: [...before, tcpProxy(more)] })
const SHA256 = 'a'.repeat(64)
const KEY = `${TABLE}.request_headers_to_add[0].header.key`
const PLUGIN = `${HCM}.http_filters[0].typed_config.config`
const REMOTE = `${PLUGIN}.vm_config.code.remote`
const CHECKS = `${CLUSTER}.health_checks`
const healthCheck = (http: object | null, more: object = {}): object => ({
  timeout: '1s',
  interval: '1s',
  unhealthy_threshold: 1,
  healthy_threshold: 1,
  ...(http === null ? {} : { http_health_check: { path: '/', ...http } }),
  ...more,
})
const health = (http: object | null, more: object = {}): Changes => ({ [CHECKS]: [healthCheck(http, more)] })
const EVERY_HTTP_FIELD = {
  host: 'h',
  method: 'PUT',
  send: { text: '00' },
  receive: [{ binary: 'aGk=' }],
  request_headers_to_add: [{ header: { key: 'a', value: '%PROTOCOL%' } }],
  request_headers_to_remove: ['user-agent'],
  expected_statuses: [{ start: 100, end: 600 }],
  retriable_statuses: [{ start: 500, end: 600 }],
  codec_client_type: 'HTTP2',
  service_name_matcher: { safe_regex: { regex: 'a+' } },
}
const EVERY_CHECK_FIELD = {
  initial_jitter: '1s',
  interval_jitter: '1s',
  interval_jitter_percent: 10,
  reuse_connection: false,
  no_traffic_interval: '1s',
  no_traffic_healthy_interval: '1s',
  unhealthy_interval: '1s',
  unhealthy_edge_interval: '1s',
  healthy_edge_interval: '1s',
}
const OPTIONS = `${CLUSTER}.typed_extension_protocol_options`

const HEAP = {
  name: 'heap',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
    max_heap_size_bytes: 1000000000,
  },
}
const STOP = {
  name: 'envoy.overload_actions.stop_accepting_requests',
  triggers: [{ name: 'heap', threshold: { value: 0.95 } }],
}

function overload(changes: object): object {
  return { refresh_interval: '0.25s', resource_monitors: [HEAP], actions: [STOP], ...changes }
}

export const VERDICTS: readonly Verdict[] = [
  accepted('a load balancer as an extension', ROUND_ROBIN),
  accepted('such a one beside lb_policy', { ...ROUND_ROBIN, [`${CLUSTER}.lb_policy`]: 'CLUSTER_PROVIDED' }),
  accepted('a panic threshold beside it', {
    ...ROUND_ROBIN,
    [`${CLUSTER}.common_lb_config`]: { healthy_panic_threshold: { value: 3 } },
  }),
  accepted('a load balancer that Envoy leaves out', { [POLICY]: peakEwma({ decay_time: '5s', default_rtt: '0.1s' }) }),
  refused(
    'such a one without time',
    { [POLICY]: peakEwma({ decay_time: '0s' }) },
    INVALID,
    `${CHOSEN}.decay_time`,
    'Envoy leaves it out',
  ),
  refused(
    'such a one with a wrong field',
    { [POLICY]: peakEwma({ decay: '5s' }) },
    UNKNOWN,
    `${CHOSEN}.value.decay`,
    'Envoy leaves it out',
  ),
  refused('groups beside it', { ...ROUND_ROBIN, [`${CLUSTER}.lb_subset_config`]: {} }, INVALID, `${CLUSTER}.lb_subset_config`),
  refused(
    'localities beside it',
    { ...ROUND_ROBIN, [`${CLUSTER}.common_lb_config`]: { locality_weighted_lb_config: {} } },
    INVALID,
    `${CLUSTER}.common_lb_config.locality_weighted_lb_config`,
  ),
  refused(
    'options of hashing beside it',
    { ...ROUND_ROBIN, [`${CLUSTER}.common_lb_config`]: { consistent_hashing_lb_config: {} } },
    INVALID,
    `${CLUSTER}.common_lb_config.consistent_hashing_lb_config`,
  ),
  refused('no load balancer', { [POLICY]: { policies: [] } }, INVALID, `${POLICY}.policies`),
  refused('no load balancer that is known', { [POLICY]: UNKNOWN_BALANCER }, INVALID, `${POLICY}.policies`),
  refused('nothing that says how', { [`${CLUSTER}.lb_policy`]: 'LOAD_BALANCING_POLICY_CONFIG' }, INVALID, `${CLUSTER}.lb_policy`),
  refused(
    'a load balancer that only some clusters have',
    { [POLICY]: balancer('cluster_provided.v3.ClusterProvided') },
    INVALID,
    POLICY,
  ),
  accepted('a load balancer of the original destination', {
    ...ORIGINAL,
    [POLICY]: balancer('cluster_provided.v3.ClusterProvided'),
  }),
  refused('another load balancer of it', { ...ORIGINAL, ...ROUND_ROBIN }, INVALID, POLICY),
  accepted('groups as an extension', {
    [POLICY]: balancer('subset.v3.Subset', { subset_lb_policy: balancer('random.v3.Random') }),
  }),
  refused(
    'groups without load balancer',
    { [POLICY]: balancer('subset.v3.Subset', { subset_lb_policy: {} }) },
    INVALID,
    `${SUBSET_LIST}.policies`,
  ),
  refused(
    'a ring as an extension that is too small',
    { [POLICY]: balancer('ring_hash.v3.RingHash', { minimum_ring_size: 100, maximum_ring_size: 50 }) },
    INVALID,
    `${CHOSEN}.minimum_ring_size`,
  ),
  refused(
    'a table as an extension that no prime fits',
    { [POLICY]: balancer('maglev.v3.Maglev', { table_size: 10 }) },
    INVALID,
    `${CHOSEN}.table_size`,
  ),
  accepted('the sample', {}),
  // Fields and types.
  refused('an unknown field', { [`${LISTENER}.nmae`]: 'x' }, UNKNOWN, `${LISTENER}.nmae`),
  refused('a field of Envoy', { [`${LISTENER}.tcp_backlog_size`]: 9 }, UNKNOWN, `${LISTENER}.tcp_backlog_size`, OURS),
  refused('a field of Envoy in camel case', { [`${LISTENER}.tcpBacklogSize`]: 9 }, UNKNOWN, `${LISTENER}.tcpBacklogSize`, OURS),
  accepted('a field in camel case', { [`${LISTENER}.trafficDirection`]: 'INBOUND' }),
  refused('a number as text', { [`${LISTENER}.name`]: 5 }, TYPE, `${LISTENER}.name`),
  refused('text as bool', { [`${HCM}.merge_slashes`]: 'maybe' }, TYPE, `${HCM}.merge_slashes`),
  accepted('a bool in quotes', { [`${HCM}.merge_slashes`]: 'true' }),
  refused('a mapping as list', { [`${HCM}.http_filters`]: {} }, TYPE, `${HCM}.http_filters`),
  refused('a list as mapping', { [`${TABLE}`]: [] }, TYPE, TABLE),
  accepted('a number in quotes', { [`${LISTENER}.address.socket_address.port_value`]: '0' }),
  refused(
    'a negative number',
    { [`${LISTENER}.address.socket_address.port_value`]: -1 },
    TYPE,
    `${LISTENER}.address.socket_address.port_value`,
  ),
  refused(
    'a port above 65535',
    { [`${LISTENER}.address.socket_address.port_value`]: 65536 },
    INVALID,
    `${LISTENER}.address.socket_address.port_value`,
  ),
  refused(
    'a fraction',
    { [`${LISTENER}.address.socket_address.port_value`]: 1.5 },
    TYPE,
    `${LISTENER}.address.socket_address.port_value`,
  ),
  accepted('an enum by number', { [`${CLUSTER}.type`]: 0 }),
  refused('an unknown enum value', { [`${CLUSTER}.type`]: 'STATICK' }, TYPE, `${CLUSTER}.type`),
  refused('an enum value of Envoy', { [`${CLUSTER}.type`]: 'EDS' }, TYPE, `${CLUSTER}.type`),
  refused('a duration in ms', { [`${HCM}.stream_idle_timeout`]: '5ms' }, TYPE, `${HCM}.stream_idle_timeout`),
  refused('a negative duration', { [`${HCM}.stream_idle_timeout`]: '-1s' }, INVALID, `${HCM}.stream_idle_timeout`),
  refused('an unknown @type', { [`${HCM}.@type`]: 'type.googleapis.com/nope.Nope' }, UNKNOWN, `${HCM}.@type`),
  accepted('null', { [`${CLUSTER}.alt_stat_name`]: null }),
  refused('two members of a oneof', { [`${ROUTE}.direct_response`]: { status: 200 } }, INVALID, `${ROUTE}.direct_response`),
  refused('a repeated key', 'node: {id: a, id: b, cluster: c}', DUPLICATE, 'node.id', 'Envoy silently takes one of the two'),
  refused('a merge key', 'admin: {<<: {address: {}}}', UNKNOWN, 'admin.<<'),
  refused('the word yes as text', 'node: {id: yes, cluster: c}', TYPE, 'node.id'),
  accepted('an alias', 'node: {id: &name a, cluster: *name}'),
  // Names.
  refused(
    'two listeners of a name',
    { 'static_resources.listeners[1]': JSON.parse(sampleWith({})).static_resources.listeners[0] },
    DUPLICATE,
    'static_resources.listeners[1].name',
    'Envoy silently keeps one of the two',
  ),
  refused(
    'two clusters of a name',
    { 'static_resources.clusters[1]': { name: 'up' } },
    DUPLICATE,
    'static_resources.clusters[1].name',
  ),
  refused(
    'two virtual hosts of a name',
    extraHost('v', 'a.test'),
    DUPLICATE,
    `${TABLE}.virtual_hosts[1].name`,
    'their counters would be one',
  ),
  refused('a domain in two virtual hosts', extraHost('w', '*'), DUPLICATE, `${TABLE}.virtual_hosts[1].domains[0]`),
  refused('a domain twice in other case', extraHost('w', 'A.test', 'a.test'), DUPLICATE, `${TABLE}.virtual_hosts[1].domains[1]`),
  refused(
    'two upgrades of a type',
    { [`${HCM}.upgrade_configs`]: [{ upgrade_type: 'websocket' }, { upgrade_type: 'WebSocket' }] },
    DUPLICATE,
    `${HCM}.upgrade_configs[1].upgrade_type`,
  ),
  // Listener and connection manager.
  refused('a listener without address', { [`${LISTENER}.address`]: undefined }, INVALID, LISTENER),
  refused(
    'a listener at a host name',
    { [`${LISTENER}.address`]: socketAddress(0, 'localhost') },
    INVALID,
    `${LISTENER}.address.socket_address.address`,
  ),
  refused(
    'an address without port',
    { [`${LISTENER}.address.socket_address.port_value`]: undefined },
    INVALID,
    `${LISTENER}.address.socket_address`,
  ),
  accepted('a listener without name', { [`${LISTENER}.name`]: undefined }),
  accepted('admin without address', { admin: {} }),
  refused('no filter chain', { [`${LISTENER}.filter_chains`]: [] }, INVALID, `${LISTENER}.filter_chains`),
  refused(
    'no network filter',
    { [`${LISTENER}.filter_chains[0].filters`]: [] },
    INVALID,
    `${LISTENER}.filter_chains[0].filters`,
    'such a listener can only close connections',
  ),
  refused('no stat_prefix', { [`${HCM}.stat_prefix`]: undefined }, INVALID, `${HCM}.stat_prefix`),
  refused('no route_config', { [`${TABLE}`]: undefined }, INVALID, HCM),
  refused('no router', { [`${HCM}.http_filters`]: [] }, INVALID, `${HCM}.http_filters`, 'such a chain never answers'),
  refused('two routers', { [`${HCM}.http_filters`]: [ROUTER, ROUTER] }, INVALID, `${HCM}.http_filters[0].typed_config`),
  accepted('HTTP/2 for clients', { [`${HCM}.codec_type`]: 'HTTP2' }),
  refused('HTTP/3 for clients', { [`${HCM}.codec_type`]: 'HTTP3' }, TYPE, `${HCM}.codec_type`),
  refused(
    'keep-alive without a time for the answer',
    { [`${HCM}.http2_protocol_options`]: { connection_keepalive: { interval: '1s' } } },
    INVALID,
    `${HCM}.http2_protocol_options.connection_keepalive.timeout`,
  ),
  refused(
    'a window that no stream begins with',
    { [`${HCM}.http2_protocol_options`]: { initial_stream_window_size: 1000 } },
    INVALID,
    `${HCM}.http2_protocol_options.initial_stream_window_size`,
  ),
  refused('a server name with a line break', { [`${HCM}.server_name`]: 'a\nb' }, INVALID, `${HCM}.server_name`),
  refused('heads of no size', { [`${HCM}.max_request_headers_kb`]: 0 }, INVALID, `${HCM}.max_request_headers_kb`),
  refused(
    'an access log by name only',
    { [`${HCM}.access_log`]: [{ name: 'envoy.access_loggers.stdout' }] },
    INVALID,
    `${HCM}.access_log[0].typed_config`,
  ),
  refused('an access log without a path', log({ '@type': FILE_TYPE }), INVALID, `${HCM}.access_log[0].typed_config.path`),
  refused(
    'an empty log format',
    log({ '@type': STDOUT_TYPE, log_format: {} }),
    INVALID,
    `${HCM}.access_log[0].typed_config.log_format`,
  ),
  accepted('a log format as text', log({ '@type': STDOUT_TYPE, log_format: { text_format: 'x' } })),
  // Routes.
  refused(
    'a Maglev table that cannot be filled',
    { [`${CLUSTER}.lb_policy`]: 'MAGLEV', [`${CLUSTER}.maglev_lb_config`]: { table_size: 9 } },
    INVALID,
    `${CLUSTER}.maglev_lb_config.table_size`,
  ),
  accepted('a Maglev table of a prime', {
    [`${CLUSTER}.lb_policy`]: 'MAGLEV',
    [`${CLUSTER}.maglev_lb_config`]: { table_size: 11 },
  }),
  refused(
    'hashing by host names that are not there',
    { [`${CLUSTER}.common_lb_config`]: { consistent_hashing_lb_config: { use_hostname_for_hashing: true } } },
    INVALID,
    `${CLUSTER}.common_lb_config.consistent_hashing_lb_config.use_hostname_for_hashing`,
  ),
  accepted('a cluster of proxies like this one', { cluster_manager: { local_cluster_name: 'up' } }),
  refused(
    'a cluster of proxies like this one that is not there',
    { cluster_manager: { local_cluster_name: 'other' } },
    REFERENCE,
    'cluster_manager.local_cluster_name',
  ),
  refused(
    'proxies like this one of several priorities',
    { cluster_manager: { local_cluster_name: 'up' }, [`${CLUSTER}.load_assignment.endpoints[0].priority`]: 1 },
    INVALID,
    `${CLUSTER}.load_assignment.endpoints[0].priority`,
  ),
  refused(
    'zones beside a load balancer as an extension',
    {
      [`${CLUSTER}.common_lb_config`]: { zone_aware_lb_config: {} },
      [`${CLUSTER}.load_balancing_policy`]: {
        policies: [
          {
            typed_extension_config: {
              name: 'random',
              typed_config: { '@type': 'type.googleapis.com/envoy.extensions.load_balancing_policies.random.v3.Random' },
            },
          },
        ],
      },
    },
    INVALID,
    `${CLUSTER}.common_lb_config.zone_aware_lb_config`,
  ),
  refused(
    'a ring below its minimum',
    {
      [`${CLUSTER}.lb_policy`]: 'RING_HASH',
      [`${CLUSTER}.ring_hash_lb_config`]: { minimum_ring_size: 5, maximum_ring_size: 4 },
    },
    INVALID,
    `${CLUSTER}.ring_hash_lb_config.minimum_ring_size`,
  ),
  refused(
    'the name of a server without authority',
    { [`${CLUSTER}.transport_socket`]: upstreamTls({ auto_sni_san_validation: true, sni: 'a' }) },
    INVALID,
    `${CLUSTER}.transport_socket.typed_config.auto_sni_san_validation`,
  ),
  accepted('a secret by name', withSecrets(trustBy('ca'), [SECRET], { auto_sni_san_validation: true, sni: 'a' })),
  accepted(
    'a part of what a certificate must be by name',
    withSecrets({ combined_validation_context: { default_validation_context: {}, ...trustBy('ca') } }),
  ),
  accepted('secrets of the same name', withSecrets({}, [SECRET, { name: 'ca', tls_certificate: {} }])),
  refused(
    'a name of no secret',
    withSecrets(trustBy('a')),
    REFERENCE,
    `${UPSTREAM_TLS}.common_tls_context.validation_context_sds_secret_config.name`,
  ),
  refused(
    'a name of another kind of secret',
    withSecrets({ tls_certificate_sds_secret_configs: [{ name: 'ca' }] }),
    REFERENCE,
    `${UPSTREAM_TLS}.common_tls_context.tls_certificate_sds_secret_configs[0].name`,
  ),
  refused('a secret from a file without a node', withSecrets(fromFile({})), INVALID, 'node'),
  refused(
    'a secret from nowhere',
    { node: { id: 'a', cluster: 'b' }, ...withSecrets({ validation_context_sds_secret_config: { name: 'a', sds_config: {} } }) },
    INVALID,
    `${UPSTREAM_TLS}.common_tls_context.validation_context_sds_secret_config.sds_config`,
  ),
  refused(
    'a secret from a control plane',
    {
      node: { id: 'a', cluster: 'b' },
      ...withSecrets({ validation_context_sds_secret_config: { name: 'a', sds_config: { ads: {} } } }),
    },
    UNKNOWN,
    `${UPSTREAM_TLS}.common_tls_context.validation_context_sds_secret_config.sds_config.ads`,
  ),
  refused(
    'a folder to watch without a path',
    { node: { id: 'a', cluster: 'b' }, ...withSecrets(fromFile({ watched_directory: {} })) },
    INVALID,
    `${UPSTREAM_TLS}.common_tls_context.validation_context_sds_secret_config.sds_config.path_config_source.watched_directory.path`,
  ),
  accepted('a secret from a file', { node: { id: 'a', cluster: 'b' }, ...withSecrets(fromFile({})) }),
  refused('two secrets of a name', withSecrets({}, [SECRET, SECRET]), DUPLICATE, 'static_resources.secrets[1].name'),
  refused('a secret of nothing', withSecrets({}, [{ name: 'a' }]), INVALID, 'static_resources.secrets[0]'),
  refused(
    'a secret that is half a certificate',
    withSecrets({ tls_certificate_sds_secret_configs: [{ name: 'a' }] }, [{ name: 'a', tls_certificate: {} }]),
    INVALID,
    'static_resources.secrets[0].tls_certificate',
  ),
  refused(
    'names of certificates of anybody',
    withSecrets(
      {
        combined_validation_context: {
          default_validation_context: { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'a' } }] },
          ...trustBy('nothing'),
        },
      },
      [{ name: 'nothing', validation_context: {} }],
    ),
    INVALID,
    `${UPSTREAM_TLS}.common_tls_context`,
  ),
  accepted('the name of endpoints, and TLS by metadata', {
    [`${CLUSTER}.transport_socket_matches`]: [
      { name: 'm', match: { a: 1 }, transport_socket: upstreamTls({ auto_host_sni: true }) },
    ],
  }),
  refused(
    'TLS by metadata without name',
    { [`${CLUSTER}.transport_socket_matches`]: [{ match: {}, transport_socket: upstreamTls({}) }] },
    INVALID,
    `${CLUSTER}.transport_socket_matches[0].name`,
  ),
  refused(
    'a logical host without name',
    { [`${CLUSTER}.type`]: 'LOGICAL_DNS', [`${CLUSTER}.load_assignment`]: undefined },
    INVALID,
    `${CLUSTER}.load_assignment`,
  ),
  refused(
    'two logical hosts',
    {
      [`${CLUSTER}.type`]: 'LOGICAL_DNS',
      [`${CLUSTER}.load_assignment.endpoints`]: [endpoint(socketAddress(1, 'a.test')), endpoint(socketAddress(1, 'b.test'))],
    },
    INVALID,
    `${CLUSTER}.load_assignment`,
  ),
  refused(
    'a logical host with all its addresses',
    { ...NAMED, [`${CLUSTER}.type`]: 'LOGICAL_DNS', [`${CLUSTER}.dns_lookup_family`]: 'ALL' },
    INVALID,
    `${CLUSTER}.dns_lookup_family`,
    'one connection is tried, not several',
  ),
  refused(
    'failures that are followed sooner and sooner',
    { ...NAMED, [`${CLUSTER}.dns_failure_refresh_rate`]: { base_interval: '2s', max_interval: '1s' } },
    INVALID,
    `${CLUSTER}.dns_failure_refresh_rate`,
  ),
  refused(
    'failures that are followed at once',
    { ...NAMED, [`${CLUSTER}.dns_failure_refresh_rate`]: { base_interval: '0.001s' } },
    INVALID,
    `${CLUSTER}.dns_failure_refresh_rate.base_interval`,
  ),
  refused(
    'a DNS server whose name somebody would have to look up',
    {
      ...NAMED,
      [`${CLUSTER}.typed_dns_resolver_config`]: resolversAt({ socket_address: { address: 'ns.test', port_value: 53 } }),
    },
    INVALID,
    `${CLUSTER}.typed_dns_resolver_config.typed_config.resolvers[0].socket_address.address`,
  ),
  accepted('requests that name their endpoint', ORIGINAL),
  refused(
    'requests that were sent here by the system',
    { ...ORIGINAL, [`${CLUSTER}.original_dst_lb_config`]: {} },
    INVALID,
    `${CLUSTER}.original_dst_lb_config`,
    'Node cannot ask for the address',
  ),
  refused(
    'requests that name an endpoint of many',
    { ...ORIGINAL, [`${CLUSTER}.lb_policy`]: 'RANDOM' },
    INVALID,
    `${CLUSTER}.lb_policy`,
  ),
  refused('endpoints that choose themselves', { [`${CLUSTER}.lb_policy`]: 'CLUSTER_PROVIDED' }, INVALID, `${CLUSTER}.lb_policy`),
  refused(
    'requests that name their endpoint among others',
    { ...ORIGINAL, [`${CLUSTER}.load_assignment`]: { cluster_name: 'up', endpoints: [endpoint(socketAddress(1))] } },
    INVALID,
    `${CLUSTER}.load_assignment`,
  ),
  refused(
    'groups of endpoints that requests name',
    { ...ORIGINAL, [`${CLUSTER}.lb_subset_config`]: { subset_selectors: [{ keys: ['a'] }] } },
    INVALID,
    `${CLUSTER}.lb_subset_config`,
  ),
  refused('health checks of endpoints that requests name', { ...ORIGINAL, ...health({}) }, INVALID, CHECKS, UNHEEDED),
  refused(
    'outliers among endpoints that requests name',
    { ...ORIGINAL, [`${CLUSTER}.outlier_detection`]: {} },
    INVALID,
    `${CLUSTER}.outlier_detection`,
    UNHEEDED,
  ),
  refused(
    'groups that fall back to all their keys',
    subsets({ keys: ['a'], fallback_keys_subset: ['a'], ...KEYS }),
    INVALID,
    FALLBACK_KEYS,
  ),
  refused(
    'groups that fall back to other keys',
    subsets({ keys: ['a', 'b'], fallback_keys_subset: ['c'], ...KEYS }),
    INVALID,
    FALLBACK_KEYS,
  ),
  refused('groups that fall back to no keys', subsets({ keys: ['a', 'b'], ...KEYS }), INVALID, FALLBACK_KEYS),
  refused('keys to fall back to without use', subsets({ keys: ['a', 'b'], fallback_keys_subset: ['a'] }), INVALID, FALLBACK_KEYS),
  accepted('groups that fall back to some keys', subsets({ keys: ['a', 'b'], fallback_keys_subset: ['a'], ...KEYS })),
  accepted('groups of one by two keys', subsets({ keys: ['a', 'b'], single_host_per_subset: true })),
  refused(
    'groups with localities that have no weights',
    { [`${CLUSTER}.lb_subset_config`]: { locality_weight_aware: true } },
    INVALID,
    `${CLUSTER}.lb_subset_config.locality_weight_aware`,
  ),
  refused('a route to a missing cluster', { [`${ROUTE}.route.cluster`]: 'upp' }, REFERENCE, `${ROUTE}.route.cluster`),
  accepted('a missing cluster that nobody validates', {
    [`${ROUTE}.route.cluster`]: 'upp',
    [`${TABLE}.validate_clusters`]: false,
  }),
  refused(
    'a missing weighted cluster',
    weighted({ name: 'nope', weight: 1 }),
    REFERENCE,
    `${ROUTE}.route.weighted_clusters.clusters[0].name`,
  ),
  refused(
    'a cluster by name and by header',
    weighted({ name: 'up', cluster_header: 'x', weight: 1 }),
    INVALID,
    `${ROUTE}.route.weighted_clusters.clusters[0]`,
  ),
  refused(
    'a mirror to a missing cluster',
    mirrored({ cluster: 'nope' }),
    REFERENCE,
    `${ROUTE}.route.request_mirror_policies[0].cluster`,
  ),
  accepted('early mutations', early({ remove: 'x-a' }, { append: { header: { key: 'x-b', value: '%PROTOCOL%' } } })),
  refused('an early mutation that says nothing', early({}), INVALID, `${EARLY}[0].typed_config.mutations[0]`),
  refused(
    'an early mutation of a pseudo header',
    early({ append: { header: { key: ':path', value: '/' } } }),
    INVALID,
    `${EARLY}[0].typed_config.mutations[0].append[0].header.key`,
  ),
  refused(
    'an early removal of the host',
    early({ remove: 'host' }),
    INVALID,
    `${EARLY}[0].typed_config.mutations[0].remove[0]`,
    'without it a request has no place to go to',
  ),
  refused(
    'an early mutation of another kind',
    { [EARLY]: [formatter('internal_redirect.previous_routes.v3.PreviousRoutesConfig')] },
    INVALID,
    `${EARLY}[0].typed_config`,
  ),
  refused(
    'a condition on redirects that is none',
    { [`${ROUTE}.route.internal_redirect_policy`]: { predicates: [NO_PREDICATE] } },
    INVALID,
    `${ROUTE}.route.internal_redirect_policy.predicates[0].typed_config`,
  ),
  refused(
    'a pseudo header of redirects',
    { [`${ROUTE}.route.internal_redirect_policy`]: { response_headers_to_copy: ['x-a', ':path'] } },
    INVALID,
    `${ROUTE}.route.internal_redirect_policy.response_headers_to_copy[1]`,
  ),
  refused('a mirror to nowhere', mirrored({}), INVALID, `${ROUTE}.route.request_mirror_policies[0]`),
  refused(
    'a mirror by name and header',
    mirrored({ cluster: 'up', cluster_header: 'x' }),
    INVALID,
    `${ROUTE}.route.request_mirror_policies[0]`,
  ),
  refused('weights without sum', weighted({ name: 'up', weight: 0 }), INVALID, `${ROUTE}.route.weighted_clusters`),
  refused(
    'a weight left out',
    weighted({ name: 'up', weight: 1 }, { name: 'up' }),
    INVALID,
    `${ROUTE}.route.weighted_clusters.clusters[1].weight`,
  ),
  refused(
    'weights above 32 bits',
    weighted({ name: 'up', weight: 4294967295 }, { name: 'up', weight: 2 }),
    INVALID,
    `${ROUTE}.route.weighted_clusters`,
  ),
  refused('no domains', { [`${HOST}.domains`]: [] }, INVALID, `${HOST}.domains`),
  refused('a route without match', { [`${ROUTE}.match`]: undefined }, INVALID, `${ROUTE}.match`),
  refused('a route without action', { [`${ROUTE}.route`]: undefined }, INVALID, ROUTE),
  refused('a match without path', { [`${ROUTE}.match`]: {} }, INVALID, `${ROUTE}.match`),
  refused(
    'a separated prefix that ends with a slash',
    { [`${ROUTE}.match`]: { path_separated_prefix: '/a/' } },
    INVALID,
    `${ROUTE}.match.path_separated_prefix`,
  ),
  accepted('a regular expression for paths', { [`${ROUTE}.match`]: { safe_regex: { regex: '/(a|b)+' } } }),
  ...['(', '(?=a)', 'a{1001}', String.raw`(a)\1`].map((regex) =>
    refused(
      `the regular expression ${regex}`,
      { [`${ROUTE}.match`]: { safe_regex: { regex } } },
      INVALID,
      `${ROUTE}.match.safe_regex.regex`,
    ),
  ),
  ...['/a/*/{b}/{c=d/**}', '/', '/{a}.x', '/a/'].map((text) => accepted(`the path template ${text}`, template(text))),
  ...['a', '//', '/a//b', '/{a', '/{a}/{a}', '/**/*', '/**/{a}', '/*x/y', '/{a=}', '/{1}', '/{a}{b}'].map((text) =>
    refused(`the path template ${text}`, template(text), INVALID, `${ROUTE}.match.path_match_policy.typed_config.path_template`),
  ),
  refused(
    'a path template with a wildcard behind text',
    template('/a*'),
    INVALID,
    `${ROUTE}.match.path_match_policy.typed_config.path_template`,
    'Envoy takes the star for one of the regular expression that it makes of the template',
  ),
  ...[
    { prefix_rewrite: '/a', regex_rewrite: { pattern: { regex: 'a' }, substitution: 'b' } },
    { prefix_rewrite: '/a', path_rewrite: '/b' },
  ].map((action) =>
    refused(
      `rewrites by ${Object.keys(action).join()}`,
      { [`${ROUTE}.route`]: { cluster: 'up', ...action } },
      INVALID,
      `${ROUTE}.route`,
    ),
  ),
  ...[String.raw`\2`, String.raw`\x`, 'a\\'].map((substitution) =>
    refused(
      `the substitution ${substitution}`,
      { [`${ROUTE}.route`]: { cluster: 'up', regex_rewrite: { pattern: { regex: '(a)' }, substitution } } },
      INVALID,
      `${ROUTE}.route.regex_rewrite.substitution`,
      'Envoy takes it and replaces nothing, or a part',
    ),
  ),
  ...['b', '/{x}', '/{a', '/a//{a}', '/<'].map((path) =>
    refused(
      `the path ${path} for the template /{a}`,
      { ...template('/{a}'), [`${ROUTE}.route`]: { cluster: 'up', ...templateRewrite(path) } },
      INVALID,
      `${ROUTE}.route.path_rewrite_policy.typed_config.path_template_rewrite`,
    ),
  ),
  refused(
    'a prefix rewrite of a template',
    { ...template('/{a}'), [`${ROUTE}.route`]: { cluster: 'up', prefix_rewrite: '/b' } },
    INVALID,
    `${ROUTE}.route.prefix_rewrite`,
  ),
  refused(
    'a redirect that replaces the prefix of a template',
    { ...template('/{a}'), [`${ROUTE}.route`]: undefined, [`${ROUTE}.redirect`]: { prefix_rewrite: '/b' } },
    INVALID,
    `${ROUTE}.redirect.prefix_rewrite`,
  ),
  accepted('a path of the variables of a template', {
    ...template('/{a}/{b=**}'),
    [`${ROUTE}.route`]: { cluster: 'up', ...templateRewrite('/x/{b}{a}') },
  }),
  refused(
    'a path of variables without a template',
    { [`${ROUTE}.route`]: { cluster: 'up', ...templateRewrite('/a') } },
    INVALID,
    `${ROUTE}.route.path_rewrite_policy.typed_config.path_template_rewrite`,
  ),
  refused(
    'a header to append and with an action',
    { [`${TABLE}.request_headers_to_add`]: [{ header: { key: 'a', value: 'b' }, append: true, append_action: 'ADD_IF_ABSENT' }] },
    INVALID,
    `${TABLE}.request_headers_to_add[0]`,
  ),
  refused('a filter of a route that says nothing', switches({}), INVALID, `${ROUTE}.typed_per_filter_config["x"]`),
  accepted('a filter left out by a route', switches({ disabled: true })),
  accepted('a filter that runs for a route', switches({ config: {} })),
  refused(
    'two ways to remove the port',
    { [`${HCM}.strip_any_host_port`]: true, [`${HCM}.strip_matching_host_port`]: true },
    INVALID,
    HCM,
  ),
  refused(
    'another scheme',
    { [`${HCM}.scheme_header_transformation`]: { scheme_to_overwrite: 'ftp' } },
    INVALID,
    `${HCM}.scheme_header_transformation.scheme_to_overwrite`,
  ),
  refused(
    'a name for a range of addresses',
    { [`${HCM}.internal_address_config`]: { cidr_ranges: [{ address_prefix: 'a.test', prefix_len: 8 }] } },
    INVALID,
    `${HCM}.internal_address_config.cidr_ranges[0].address_prefix`,
  ),
  accepted('more bits than an address has', {
    [`${HCM}.internal_address_config`]: { cidr_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 33 }] },
  }),
  refused(
    'an unknown response flag',
    mapper({ response_flag_filter: { flags: ['XX'] } }),
    INVALID,
    `${MAPPER}.filter.response_flag_filter.flags[0]`,
  ),
  refused(
    'one filter of two',
    mapper({ and_filter: { filters: [{ not_health_check_filter: {} }] } }),
    INVALID,
    `${MAPPER}.filter.and_filter.filters`,
  ),
  refused(
    'a duration of a local reply',
    mapper({ duration_filter: { comparison: { value: { default_value: 1, runtime_key: 'k' } } } }),
    INVALID,
    `${MAPPER}.filter`,
    OURS,
  ),
  refused(
    'a hash policy of nothing',
    { [`${ROUTE}.route`]: { cluster: 'up', hash_policy: [{ terminal: true }] } },
    INVALID,
    `${ROUTE}.route.hash_policy[0]`,
  ),
  accepted('a hash policy of a connection without a property', {
    [`${ROUTE}.route`]: { cluster: 'up', hash_policy: [{ connection_properties: {} }] },
  }),
  ...['%PATH(X)%', '%QUERY_PARAM%', '%ENVIRONMENT()%'].map((format) =>
    refused(`the command ${format}`, addRequest('a', format), INVALID, `${TABLE}.request_headers_to_add[0].header.value`),
  ),
  refused(
    'a header condition without name',
    { [`${ROUTE}.match.headers`]: [{ present_match: true }] },
    INVALID,
    `${ROUTE}.match.headers[0].name`,
  ),
  refused(
    'an empty prefix of a header',
    { [`${ROUTE}.match.headers`]: [{ name: 'a', string_match: { prefix: '' } }] },
    INVALID,
    `${ROUTE}.match.headers[0].string_match.prefix`,
  ),
  refused('a change of :path', addRequest(':path'), INVALID, KEY),
  refused('a change of host', addRequest('Host'), INVALID, KEY),
  refused('a header name with a blank', addRequest('a b'), INVALID, KEY, 'Envoy writes a head that no peer can parse'),
  refused(
    'a header value with a line break',
    addRequest('a', 'b\r\nc: d'),
    INVALID,
    `${TABLE}.request_headers_to_add[0].header.value`,
  ),
  refused(
    'an unknown operator in a header',
    addRequest('a', '%NOPE%'),
    INVALID,
    `${TABLE}.request_headers_to_add[0].header.value`,
  ),
  refused('a lone percent sign in a header', addRequest('a', '100%'), INVALID, `${TABLE}.request_headers_to_add[0].header.value`),
  accepted('operators in a header', addRequest('a', '100%% %REQ(x)% %PROTOCOL%')),
  refused(
    'an unknown operator in an access log',
    log({ '@type': STDOUT_TYPE, log_format: { text_format: '%NOPE%' } }),
    INVALID,
    `${HCM}.access_log[0].typed_config.log_format.text_format`,
  ),
  refused(
    'an unknown operator in a JSON access log',
    log({ '@type': STDOUT_TYPE, log_format: { json_format: { a: '%NOPE%' } } }),
    INVALID,
    `${HCM}.access_log[0].typed_config.log_format.json_format`,
  ),
  refused(
    'the removal of :status',
    { [`${TABLE}.response_headers_to_remove`]: [':status'] },
    INVALID,
    `${TABLE}.response_headers_to_remove[0]`,
  ),
  refused('status 600', direct({ status: 600 }), INVALID, `${ROUTE}.direct_response.status`),
  refused(
    'a large direct body',
    direct({ status: 200, body: { inline_string: 'x'.repeat(4097) } }),
    INVALID,
    `${ROUTE}.direct_response.body`,
  ),
  accepted('a direct body of 4096 bytes', direct({ status: 200, body: { inline_string: 'x'.repeat(4096) } })),
  refused(
    'a body from a missing variable',
    direct({ status: 200, body: { environment_variable: 'SLUICE_NOT_SET' } }),
    REFERENCE,
    `${ROUTE}.direct_response.body.environment_variable`,
  ),
  refused(
    'a body from a missing file',
    direct({ status: 200, body: { filename: '/nonexistent/body' } }),
    'SLUICE_CONFIG_FILE',
    `${ROUTE}.direct_response.body.filename`,
  ),
  // Plugins.
  refused('a plugin without VM', plugin({ name: 'p' }), INVALID, PLUGIN),
  refused(
    'a VM without module',
    plugin({ name: 'p', vm_config: { runtime: 'envoy.wasm.runtime.v8' } }),
    INVALID,
    `${PLUGIN}.vm_config`,
  ),
  refused(
    'a module that cannot be read',
    plugin({ name: 'p', vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: '/nonexistent/f' } } } }),
    'SLUICE_CONFIG_FILE',
    `${PLUGIN}.vm_config.code.local.filename`,
  ),
  refused(
    'fail_open and failure_policy',
    plugin({ name: 'p', fail_open: true, failure_policy: 'FAIL_CLOSED', vm_config: { code: { local: { inline_string: 'x' } } } }),
    INVALID,
    `${PLUGIN}.fail_open`,
  ),
  refused(
    'an unknown runtime',
    plugin({ name: 'p', vm_config: { runtime: 'envoy.wasm.runtime.wamr', code: { local: { inline_string: 'x' } } } }),
    INVALID,
    `${PLUGIN}.vm_config.runtime`,
  ),
  refused(
    'a variable copied and fixed',
    plugin({
      name: 'p',
      vm_config: {
        code: { local: { inline_string: 'x' } },
        environment_variables: { host_env_keys: ['A'], key_values: { A: 'b' } },
      },
    }),
    DUPLICATE,
    `${PLUGIN}.vm_config.environment_variables.host_env_keys[0]`,
  ),
  // Modules of other machines.
  accepted('a remote module', remote({})),
  accepted('the module of an image', remote({}, { uri: 'oci://a.test/b/c:1', cluster: '_' })),
  accepted(
    'the module of an image, without sha256',
    remote({ sha256: '' }, { uri: 'oci://a.test/b/c:1' }),
    'Istio leaves it out',
  ),
  refused('a remote module without sha256', remote({ sha256: undefined }), INVALID, `${REMOTE}.sha256`),
  refused(
    'a remote module with a sha256 that fits nothing',
    remote({ sha256: 'abc' }),
    INVALID,
    `${REMOTE}.sha256`,
    'Envoy cannot load it',
  ),
  refused('a remote module without timeout', remote({}, { timeout: undefined }), INVALID, `${REMOTE}.http_uri.timeout`),
  refused('a remote module without cluster', remote({}, { cluster: undefined }), INVALID, `${REMOTE}.http_uri`),
  refused('a remote module without address', remote({}, { uri: undefined }), INVALID, `${REMOTE}.http_uri.uri`),
  refused(
    'a remote module behind an unknown cluster',
    remote({}, { cluster: 'x' }),
    REFERENCE,
    `${REMOTE}.http_uri.cluster`,
    'Envoy cannot load it',
  ),
  refused(
    'a remote module with another scheme than http, https and oci',
    remote({}, { uri: 'ftp://a/b' }),
    INVALID,
    `${REMOTE}.http_uri.uri`,
    'Envoy cannot load it',
  ),
  refused('retries of a fetch', remote({ retry_policy: { num_retries: 2 } }), UNKNOWN, `${REMOTE}.retry_policy`, OURS),
  refused(
    'a pull secret in the environment of a module',
    plugin({
      name: 'p',
      vm_config: {
        runtime: 'envoy.wasm.runtime.v8',
        code: { remote: { http_uri: { uri: 'http://a.test/a.wasm', cluster: 'up', timeout: '5s' }, sha256: SHA256 } },
        environment_variables: { key_values: { ISTIO_META_WASM_IMAGE_PULL_SECRET: 'x' } },
      },
    }),
    INVALID,
    `${PLUGIN}.vm_config.environment_variables.key_values`,
    'it would show the secret',
  ),
  accepted('slow start', {
    [`${CLUSTER}.round_robin_lb_config`]: {
      slow_start_config: {
        slow_start_window: '60s',
        aggression: { default_value: 2, runtime_key: 'a' },
        min_weight_percent: { value: 100 },
      },
    },
  }),
  refused(
    'slow start with more than the whole weight',
    { [`${CLUSTER}.round_robin_lb_config`]: { slow_start_config: { min_weight_percent: { value: 101 } } } },
    INVALID,
    `${CLUSTER}.round_robin_lb_config.slow_start_config.min_weight_percent.value`,
  ),
  // Health checks.
  accepted('a health check by HTTP', health({})),
  accepted('a health check with everything', health({ ...EVERY_HTTP_FIELD }, EVERY_CHECK_FIELD)),
  accepted('a health check by TCP', health(null, { tcp_health_check: { send: { text: '00ff' }, receive: [{ text: 'FF' }] } })),
  refused('two health checks', { [CHECKS]: [healthCheck({}), healthCheck({})] }, INVALID, CHECKS),
  refused('a health check of no kind', health(null), INVALID, `${CHECKS}[0]`),
  refused('a health check without timeout', health({}, { timeout: undefined }), INVALID, `${CHECKS}[0].timeout`),
  refused(
    'a health check without threshold',
    health({}, { healthy_threshold: undefined }),
    INVALID,
    `${CHECKS}[0].healthy_threshold`,
  ),
  refused('no time between checks', health({}, { interval: '0s' }), INVALID, `${CHECKS}[0].interval`),
  refused('a check of no path', health({ path: '' }), INVALID, `${CHECKS}[0].http_health_check.path`),
  refused('a check by CONNECT', health({ method: 'CONNECT' }), INVALID, `${CHECKS}[0].http_health_check.method`),
  refused('a check by HTTP/3', health({ codec_client_type: 'HTTP3' }), TYPE, `${CHECKS}[0].http_health_check.codec_client_type`),
  refused('a check with the body of a GET', health({ send: { text: '00' } }), INVALID, `${CHECKS}[0].http_health_check.method`),
  accepted('a check with the body of an OPTIONS', health({ method: 'OPTIONS', send: { text: '00' } })),
  refused('half a byte', health({ receive: [{ text: '0' }] }), INVALID, `${CHECKS}[0].http_health_check.receive[0].text`),
  refused('no bytes', health({ receive: [{}] }), INVALID, `${CHECKS}[0].http_health_check.receive[0]`),
  refused(
    'a buffer too small for what is expected',
    health({ receive: [{ text: '00' }, { text: '0000' }], response_buffer_size: 2 }),
    INVALID,
    `${CHECKS}[0].http_health_check.response_buffer_size`,
  ),
  accepted('a buffer without limit', health({ receive: [{ text: '000000' }], response_buffer_size: 0 })),
  refused(
    'an empty range of statuses',
    health({ expected_statuses: [{ start: 200, end: 200 }] }),
    INVALID,
    `${CHECKS}[0].http_health_check.expected_statuses[0]`,
  ),
  refused(
    'statuses beyond 599',
    health({ retriable_statuses: [{ start: 200, end: 601 }] }),
    INVALID,
    `${CHECKS}[0].http_health_check.retriable_statuses[0]`,
  ),
  refused(
    'a check that removes the host',
    health({ request_headers_to_remove: ['host'] }),
    INVALID,
    `${CHECKS}[0].http_health_check.request_headers_to_remove[0]`,
  ),
  refused(
    'a check with an unknown format command',
    health({ request_headers_to_add: [{ header: { key: 'a', value: '%NOPE%' } }] }),
    INVALID,
    `${CHECKS}[0].http_health_check.request_headers_to_add[0].header.value`,
  ),
  refused(
    'bytes to send that are not hexadecimal',
    health(null, { tcp_health_check: { send: { binary: 'aGk=' } } }),
    INVALID,
    `${CHECKS}[0].tcp_health_check.send.binary`,
    'Envoy does not send them',
  ),
  refused('a check by gRPC without HTTP/2', health(null, { grpc_health_check: {} }), INVALID, `${CHECKS}[0].grpc_health_check`),
  accepted('a check by gRPC', {
    ...health(null, { grpc_health_check: { service_name: 's', authority: 'a' } }),
    [OPTIONS]: {
      [UPSTREAM]: { '@type': `type.googleapis.com/${UPSTREAM}`, explicit_http_config: { http2_protocol_options: {} } },
    },
  }),
  refused(
    'a check of a service of its own',
    health(null, { custom_health_check: { name: 'x' } }),
    UNKNOWN,
    `${CHECKS}[0].custom_health_check`,
  ),
  accepted('an endpoint with a check of its own', {
    [`${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.health_check_config`]: {
      port_value: 65535,
      hostname: 'h',
      address: socketAddress(2),
      disable_active_health_check: true,
    },
  }),
  refused(
    'a check at a host name',
    {
      [`${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.health_check_config`]: {
        address: socketAddress(2, 'localhost'),
      },
    },
    INVALID,
    `${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.health_check_config.address.socket_address.address`,
  ),
  // Clusters.
  refused(
    'a host name in a STATIC cluster',
    { [`${CLUSTER}.load_assignment.endpoints[0]`]: endpoint(socketAddress(1, 'localhost')) },
    INVALID,
    `${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address`,
  ),
  accepted('a host name in a STRICT_DNS cluster', {
    [`${CLUSTER}.type`]: 'STRICT_DNS',
    [`${CLUSTER}.load_assignment.endpoints[0]`]: endpoint(socketAddress(1, 'localhost')),
  }),
  accepted('no endpoints', { [`${CLUSTER}.load_assignment`]: undefined }),
  refused(
    'an endpoint without address',
    { [`${CLUSTER}.load_assignment.endpoints[0]`]: { lb_endpoints: [{ endpoint: {} }] } },
    INVALID,
    `${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0]`,
  ),
  refused(
    'no cluster_name',
    { [`${CLUSTER}.load_assignment.cluster_name`]: undefined },
    INVALID,
    `${CLUSTER}.load_assignment.cluster_name`,
  ),
  refused('no time to connect', { [`${CLUSTER}.connect_timeout`]: '0s' }, INVALID, `${CLUSTER}.connect_timeout`),
  refused(
    'options under another key',
    {
      [`${OPTIONS}`]: {
        nope: { '@type': `type.googleapis.com/${UPSTREAM}`, explicit_http_config: { http_protocol_options: {} } },
      },
    },
    INVALID,
    `${OPTIONS}["nope"]`,
  ),
  refused(
    'options that mean nothing for a cluster',
    {
      [`${OPTIONS}`]: {
        [UPSTREAM]: {
          '@type': `type.googleapis.com/${UPSTREAM}`,
          common_http_protocol_options: { max_headers_count: 5 },
          explicit_http_config: { http_protocol_options: {} },
        },
      },
    },
    UNKNOWN,
    `${OPTIONS}["${UPSTREAM}"].common_http_protocol_options.max_headers_count`,
    OURS,
  ),
  refused(
    'options without a protocol',
    { [`${OPTIONS}`]: { [UPSTREAM]: { '@type': `type.googleapis.com/${UPSTREAM}` } } },
    INVALID,
    `${OPTIONS}["${UPSTREAM}"]`,
  ),
  // Plugins without streams.
  refused(
    'an extension without type',
    { bootstrap_extensions: [{ name: 'envoy.bootstrap.wasm' }] },
    INVALID,
    'bootstrap_extensions[0].typed_config',
  ),
  // Statistics and the rest.
  refused('a tag without value', { stats_config: { stats_tags: [{ tag_name: 'a' }] } }, INVALID, 'stats_config.stats_tags[0]'),
  refused(
    'a tag without name',
    { stats_config: { stats_tags: [{ regex: 'a(b)' }] } },
    INVALID,
    'stats_config.stats_tags[0].tag_name',
  ),
  refused(
    'a tag with half a regex',
    { stats_config: { stats_tags: [{ tag_name: 'a', regex: '(' }] } },
    INVALID,
    'stats_config.stats_tags[0].regex',
  ),
  accepted('no statistics', { stats_config: { stats_matcher: { reject_all: true } } }),
  refused(
    'dynamic resources',
    { dynamic_resources: { lds_config: { path_config_source: { path: '/dev/null' } } } },
    UNKNOWN,
    'dynamic_resources',
    OURS,
  ),
  accepted('an overload manager', { overload_manager: overload({}) }),
  refused(
    'an action on a monitor that does not exist',
    { overload_manager: overload({ actions: [{ ...STOP, triggers: [{ name: 'other', threshold: { value: 1 } }] }] }) },
    REFERENCE,
    'overload_manager.actions[0].triggers[0].name',
  ),
  refused(
    'an action that nobody knows',
    { overload_manager: overload({ actions: [{ ...STOP, name: 'envoy.overload_actions.nap' }] }) },
    INVALID,
    'overload_manager.actions[0].name',
  ),
  refused(
    'a trigger without slope',
    {
      overload_manager: overload({
        actions: [{ ...STOP, triggers: [{ name: 'heap', scaled: { scaling_threshold: 0.9, saturation_threshold: 0.8 } }] }],
      }),
    },
    INVALID,
    'overload_manager.actions[0].triggers[0].scaled.scaling_threshold',
  ),
  refused(
    'two monitors of one name',
    { overload_manager: overload({ resource_monitors: [HEAP, HEAP] }) },
    'SLUICE_CONFIG_DUPLICATE',
    'overload_manager.resource_monitors[1].name',
  ),

  accepted('letters of header names', letters({ proper_case_words: {} })),
  accepted(
    'letters as they came',
    letters({ stateful_formatter: formatter('http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig') }),
  ),
  refused('letters of no kind', letters({}), INVALID, `${HCM}.http_protocol_options.header_key_format`),
  refused(
    'another extension than a formatter of letters',
    letters({ stateful_formatter: formatter('path.match.uri_template.v3.UriTemplateMatchConfig', { path_template: '/' }) }),
    INVALID,
    `${HCM}.http_protocol_options.header_key_format.stateful_formatter.typed_config`,
  ),

  accepted('a TCP proxy alone', tcp({})),
  accepted('a TCP proxy with all its fields', {
    ...tcp({
      cluster: undefined,
      weighted_clusters: { clusters: [{ name: 'up', weight: 1 }] },
      idle_timeout: '0s',
      max_connect_attempts: 3,
      max_downstream_connection_duration: '1s',
      access_log: [{ name: 'log', typed_config: { '@type': FILE_TYPE, path: '/dev/null' } }],
    }),
  }),
  accepted('a TCP proxy to a cluster that does not exist', tcp({ cluster: 'other' })),
  refused('a TCP proxy without cluster', tcp({ cluster: undefined }), INVALID, `${FILTERS}[0].typed_config`),
  refused('a TCP proxy without stat_prefix', tcp({ stat_prefix: '' }), INVALID, `${FILTERS}[0].typed_config.stat_prefix`),
  refused('no attempt to connect', tcp({ max_connect_attempts: 0 }), INVALID, `${FILTERS}[0].typed_config.max_connect_attempts`),
  refused(
    'a weight of 0 among the clusters of a TCP proxy',
    tcp({ cluster: undefined, weighted_clusters: { clusters: [{ name: 'up', weight: 0 }] } }),
    INVALID,
    `${FILTERS}[0].typed_config.weighted_clusters.clusters[0].weight`,
  ),
  refused(
    'a tunnel of a TCP proxy',
    tcp({ tunneling_config: { hostname: 'a:1' } }),
    UNKNOWN,
    `${FILTERS}[0].typed_config.tunneling_config`,
    OURS,
  ),
  refused('a TCP proxy before another', tcp({}, tcpProxy()), INVALID, `${FILTERS}[0].typed_config`),
  refused('a plugin without VM before a TCP proxy', tcp({}, networkWasm({})), INVALID, `${FILTERS}[0].typed_config.config`),
]
