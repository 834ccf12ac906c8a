import { NO_MUTATIONS } from '../../../host/route/plain-route.ts'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BootstrapSchema, buildConfiguration } from '../../../host/config/index.ts'
import type {
  ClusterConfig,
  HttpConnectionManagerConfig,
  ListenerConfig,
  PluginConfig,
  RouteConfig,
} from '../../../host/config/types.ts'
import {
  CLUSTER,
  endpoint,
  FILE_TYPE,
  HCM,
  HOST,
  LISTENER,
  read,
  ROUTE,
  ROUTER,
  ROUTER_TYPE,
  sampleWith,
  socketAddress,
  STDOUT_TYPE,
  TABLE,
  TEST_INPUT,
  UPSTREAM,
  wasmFilter,
} from './sample.ts'
import type { Changes } from './sample.ts'

const listenerOf = (changes: Changes): ListenerConfig => read(sampleWith(changes)).config.listeners[0]!.value
const managerOf = (changes: Changes): HttpConnectionManagerConfig => listenerOf(changes).chains[0]!.http!
const routeOf = (changes: Changes): RouteConfig => managerOf(changes).routes.virtualHosts[0]!.routes[0]!
const clusterOf = (changes: Changes): ClusterConfig => read(sampleWith(changes)).config.clusters[0]!.value
const hcm = (options: object): Changes =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [`${HCM}.${key}`, value]))
const NO_METADATA = { message: new Uint8Array(0), json: {} }

