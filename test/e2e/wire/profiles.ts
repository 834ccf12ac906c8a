/**
 * The one bootstrap of the wire suite, read unchanged by Envoy and by our host. A profile is a set of options; each
 * profile has some lanes, and a lane is a listener with an upstream of its own, so that rows run side by side and
 * still each sees only its own bytes.
 */
import type { Http1Config } from '../../../host/config/types.ts'
import { address, staticCluster } from '../host/setup.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const MANAGER = `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`
const ROUTER = `${TYPE}.filters.http.router.v3.Router`
const LOG_FORMAT =
  '%START_TIME% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% ' +
  '%PROTOCOL% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_CLUSTER% %REQ(:METHOD)% %REQ(:PATH)%\n'

interface Profile {
  readonly lanes: number
  /** Fields of the connection manager. */
  readonly manager?: object
  /** Options of HTTP/1 towards the upstream. */
  readonly upstream?: object
}

function http1(options: object): object {
  return { http_protocol_options: options }
}

const PROPER_CASE = { header_key_format: { proper_case_words: {} } }

function preservingCase(options: object): object {
  const type = `${TYPE}.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig`
  return { header_key_format: { stateful_formatter: { name: 'preserve_case', typed_config: { '@type': type, ...options } } } }
}

const PRESERVED = { ...preservingCase({}), enable_trailers: true }
const PRESERVED_MORE = preservingCase({ forward_reason_phrase: true, formatter_type_on_envoy_headers: 'PROPER_CASE' })

function common(options: object): object {
  return { common_http_protocol_options: options }
}

