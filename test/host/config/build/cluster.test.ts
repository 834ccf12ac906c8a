/** What the data plane gets of a cluster. */
import { describe, expect, it } from 'vitest'
import { CLUSTER, endpoint, socketAddress, UPSTREAM } from '../sample.ts'
import { clusterOf, NO_METADATA } from './parts.ts'

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
      outlier: null,
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