describe('buildConnectionManager', () => {
  it('fills in the defaults of Envoy', () => {
    const { routes, filters, ...options } = managerOf({})
    expect([routes.virtualHosts.length, filters.length]).toEqual([1, 0])
    expect(options).toEqual({
      statPrefix: 's',
      codec: 'AUTO',
      accessLogs: [],
      logPlugins: [],
      router: { suppressEnvoyHeaders: false },
      http1: {
        maxHeadBytes: 61440,
        maxHeaders: 100,
        allowAbsoluteUrl: true,
        acceptHttp10: false,
        defaultHostForHttp10: '',
        enableTrailers: false,
        allowChunkedLength: false,
        allowCustomMethods: false,
        underscores: 'ALLOW',
      },
      http2: {
        hpackTableBytes: 4096,
        maxConcurrentStreams: 1024,
        initialStreamWindow: 16777216,
        initialConnectionWindow: 25165824,
        maxOutboundFrames: 10_000,
        maxOutboundControlFrames: 1000,
        maxConsecutiveEmptyFrames: 1,
        maxPriorityFramesPerStream: 100,
        maxWindowUpdatesPerDataFrame: 10,
        resetsMalformedStreams: false,
        keepalive: null,
      },
      idleTimeout: 3_600_000,
      streamIdleTimeout: 300_000,
      requestTimeout: 0,
      requestHeadersTimeout: 0,
      maxStreamDuration: 0,
      delayedCloseTimeout: 1000,
      drainTimeout: 5000,
      maxRequestsPerConnection: 0,
      useRemoteAddress: false,
      clientCertificate: { mode: 'SANITIZE', subject: false, cert: false, chain: false, dns: false, uri: false },
      skipXffAppend: false,
      xffNumTrustedHops: 0,
      generateRequestId: true,
      preserveExternalRequestId: false,
      alwaysSetRequestIdInResponse: false,
      serverName: 'envoy',
      serverHeader: 'OVERWRITE',
      via: '',
      normalizePath: false,
      mergeSlashes: false,
      escapedSlashes: 'KEEP_UNCHANGED',
      hostChanges: null,
      scheme: '',
      appendsForwardedPort: false,
      internalAddresses: null,
      maxConnectionDuration: 0,
      localReplies: null,
      upgrades: new Set(),
    })
  })

  it('takes every option', () => {
    const changes = hcm({
      codec_type: 'HTTP1',
      common_http_protocol_options: {
        idle_timeout: '1s',
        max_headers_count: 7,
        max_stream_duration: '2s',
        headers_with_underscores_action: 'DROP_HEADER',
        max_requests_per_connection: 3,
      },
      http_protocol_options: {
        allow_absolute_url: false,
        accept_http_10: true,
        default_host_for_http_10: 'a.test',
        enable_trailers: true,
        allow_chunked_length: true,
        allow_custom_methods: true,
      },
      server_name: 'sërver',
      server_header_transformation: 'PASS_THROUGH',
      max_request_headers_kb: 1,
      stream_idle_timeout: '0s',
      request_timeout: '0.25s',
      request_headers_timeout: '4s',
      drain_timeout: '5.5s',
      delayed_close_timeout: '0s',
      use_remote_address: true,
      forward_client_cert_details: 'APPEND_FORWARD',
      set_current_client_cert_details: { subject: true, cert: true, chain: true, dns: true, uri: true },
      xff_num_trusted_hops: 2,
      skip_xff_append: true,
      via: 'v',
      generate_request_id: false,
      preserve_external_request_id: true,
      always_set_request_id_in_response: true,
      http2_protocol_options: {
        hpack_table_size: 0,
        max_concurrent_streams: 7,
        initial_stream_window_size: 65535,
        initial_connection_window_size: 65536,
        max_outbound_frames: 11,
        max_outbound_control_frames: 12,
        max_consecutive_inbound_frames_with_empty_payload: 0,
        max_inbound_priority_frames_per_stream: 0,
        max_inbound_window_update_frames_per_data_frame_sent: 1,
        override_stream_error_on_invalid_http_message: true,
        connection_keepalive: { interval: '30s', timeout: '2s', interval_jitter: { value: 0 } },
      },
      upgrade_configs: [{ upgrade_type: 'WebSocket' }, { upgrade_type: 'x', enabled: false }],
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD',
      strip_any_host_port: true,
      http_filters: [{ name: 'r', typed_config: { '@type': ROUTER_TYPE, suppress_envoy_headers: true } }],
    })
    const { routes: _, ...options } = managerOf(changes)
    expect(options).toEqual({
      statPrefix: 's',
      codec: 'HTTP1',
      accessLogs: [],
      logPlugins: [],
      filters: [],
      router: { suppressEnvoyHeaders: true },
      http1: {
        maxHeadBytes: 1024,
        maxHeaders: 7,
        allowAbsoluteUrl: false,
        acceptHttp10: true,
        defaultHostForHttp10: 'a.test',
        enableTrailers: true,
        allowChunkedLength: true,
        allowCustomMethods: true,
        underscores: 'DROP_HEADER',
      },
      http2: {
        hpackTableBytes: 0,
        maxConcurrentStreams: 7,
        initialStreamWindow: 65535,
        initialConnectionWindow: 65536,
        maxOutboundFrames: 11,
        maxOutboundControlFrames: 12,
        maxConsecutiveEmptyFrames: 0,
        maxPriorityFramesPerStream: 0,
        maxWindowUpdatesPerDataFrame: 1,
        resetsMalformedStreams: true,
        keepalive: { interval: 30000, timeout: 2000, jitterPercent: 0, idleInterval: 0 },
      },
      idleTimeout: 1000,
      streamIdleTimeout: 0,
      requestTimeout: 250,
      requestHeadersTimeout: 4000,
      maxStreamDuration: 2000,
      delayedCloseTimeout: 0,
      drainTimeout: 5500,
      maxRequestsPerConnection: 3,
      useRemoteAddress: true,
      clientCertificate: { mode: 'APPEND_FORWARD', subject: true, cert: true, chain: true, dns: true, uri: true },
      skipXffAppend: true,
      xffNumTrustedHops: 2,
      generateRequestId: false,
      preserveExternalRequestId: true,
      alwaysSetRequestIdInResponse: true,
      serverName: 's\u00c3\u00abrver',
      serverHeader: 'PASS_THROUGH',
      via: 'v',
      normalizePath: true,
      mergeSlashes: true,
      escapedSlashes: 'UNESCAPE_AND_FORWARD',
      hostChanges: { stripsPort: 'any', stripsDot: false },
      scheme: '',
      appendsForwardedPort: false,
      internalAddresses: null,
      maxConnectionDuration: 0,
      localReplies: null,
      upgrades: new Set(['websocket']),
    })
  })

  const json = { a: '%REQ(x)%', b: [1] }
  it.each([
    [{ '@type': STDOUT_TYPE }, { kind: 'stdout' }, { kind: 'text', text: null }],
    [{ '@type': STDOUT_TYPE, log_format: { text_format: 'ü\n' } }, { kind: 'stdout' }, { kind: 'text', text: 'ü\n' }],
    [
      { '@type': STDOUT_TYPE.replace('Stdout', 'Stderr'), log_format: { json_format: json } },
      { kind: 'stderr' },
      { kind: 'json', template: json },
    ],
    [
      { '@type': FILE_TYPE, path: 'a.log' },
      { kind: 'file', path: 'a.log' },
      { kind: 'text', text: null },
    ],
    [
      { '@type': FILE_TYPE, path: '/dev/stderr', log_format: { text_format_source: { environment_variable: 'SET' } } },
      { kind: 'stderr' },
      { kind: 'text', text: 'value' },
    ],
  ])('makes an access log of %j', (config, target, format) => {
    expect(managerOf(hcm({ access_log: [{ name: 'l', typed_config: config }] })).accessLogs).toEqual([
      { target, format, filter: null },
    ])
  })
})

