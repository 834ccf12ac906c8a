/** The listeners of the HTTP/2 rows, read alike by host and Envoy. */
import { address, staticCluster } from '../host/setup.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const OPTIONS = `${TYPE}.upstreams.http.v3.HttpProtocolOptions`
const LOG =
  '%DOWNSTREAM_REMOTE_PORT% %DOWNSTREAM_LOCAL_PORT% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %PROTOCOL%\n'

function http2(options: object): object {
  return { http2_protocol_options: options }
}

function common(options: object): object {
  return { common_http_protocol_options: options }
}

const UPGRADES = { upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }] }

const PROFILES = {
  plain: {},
  http2_only: { codec_type: 'HTTP2' },
  lenient: http2({ override_stream_error_on_invalid_http_message: true }),
  underscores_reject: common({ headers_with_underscores_action: 'REJECT_REQUEST' }),
  underscores_drop: common({ headers_with_underscores_action: 'DROP_HEADER' }),
  small_heads: { max_request_headers_kb: 1, ...common({ max_headers_count: 8 }) },
  two_requests: { drain_timeout: '0.2s', ...common({ max_requests_per_connection: 2 }) },
  idle: { drain_timeout: '0.2s', ...common({ idle_timeout: '0.3s' }) },
  stream_idle: { stream_idle_timeout: '0.3s' },
  request_timeout: { request_timeout: '0.3s' },
  head_timeout: { request_headers_timeout: '0.3s' },
  duration: common({ max_stream_duration: '0.3s' }),
  keepalive: http2({ connection_keepalive: { interval: '0.2s', timeout: '0.2s', interval_jitter: { value: 0 } } }),
  normalize: { normalize_path: true, merge_slashes: true },
  edge: { use_remote_address: true },
  connect_allowed: http2({ allow_connect: true }),
  tunnels: { ...UPGRADES, ...http2({ allow_connect: true }) },
  tunnels_lenient: { ...UPGRADES, ...http2({ allow_connect: true, override_stream_error_on_invalid_http_message: true }) },
} as const

export type ProfileName = keyof typeof PROFILES

export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[]

/** `upstream` is the port of the rows' upstream, `inner` that of one that speaks HTTP/2, `refused` one where nobody listens. */
export function bootstrapOf(upstream: number, inner: number, refused: number, accessLog: string): object {
  const inside = { '@type': OPTIONS, explicit_http_config: { http2_protocol_options: {} } }
  const trailers = { '@type': OPTIONS, explicit_http_config: { http_protocol_options: { enable_trailers: true } } }
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: PROFILE_NAMES.map((name) => listenerOf(name, accessLog)),
      clusters: [
        staticCluster('up', [upstream], {
          typed_extension_protocol_options: { [OPTIONS.slice('type.googleapis.com/'.length)]: trailers },
        }),
        staticCluster('inner', [inner], {
          typed_extension_protocol_options: { [OPTIONS.slice('type.googleapis.com/'.length)]: inside },
        }),
        staticCluster('refused', [refused]),
        staticCluster('empty', []),
      ],
    },
  }
}

function listenerOf(name: ProfileName, accessLog: string): object {
  const format = { text_format_source: { inline_string: LOG } }
  const log = { '@type': `${TYPE}.access_loggers.file.v3.FileAccessLog`, path: accessLog, log_format: format }
  const forward = (suffix: string, action: object): object => ({
    match: { path_separated_prefix: suffix },
    route: { cluster: 'up', ...action },
  })
  const manager = {
    '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    access_log: [{ name: 'file', typed_config: log }],
    route_config: {
      virtual_hosts: [
        {
          name: 'unrouted',
          domains: ['unrouted.test'],
          routes: [{ match: { path: '/only' }, direct_response: { status: 200 } }],
        },
        {
          name: 'connect',
          domains: ['*.connect.test:443'],
          routes: [{ match: { connect_matcher: {} }, route: { cluster: 'up' } }],
        },
        {
          name: 'all',
          domains: ['*'],
          routes: [
            forward('/refused', { cluster: 'refused' }),
            forward('/h2', { cluster: 'inner' }),
            forward('/empty', { cluster: 'empty' }),
            forward('/slow', { timeout: '0.3s' }),
            { match: { prefix: '/direct' }, direct_response: { status: 201, body: { inline_string: 'direct' } } },
            { match: { prefix: '/bad' }, direct_response: { status: 400, body: { inline_string: 'bad' } } },
            { match: { prefix: '/redirect' }, redirect: { path_redirect: '/moved' } },
            { match: { prefix: '/' }, route: { cluster: 'up' } },
          ],
        },
      ],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } }],
    ...PROFILES[name],
  }
  const chain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }
  return { name, address: address(0), filter_chains: [chain] }
}
