/** What the data plane gets of a cluster. */
import { describe, expect, it } from 'vitest'
import { CLUSTER, endpoint, socketAddress, UPSTREAM } from '../sample.ts'
import { clusterOf, NO_METADATA } from './parts.ts'

describe('buildCluster', () => {
  it('fills in the defaults of Envoy', () => {
    expect(clusterOf({})).toEqual({
      discovery: 'STATIC',
      endpoints: [
        {
          host: '127.0.0.1',
          port: 1,
          hostname: '',
          metadata: NO_METADATA,
          weight: 1,
          priority: 0,
          locality: { region: '', zone: '', subZone: '', weight: 0 },
          health: 'HEALTHY',
          check: { isDisabled: false, host: '', port: 0, hostname: '' },
        },
      ],
      connectTimeout: 5000,
      originalDst: null,
      dns: {
        refreshRate: 5000,
        failureRate: null,
        respectsTtl: false,
        jitter: 0,
        family: 'AUTO',
        servers: [],
        queryTimeout: 5000,
        queryTries: 4,
      },
      bufferLimit: 1048576,
      breakers: {
        maxConnections: 1024,
        maxPendingRequests: 1024,
        maxRequests: 1024,
        maxRetries: 3,
        maxConnectionPools: Infinity,
        retryBudget: null,
        tracksRemaining: false,
      },
      highBreakers: null,
      balancing: {
        policy: { kind: 'ROUND_ROBIN' },
        panicThreshold: 50,
        overprovisioning: 140,
        localityWeighted: false,
        zones: { share: 100, minClusterSize: 6, failsInPanic: false, keepsAll: false },
        subsets: null,
        ignoresUnchecked: false,
        slowStart: null,
      },
      idleTimeout: 3_600_000,
      protocol: 'HTTP/1.1',
      http2: {
        hpackTableBytes: 4096,
        allowsConnect: false,
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
      letterCase: 'LOWER',
      allowChunkedLength: false,
      sendsWholeUrl: false,
      outlier: null,
      healthCheck: null,
      closesOnHealthFailure: false,
      keepsHealthyEndpoints: false,
      tls: null,
      tlsMatches: [],
      requestServer: null,
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
        allowsConnect: false,
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
      letterCase: 'LOWER',
      allowChunkedLength: false,
      sendsWholeUrl: false,
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
      circuit_breakers: {
        thresholds: [
          {
            max_connections: 1,
            max_pending_requests: 2,
            max_requests: 3,
            max_retries: 4,
            max_connection_pools: 7,
            track_remaining: true,
          },
          { max_connections: 9 },
          { priority: 'HIGH', max_requests: 5, retry_budget: { budget_percent: { value: 2.5 }, min_retry_concurrency: 6 } },
        ],
      },
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
      dns: { refreshRate: 9000, family: 'V4_ONLY' },
      bufferLimit: 8,
      breakers: {
        maxConnections: 1,
        maxPendingRequests: 2,
        maxRequests: 3,
        maxRetries: 4,
        maxConnectionPools: 7,
        retryBudget: null,
        tracksRemaining: true,
      },
      highBreakers: { maxRequests: 5, retryBudget: { percent: 2.5, minimum: 6 }, tracksRemaining: false },
      idleTimeout: 7000,
      enableTrailers: true,
      letterCase: 'LOWER',
      allowChunkedLength: false,
      sendsWholeUrl: false,
      metadata: { json: { filter_metadata: { a: {} } } },
      altStatName: 'alt',
    })
  })

  it.each([
    [{ lb_policy: 'RANDOM' }, { kind: 'RANDOM' }],
    [{ lb_policy: 'LEAST_REQUEST' }, { kind: 'LEAST_REQUEST', choices: 2, bias: 1 }],
    [
      { lb_policy: 'LEAST_REQUEST', least_request_lb_config: { choice_count: 5, active_request_bias: { default_value: 0.5 } } },
      { kind: 'LEAST_REQUEST', choices: 5, bias: 0.5 },
    ],
    [
      { lb_policy: 'RING_HASH' },
      { kind: 'RING_HASH', minSize: 1024, maxSize: 8388608, hashFunction: 'XX_HASH', usesHostname: false },
    ],
    [
      {
        lb_policy: 'RING_HASH',
        ring_hash_lb_config: { minimum_ring_size: 3, maximum_ring_size: 4, hash_function: 'MURMUR_HASH_2' },
        type: 'STRICT_DNS',
        common_lb_config: { consistent_hashing_lb_config: { use_hostname_for_hashing: true } },
      },
      { kind: 'RING_HASH', minSize: 3, maxSize: 4, hashFunction: 'MURMUR_HASH_2', usesHostname: true },
    ],
    [{ lb_policy: 'MAGLEV' }, { kind: 'MAGLEV', tableSize: 65537, usesHostname: false }],
    [
      { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 5 } },
      { kind: 'MAGLEV', tableSize: 5, usesHostname: false },
    ],
  ])('takes the load balancer %j', (fields, policy) => {
    expect(clusterOf(inCluster(fields)).balancing.policy).toEqual(policy)
  })

  it('keeps questions to DNS servers within what Node takes', () => {
    const typed_config = {
      '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      query_timeout_seconds: 9_999_999,
      query_tries: 4_294_967_295,
    }
    const { dns } = clusterOf(inCluster({ type: 'STRICT_DNS', typed_dns_resolver_config: { name: 'r', typed_config } }))
    expect(dns).toMatchObject({ queryTimeout: 2 ** 31 - 1, queryTries: 2 ** 31 - 1 })
  })

  it('takes weights, priorities, places and health of endpoints', () => {
    const hosts = [
      { endpoint: { address: socketAddress(1), hostname: 'one' }, load_balancing_weight: 7, health_status: 'DEGRADED' },
      { endpoint: { address: socketAddress(2) }, health_status: 'TIMEOUT' },
    ]
    const place = {
      locality: { region: 'r', zone: 'z', sub_zone: 's' },
      load_balancing_weight: 9,
      priority: 1,
      lb_endpoints: hosts,
    }
    const { balancing, endpoints } = clusterOf(
      inCluster({
        common_lb_config: { healthy_panic_threshold: { value: 12.5 }, locality_weighted_lb_config: {} },
        load_assignment: { cluster_name: 'up', endpoints: [place], policy: { overprovisioning_factor: 200 } },
      }),
    )
    expect(balancing).toMatchObject({ panicThreshold: 13, overprovisioning: 200, localityWeighted: true })
    const locality = { region: 'r', zone: 'z', subZone: 's', weight: 9 }
    expect(endpoints).toMatchObject([
      { port: 1, hostname: 'one', weight: 7, priority: 1, locality, health: 'DEGRADED' },
      { port: 2, hostname: '', weight: 1, priority: 1, locality, health: 'UNHEALTHY' },
    ])
  })
})

function inCluster(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${CLUSTER}.${key}`, value]))
}