describe('buildListener', () => {
  it('takes every field', () => {
    const listener = listenerOf({
      [`${LISTENER}.address`]: socketAddress(8080, '::1'),
      [`${LISTENER}.stat_prefix`]: 'p',
      [`${LISTENER}.traffic_direction`]: 'OUTBOUND',
      [`${LISTENER}.per_connection_buffer_limit_bytes`]: 5,
      [`${LISTENER}.metadata`]: { filter_metadata: { a: { b: 1 } } },
      [`${LISTENER}.filter_chains[0].name`]: 'chain',
    })
    expect(listener).toMatchObject({
      address: { host: '::1', port: 8080 },
      statPrefix: 'p',
      direction: 2,
      bufferLimit: 5,
      chains: [{ name: 'chain' }],
    })
    expect(listener.metadata.json).toEqual({ filter_metadata: { a: { b: 1 } } })
    expect(listener.metadata.message.length).toBeGreaterThan(0)
  })

  it('without a name is named after its address', () => {
    const changes = { [`${LISTENER}.name`]: undefined, [`${LISTENER}.address`]: socketAddress(8080) }
    expect(read(sampleWith(changes)).config.listeners[0]?.name).toBe('127.0.0.1:8080')
  })
})

describe('buildRouteTable', () => {
  it('lower-cases domains and names of headers, and turns text into bytes', () => {
    const mutations = {
      request_headers_to_add: [{ header: { key: 'X-A', value: 'ü' }, append_action: 'ADD_IF_ABSENT' }],
      request_headers_to_remove: ['X-B'],
      response_headers_to_add: [{ header: { key: 'X-C', value: '%REQ(x)%' } }],
      response_headers_to_remove: ['X-D'],
    }
    const built = {
      requestAdd: [{ name: 'x-a', value: '\u00c3\u00bc', action: 'ADD_IF_ABSENT', keepsEmpty: false }],
      requestRemove: ['x-b'],
      responseAdd: [{ name: 'x-c', value: '%REQ(x)%', action: 'APPEND_IF_EXISTS_OR_ADD', keepsEmpty: false }],
      responseRemove: ['x-d'],
    }
    const places = [TABLE, HOST, ROUTE].flatMap((path) =>
      Object.entries(mutations).map(([key, value]) => [`${path}.${key}`, value]),
    )
    const { routes } = managerOf({
      ...Object.fromEntries(places),
      [`${HOST}.domains`]: ['A.Test', '*.B.test'],
      [`${TABLE}.name`]: 't',
    })
    const host = routes.virtualHosts[0]!
    expect(routes.name).toBe('t')
    expect(host.domains).toEqual(['a.test', '*.b.test'])
    expect([routes.headers, host.headers, host.routes[0]!.headers]).toEqual([built, built, built])
  })

  it('makes a match of every condition', () => {
    const match = {
      path_separated_prefix: '/ü',
      case_sensitive: false,
      headers: [
        { name: 'A' },
        { name: 'b', present_match: false, invert_match: true },
        { name: 'c', range_match: { start: -5, end: 7 }, treat_missing_header_as_empty: true },
        { name: 'd', string_match: { exact: '' } },
        { name: 'e', string_match: { contains: 'x', ignore_case: true } },
      ],
      query_parameters: [{ name: 'Q', string_match: { suffix: 'z' } }, { name: 'r', present_match: true }, { name: 's' }],
    }
    const plain = { invert: false, treatMissingAsEmpty: false }
    expect(routeOf({ [`${ROUTE}.match`]: match, [`${ROUTE}.name`]: 'n' })).toMatchObject({
      name: 'n',
      match: {
        path: { kind: 'separated_prefix', value: '/\u00c3\u00bc' },
        caseSensitive: false,
        headers: [
          { name: 'a', match: { kind: 'present', present: true }, ...plain },
          { name: 'b', match: { kind: 'present', present: false }, ...plain, invert: true },
          { name: 'c', match: { kind: 'range', start: -5n, end: 7n }, ...plain, treatMissingAsEmpty: true },
          { name: 'd', match: { kind: 'exact', value: '', ignoreCase: false }, ...plain },
          { name: 'e', match: { kind: 'contains', value: 'x', ignoreCase: true }, ...plain },
        ],
        queryParameters: [
          { name: 'Q', match: { kind: 'suffix', value: 'z', ignoreCase: false } },
          { name: 'r', match: { kind: 'present', present: true } },
          { name: 's', match: { kind: 'present', present: true } },
        ],
      },
    })
  })

  const forward = {
    kind: 'cluster',
    cluster: { kind: 'name', name: 'up' },
    timeout: 15000,
    idleTimeout: null,
    pathRewrite: null,
    hostRewrite: null,
    appendsForwardedHost: false,
    notFoundStatus: 503,
    upgrades: new Map(),
  }
  const redirect = { kind: 'redirect', scheme: '', host: '', port: 0, keepsPort: false, path: null, stripQuery: false }
  it.each([
    ['route', { cluster: 'up' }, forward],
    ['route', { cluster_header: 'X-To' }, { ...forward, cluster: { kind: 'header', header: 'x-to' } }],
    [
      'route',
      {
        weighted_clusters: {
          clusters: [
            { name: 'up', weight: 1 },
            { name: 'up', weight: 0 },
          ],
        },
      },
      {
        ...forward,
        cluster: {
          kind: 'weighted',
          clusters: [1, 0].map((weight) => ({
            cluster: { kind: 'name', name: 'up' },
            weight,
            headers: NO_MUTATIONS,
            hostRewrite: null,
          })),
          total: 1,
          valueHeader: null,
        },
      },
    ],
    [
      'route',
      {
        cluster: 'up',
        timeout: '0s',
        idle_timeout: '1s',
        prefix_rewrite: '/p',
        host_rewrite_literal: 'h',
        upgrade_configs: [{ upgrade_type: 'WebSocket', enabled: false }],
      },
      {
        ...forward,
        timeout: 0,
        idleTimeout: 1000,
        pathRewrite: { kind: 'prefix', value: '/p' },
        hostRewrite: { kind: 'literal', value: 'h' },
        upgrades: new Map([['websocket', false]]),
      },
    ],
    ['redirect', {}, { ...redirect, status: 301 }],
    [
      'redirect',
      {
        https_redirect: true,
        host_redirect: 'h',
        port_redirect: 8,
        path_redirect: '/p',
        response_code: 'PERMANENT_REDIRECT',
        strip_query: true,
      },
      {
        ...redirect,
        status: 308,
        scheme: 'https',
        host: 'h',
        port: 8,
        path: { kind: 'whole', value: '/p' },
        stripQuery: true,
      },
    ],
    ['redirect', { scheme_redirect: 'ws' }, { ...redirect, status: 301, scheme: 'ws' }],
    ['direct_response', { status: 204 }, { kind: 'direct_response', status: 204, body: new Uint8Array(0), format: null }],
    [
      'direct_response',
      { status: 200, body: { inline_bytes: '//8=' } },
      { kind: 'direct_response', status: 200, body: Uint8Array.of(255, 255), format: null },
    ],
  ])('makes an action of %s %j', (kind, action, expected) => {
    expect(routeOf({ [`${ROUTE}.route`]: undefined, [`${ROUTE}.${kind}`]: action }).action).toEqual(expected)
  })
})