const PROFILES = {
  plain: { lanes: 24 },
  no_absolute_url: { lanes: 1, manager: http1({ allow_absolute_url: false }) },
  custom_methods: { lanes: 1, manager: http1({ allow_custom_methods: true }) },
  chunked_length: { lanes: 1, manager: http1({ allow_chunked_length: true }) },
  http10: { lanes: 2, manager: http1({ accept_http_10: true, default_host_for_http_10: 'd.test' }) },
  trailers: { lanes: 2, manager: http1({ enable_trailers: true }), upstream: { enable_trailers: true } },
  underscores_reject: { lanes: 1, manager: common({ headers_with_underscores_action: 'REJECT_REQUEST' }) },
  underscores_drop: { lanes: 1, manager: common({ headers_with_underscores_action: 'DROP_HEADER' }) },
  normalize: { lanes: 3, manager: { normalize_path: true, merge_slashes: true } },
  slashes_reject: { lanes: 1, manager: { path_with_escaped_slashes_action: 'REJECT_REQUEST' } },
  slashes_redirect: { lanes: 1, manager: { path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' } },
  slashes_forward: { lanes: 1, manager: { path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD', normalize_path: true } },
  websocket: { lanes: 2, manager: { upgrade_configs: [{ upgrade_type: 'websocket' }] } },
  connect: { lanes: 2, manager: { upgrade_configs: [{ upgrade_type: 'CONNECT' }], ...http1({ accept_http_10: true }) } },
  head_timeout: { lanes: 1, manager: { request_headers_timeout: '0.3s' } },
  request_timeout: { lanes: 1, manager: { request_timeout: '0.3s' } },
  idle_timeout: { lanes: 2, manager: { stream_idle_timeout: '0.3s' } },
  duration: { lanes: 1, manager: common({ max_stream_duration: '0.3s' }) },
  connection_idle: { lanes: 1, manager: common({ idle_timeout: '0.3s' }) },
  connection_duration: { lanes: 1, manager: { drain_timeout: '0.1s', ...common({ max_connection_duration: '0.3s' }) } },
  two_requests: { lanes: 1, manager: common({ max_requests_per_connection: 2 }) },
  small_heads: { lanes: 1, manager: { max_request_headers_kb: 1, ...common({ max_headers_count: 5 }) } },
  edge: { lanes: 2, manager: { use_remote_address: true } },
  edge_keeping: { lanes: 1, manager: { use_remote_address: true, preserve_external_request_id: true, skip_xff_append: true } },
  edge_hops: { lanes: 1, manager: { use_remote_address: true, xff_num_trusted_hops: 1 } },
  headers: {
    lanes: 2,
    manager: {
      via: 'v.test',
      server_header_transformation: 'APPEND_IF_ABSENT',
      server_name: 'named',
      strip_any_host_port: true,
      always_set_request_id_in_response: true,
    },
  },
  pass_server: { lanes: 1, manager: { server_header_transformation: 'PASS_THROUGH', generate_request_id: false } },
  proper_case: { lanes: 3, manager: http1(PROPER_CASE), upstream: PROPER_CASE },
  preserve_case: { lanes: 3, manager: http1(PRESERVED), upstream: PRESERVED },
  preserve_case_more: { lanes: 2, manager: http1(PRESERVED_MORE), upstream: PRESERVED_MORE },
  preserve_case_upgrade: {
    lanes: 1,
    manager: { upgrade_configs: [{ upgrade_type: 'websocket' }], ...http1(PRESERVED) },
    upstream: PRESERVED,
  },
  preserve_case_of_requests: { lanes: 1, manager: http1(PRESERVED) },
  preserve_case_over_proper: { lanes: 1, manager: http1(PRESERVED), upstream: PROPER_CASE },
  absolute_to_upstream: { lanes: 1, upstream: { send_fully_qualified_url: true } },
  chunked_length_of_upstream: { lanes: 1, upstream: { allow_chunked_length: true } },
  no_delay: { lanes: 1, manager: { delayed_close_timeout: '0s' } },
} satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES

const HTTP1_PROFILES: Readonly<Partial<Record<keyof Http1Config, ProfileName>>> = {
  allowAbsoluteUrl: 'no_absolute_url',
  acceptHttp10: 'http10',
  enableTrailers: 'trailers',
  allowChunkedLength: 'chunked_length',
  allowCustomMethods: 'custom_methods',
}

/** The profile with the options of a corpus row. */
export function profileOf(options: Partial<Http1Config> = {}): ProfileName {
  if (options.underscores === 'REJECT_REQUEST') return 'underscores_reject'
  if (options.underscores === 'DROP_HEADER') return 'underscores_drop'
  for (const [option, profile] of Object.entries(HTTP1_PROFILES)) if (option in options) return profile
  return 'plain'
}

/** Name of a listener and of its cluster. */
export interface Lane {
  readonly name: string
  readonly profile: ProfileName
}

export const LANES: readonly Lane[] = Object.entries(PROFILES).flatMap(([profile, { lanes }]) =>
  Array.from({ length: lanes }, (_, index) => ({ name: `${profile}_${index}`, profile: profile as ProfileName })),
)

/** `ports` has the upstream's port of each lane; `refused` one where nobody listens. */
export function bootstrapOf(ports: ReadonlyMap<string, number>, refused: number, accessLog: string): object {
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: LANES.map((lane) => listenerOf(lane, accessLog)),
      clusters: [
        ...LANES.map((lane) => clusterOf(lane, ports.get(lane.name)!)),
        staticCluster('refused', [refused]),
        staticCluster('empty', []),
      ],
    },
  }
}

function listenerOf(lane: Lane, accessLog: string): object {
  const profile: Profile = PROFILES[lane.profile]
  const manager = {
    '@type': MANAGER,
    stat_prefix: lane.name,
    access_log: [{ name: 'file', typed_config: fileLog(accessLog) }],
    route_config: {
      virtual_hosts: [UNROUTED, connectHost(lane.name), { name: 'all', domains: ['*'], routes: routesTo(lane.name) }],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': ROUTER } }],
    ...profile.manager,
  }
  const chain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }
  return { name: lane.name, address: address(0), filter_chains: [chain] }
}

function fileLog(path: string): object {
  const format = { text_format_source: { inline_string: LOG_FORMAT } }
  return { '@type': `${TYPE}.access_loggers.file.v3.FileAccessLog`, path, log_format: format }
}

const UNROUTED = {
  name: 'unrouted',
  domains: ['unrouted.test'],
  routes: [{ match: { path: '/only' }, direct_response: { status: 200 } }],
}

function connectHost(cluster: string): object {
  return { name: 'connect', domains: ['*.connect.test:443'], routes: [{ match: { connect_matcher: {} }, route: { cluster } }] }
}

function routesTo(cluster: string): object[] {
  const forward = (path: string, action: object): object => ({ match: { prefix: path }, route: { cluster, ...action } })
  return [
    forward('/refused', { cluster: 'refused' }),
    forward('/empty', { cluster: 'empty' }),
    forward('/slow', { timeout: '0.3s' }),
    forward('/rewrite', { prefix_rewrite: '/new', host_rewrite_literal: 'new.test' }),
    { match: { prefix: '/chosen' }, route: { cluster_header: 'x-cluster' } },
    { match: { prefix: '/direct' }, direct_response: { status: 201, body: { inline_string: 'direct' } } },
    { match: { prefix: '/bad' }, direct_response: { status: 400, body: { inline_string: 'bad' } } },
    { match: { prefix: '/moved' }, direct_response: { status: 302 } },
    { match: { prefix: '/bodiless' }, direct_response: { status: 204 } },
    { match: { prefix: '/redirect' }, redirect: { path_redirect: '/moved', response_code: 'FOUND' } },
    forward('/', {}),
  ]
}

function clusterOf(lane: Lane, port: number): object {
  const profile: Profile = PROFILES[lane.profile]
  const options = {
    '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http_protocol_options: profile.upstream ?? {} },
  }
  return staticCluster(lane.name, [port], {
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options },
  })
}