const build = (config: object, listener: Changes = {}): PluginConfig =>
  managerOf({ ...listener, [`${HCM}.http_filters`]: [wasmFilter(config), ROUTER] }).filters[0]!.plugin
const typed = (type: string, value: unknown): object => ({ '@type': `type.googleapis.com/google.protobuf.${type}`, value })

describe('buildPlugin', () => {
  const vm = { code: { local: { filename: 'f.wasm' } } }

  it('fills in the defaults of Envoy', () => {
    const { pluginKey, vmKey, ...plugin } = build({ vm_config: vm })
    expect([pluginKey.length, vmKey.length]).toEqual([64, 64])
    expect(plugin).toEqual({
      name: '',
      rootId: '',
      vmId: '',
      runtime: '',
      code: Uint8Array.of(1, 2, 3),
      codeSource: 'f.wasm',
      sourceMap: null,
      vmConfiguration: new Uint8Array(0),
      configuration: new Uint8Array(0),
      failurePolicy: 'FAIL_CLOSED',
      reloadBackoff: 1000,
      allowOnHeadersStopIteration: false,
      allowedCapabilities: null,
      environment: new Map(),
    })
  })

  it('takes every field', () => {
    const plugin = build({
      name: 'p',
      root_id: 'r',
      vm_config: {
        vm_id: 'v',
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { inline_bytes: 'AAE=' } },
        configuration: typed('StringValue', 'vm'),
        environment_variables: { host_env_keys: ['SET', 'NOT_SET'], key_values: { A: 'b' } },
        allow_precompiled: true,
        nack_on_code_cache_miss: true,
      },
      configuration: typed('BytesValue', 'AAE='),
      failure_policy: 'FAIL_RELOAD',
      reload_config: { backoff: { base_interval: '3s' } },
      capability_restriction_config: { allowed_capabilities: { proxy_log: {} } },
      allow_on_headers_stop_iteration: true,
    })
    expect(plugin).toMatchObject({
      name: 'p',
      rootId: 'r',
      vmId: 'v',
      runtime: 'v8',
      code: Uint8Array.of(0, 1),
      codeSource: 'inline',
      configuration: Uint8Array.of(0, 1),
      failurePolicy: 'FAIL_RELOAD',
      reloadBackoff: 3000,
      allowOnHeadersStopIteration: true,
      allowedCapabilities: new Set(['proxy_log']),
      environment: new Map([
        ['SET', 'value'],
        ['A', 'b'],
      ]),
    })
    expect(Buffer.from(plugin.vmConfiguration).toString()).toBe('vm')
  })

  it('gives a Struct to the plugin in binary form', () => {
    const { configuration } = build({ vm_config: vm, configuration: typed('Struct', { a: 'x' }) })
    expect(Buffer.from(configuration).toString('hex')).toBe('0a080a016112031a0178')
  })

  it('takes fail_open for FAIL_OPEN', () => {
    expect(build({ vm_config: vm, fail_open: true }).failurePolicy).toBe('FAIL_OPEN')
  })

  it.each<[string, object, object, boolean, boolean]>([
    ['root_id', { root_id: 'a', vm_config: vm }, { root_id: 'b', vm_config: vm }, false, true],
    ['name', { name: 'a', vm_config: vm }, { name: 'b', vm_config: vm }, false, true],
    ['configuration', { vm_config: vm }, { vm_config: vm, configuration: typed('StringValue', 'x') }, false, true],
    ['vm_id', { vm_config: vm }, { vm_config: { ...vm, vm_id: 'x' } }, true, false],
    ['code', { vm_config: vm }, { vm_config: { code: { local: { inline_string: 'x' } } } }, true, false],
    ['failure_policy', { vm_config: vm }, { vm_config: vm, failure_policy: 'FAIL_OPEN' }, false, false],
  ])('another %s: another VM or plugin as in Envoy', (_, one, other, isOtherVm, isOtherPlugin) => {
    const [a, b] = [build(one), build(other)]
    expect([a.vmKey !== b.vmKey, a.pluginKey !== b.pluginKey]).toEqual([isOtherVm, isOtherPlugin])
  })

  it('of another listener direction is another plugin in the same VM', () => {
    const [a, b] = [build({ vm_config: vm }), build({ vm_config: vm }, { [`${LISTENER}.traffic_direction`]: 'INBOUND' })]
    expect([a.vmKey === b.vmKey, a.pluginKey === b.pluginKey]).toEqual([true, false])
  })
})

describe('buildCluster', () => {
  it('fills in the defaults of Envoy', () => {
    expect(clusterOf({})).toEqual({
      discovery: 'STATIC',
      endpoints: [{ host: '127.0.0.1', port: 1, metadata: NO_METADATA }],
      connectTimeout: 5000,
      dnsRefreshRate: 5000,
      dnsFamily: 'AUTO',
      bufferLimit: 1048576,
      breakers: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
      idleTimeout: 3_600_000,
      protocol: 'HTTP/1.1',
      http2: {
        hpackTableBytes: 4096,
        maxConcurrentStreams: 1024,
        initialStreamWindow: 16_777_216,
        initialConnectionWindow: 25_165_824,
        maxOutboundFrames: 10_000,
        maxOutboundControlFrames: 1000,
        maxConsecutiveEmptyFrames: 1,
        maxPriorityFramesPerStream: 100,
        maxWindowUpdatesPerDataFrame: 10,
        resetsMalformedStreams: false,
        keepalive: null,
      },
      enableTrailers: false,
      tls: null,
      metadata: NO_METADATA,
      altStatName: '',
    })
  })

  it('takes HTTP/2, which always has trailers', () => {
    const http2_protocol_options = {
      hpack_table_size: 1,
      max_concurrent_streams: 5,
      initial_stream_window_size: 65_535,
      initial_connection_window_size: 65_536,
      max_outbound_frames: 6,
      max_outbound_control_frames: 7,
      max_consecutive_inbound_frames_with_empty_payload: 0,
      max_inbound_priority_frames_per_stream: 8,
      max_inbound_window_update_frames_per_data_frame_sent: 9,
      override_stream_error_on_invalid_http_message: true,
      connection_keepalive: { interval: '1s', timeout: '2s', interval_jitter: { value: 3 }, connection_idle_interval: '4s' },
    }
    const explicit_http_config = { http2_protocol_options }
    const options = { '@type': `type.googleapis.com/${UPSTREAM}`, explicit_http_config }
    expect(clusterOf({ [`${CLUSTER}.typed_extension_protocol_options`]: { [UPSTREAM]: options } })).toMatchObject({
      protocol: 'HTTP/2',
      http2: {
        hpackTableBytes: 1,
        maxConcurrentStreams: 5,
        initialStreamWindow: 65_535,
        initialConnectionWindow: 65_536,
        maxOutboundFrames: 6,
        maxOutboundControlFrames: 7,
        maxConsecutiveEmptyFrames: 0,
        maxPriorityFramesPerStream: 8,
        maxWindowUpdatesPerDataFrame: 9,
        resetsMalformedStreams: true,
        keepalive: { interval: 1000, timeout: 2000, jitterPercent: 3, idleInterval: 4000 },
      },
      enableTrailers: true,
    })
  })

  it('takes every field', () => {
    const options = {
      '@type': `type.googleapis.com/${UPSTREAM}`,
      common_http_protocol_options: { idle_timeout: '7s' },
      explicit_http_config: { http_protocol_options: { enable_trailers: true } },
    }
    const fields = {
      alt_stat_name: 'alt',
      type: 'STRICT_DNS',
      connect_timeout: '0.5s',
      dns_refresh_rate: '9s',
      dns_lookup_family: 'V4_ONLY',
      per_connection_buffer_limit_bytes: 8,
      lb_policy: 'ROUND_ROBIN',
      circuit_breakers: { thresholds: [{ max_connections: 1, max_pending_requests: 2, max_requests: 3, max_retries: 4 }] },
      typed_extension_protocol_options: { [UPSTREAM]: options },
      metadata: { filter_metadata: { a: {} } },
      load_assignment: {
        cluster_name: 'up',
        endpoints: [endpoint(socketAddress(1, 'a.test')), endpoint(socketAddress(2, 'b.test'))],
      },
    }
    const changes = Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${CLUSTER}.${key}`, value]))
    expect(clusterOf(changes)).toMatchObject({
      discovery: 'STRICT_DNS',
      endpoints: [
        { host: 'a.test', port: 1 },
        { host: 'b.test', port: 2 },
      ],
      connectTimeout: 500,
      dnsRefreshRate: 9000,
      dnsFamily: 'V4_ONLY',
      bufferLimit: 8,
      breakers: { maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4 },
      idleTimeout: 7000,
      enableTrailers: true,
      metadata: { json: { filter_metadata: { a: {} } } },
      altStatName: 'alt',
    })
  })
})

describe('buildBootstrap', () => {
  it('keeps node, admin and statistics', () => {
    const node = { id: 'n', cluster: 'c', metadata: { A: 1 }, locality: { zone: 'z' } }
    const tags = [
      { tag_name: 'a', regex: 'x(.)' },
      { tag_name: 'b', fixed_value: 'f' },
    ]
    const stats = { stats_tags: tags, use_all_default_tags: false, stats_matcher: { reject_all: true } }
    const { config } = read(sampleWith({ node, admin: { address: socketAddress(9901) }, stats_config: stats }))
    expect(config.node).toMatchObject({ id: 'n', cluster: 'c', json: node })
    expect(config.admin).toEqual({ address: { host: '127.0.0.1', port: 9901 } })
    expect(config.stats).toEqual({
      tags: [
        { name: 'a', regex: /x(.)/ },
        { name: 'b', fixedValue: 'f' },
      ],
      useDefaultTags: false,
      rejectAll: true,
    })
  })

  it('gives a worker the same from bytes', () => {
    const { message, config } = read(
      sampleWith({ [`${HCM}.http_filters`]: [wasmFilter({ vm_config: { code: { local: { filename: 'f.wasm' } } } }), ROUTER] }),
    )
    const copy = fromBinary(BootstrapSchema, toBinary(BootstrapSchema, message))
    expect(buildConfiguration(copy, TEST_INPUT).config).toEqual(config)
  })

  it('reads each file once', () => {
    const files: string[] = []
    const filter = wasmFilter({ vm_config: { code: { local: { filename: 'f.wasm' } } } })
    const { message } = read(sampleWith({ [`${HCM}.http_filters`]: [filter, filter, ROUTER] }))
    const readFile = (path: string): Uint8Array => (files.push(path), createHash('md5').digest())
    const { filters } = buildConfiguration(message, { ...TEST_INPUT, readFile }).config.listeners[0]!.value.chains[0]!.http!
    expect(files).toEqual(['f.wasm', 'f.wasm.map'])
    expect(filters[0]!.plugin.code).toBe(filters[1]!.plugin.code)
  })
})
