/** Properties: values, encodings and when they can be read (as observed on Envoy 1.40). */
import { describe, expect, test } from 'vitest'
import type { PluginConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { EPOCH_MILLIS, FakeStream } from '../plugin/fakes.ts'
import type { Guest } from '../plugin/scripted-engine.ts'
import { inRequestHeaders, setUp } from '../plugin/setup.ts'

/** A property as byte string, or its status. Segments are separated by a blank in these tests. */
function get(guest: Guest, path: string): string | number {
  const status = guest.call('proxy_get_property', ...guest.put(path.replaceAll(' ', '\0')), 16, 20)
  if (status !== 0) return status
  return guest.word(20) === 0 ? '' : guest.result()
}

function i64(value: number | bigint): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes.latin1Slice()
}

function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

function aStream(): FakeStream {
  const stream = new FakeStream([
    [':authority', 'A.test:81'],
    [':path', '/p/a%20b?x=1&y=%2f'],
    [':method', 'GET'],
    [':scheme', 'http'],
    ['x-dup', '1'],
    ['x-dup', '2'],
    ['referer', 'r'],
    ['user-agent', 'u'],
    ['x-request-id', 'id-1'],
  ])
  stream.info.bytesReceived = 3
  return stream
}

/** The phases of one stream, each with the same reads. */
function phases(paths: readonly string[], stream = aStream()): (string | number)[][] {
  const seen: (string | number)[][] = []
  const read = (guest: Guest): void => void seen.push(paths.map((path) => get(guest, path)))
  const { open } = setUp({ proxy_on_request_headers: read, proxy_on_response_headers: read, proxy_on_log: read })
  const { context } = open(stream)
  context.onRequestHeaders(9, true)
  const request = stream.maps[0]!
  stream.maps[0] = null
  stream.maps[2] = HeaderMap.from([
    [':status', '200'],
    ['grpc-status', '5'],
  ])
  Object.assign(stream.info, { responseCode: 200, responseCodeDetails: 'via_upstream', upstreamAddress: '10.0.0.1:9000' })
  context.onResponseHeaders(2, true)
  stream.maps[0] = request
  Object.assign(stream.info, { completeMillis: 25, upstreamFirstByteSentMillis: 1, upstreamLastByteReceivedMillis: 3.5 })
  context.onLog()
  return seen
}

describe('in on_request_headers', () => {
  test.each([
    ['request path', '/p/a%20b?x=1&y=%2f'],
    ['request url_path', '/p/a%20b'],
    ['request query', 'x=1&y=%2f'],
    ['request host', 'A.test:81'],
    ['request method', 'GET'],
    ['request scheme', 'http'],
    ['request protocol', 'HTTP/1.1'],
    ['request id', 'id-1'],
    ['request referer', 'r'],
    ['request useragent', 'u'],
    ['request headers X-DUP', '1,2'],
    ['request headers nope', 1],
    ['request size', i64(3)],
    ['request time', i64(BigInt(EPOCH_MILLIS) * 1_000_000n)],
    ['request duration', 1],
    ['request nope', 1],
    ['response code', 1],
    ['response code_details', 1],
    ['response grpc_status', 1],
    ['response headers', '\0\0\0\0'],
    ['response flags', i64(0)],
    ['response size', i64(0)],
    ['response headers_bytes', i64(0)],
    ['response backend_latency', 1],
    ['source address', '127.0.0.1:4711'],
    ['source port', i64(4711)],
    ['destination address', '127.0.0.1:8080'],
    ['destination port', i64(8080)],
    ['connection id', i64(7)],
    ['connection_id', i64(7)],
    ['connection mtls', '\0'],
    ['connection peer_certificate_valid', '\0'],
    ['connection requested_server_name', ''],
    ['connection tls_version', 1],
    ['connection termination_details', 1],
    ['upstream address', 1],
    ['upstream locality', 1],
    ['upstream request_attempt_count', i64(0)],
    ['xds listener_direction', i64(1)],
    ['xds filter_chain_name', 'chain'],
    ['xds route_name', 1],
    ['xds listener_metadata', ''],
    ['xds upstream_host_metadata', 1],
    ['metadata', ''],
    ['metadata filter_metadata', '\0\0\0\0'],
    ['node', 1],
    ['node id', 1],
    ['route_name', 1],
    ['plugin_name', 'test'],
    ['plugin_root_id', 'root'],
    ['plugin_vm_id', 'vm'],
    ['request', 3],
    ['response', 3],
    ['connection', 3],
    ['upstream', 3],
    ['xds', 3],
    ['source', 3],
    ['filter_state', 3],
    ['', 3],
    ['constructor', 1],
    ['request constructor', 1],
    ['__proto__', 1],
  ])('%s', (path, value) => {
    expect(inRequestHeaders((guest) => get(guest, path), aStream())).toBe(value)
  })

  test('a trailing NUL is allowed', () => {
    expect(inRequestHeaders((guest) => get(guest, 'request method '), aStream())).toBe('GET')
  })

  test('request.headers joins the values of a name', () => {
    const stream = new FakeStream([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
    expect(hex(inRequestHeaders((guest) => get(guest, 'request headers') as string, stream))).toBe(
      ['02000000', '01000000', '03000000', '01000000', '01000000', '6100312c3300', '62003200'].join(''),
    )
  })

  test('sizes: content-length when it is announced, headers by bytes', () => {
    const stream = new FakeStream([['content-length', '12']])
    inRequestHeaders((guest) => {
      expect(get(guest, 'request size')).toBe(i64(12))
      expect(get(guest, 'request headers_bytes')).toBe(i64(16))
      expect(get(guest, 'request total_size')).toBe(i64(16))
    }, stream)
  })

  test('no query is empty, a fragment is none', () => {
    const query = (path: string): string | number =>
      inRequestHeaders((guest) => get(guest, 'request query'), new FakeStream([[':path', path]]))
    expect([query('/a'), query('/a?'), query('/a?b#c')]).toEqual(['', '', 'b'])
  })

  test('the route is looked for when it is asked for', () => {
    const stream = aStream()
    stream.resolveRoute = () => {
      stream.info.routeName = 'r1'
      stream.info.virtualHostName = 'v1'
      stream.info.clusterName = 'c1'
      stream.info.routeMetadata = {
        message: Buffer.from('\n\x01x', 'latin1'),
        json: {
          filterMetadata: { ns: { num: 7, b: true, which: 'w', l: ['x', 2], s: { k: 'v' }, nothing: null, some_key: 'raw' } },
        },
      }
    }
    inRequestHeaders((guest) => {
      expect(get(guest, 'xds route_name')).toBe('r1')
      expect(get(guest, 'xds virtual_host_name')).toBe('v1')
      expect(get(guest, 'xds cluster_name')).toBe('c1')
      expect(get(guest, 'xds route_metadata')).toBe('\n\x01x')
      expect(hex(get(guest, 'xds route_metadata filter_metadata ns num') as string)).toBe('0000000000001c40')
      expect(get(guest, 'xds route_metadata filter_metadata ns b')).toBe('\x01')
      expect(get(guest, 'xds route_metadata filter_metadata ns which')).toBe('w')
      expect(get(guest, 'xds route_metadata filter_metadata ns some_key')).toBe('raw')
      expect(get(guest, 'xds route_metadata filter_metadata ns nothing')).toBe(3)
      expect(get(guest, 'xds route_metadata filter_metadata ns nope')).toBe(1)
      expect(hex(get(guest, 'xds route_metadata filter_metadata ns s') as string)).toBe('0100000001000000010000006b007600')
      expect(hex(get(guest, 'xds route_metadata filter_metadata ns l') as string)).toBe(
        ['02000000', '0100000000000000', '0800000000000000', '780000', '00000000000000400000'].join(''),
      )
      expect(get(guest, 'xds cluster_metadata')).toBe('')
    }, stream)
  })
})

describe('by phase (request headers, response headers, log)', () => {
  test.each([
    ['request path', ['/p/a%20b?x=1&y=%2f', 1, '/p/a%20b?x=1&y=%2f']],
    ['request headers x-dup', ['1,2', 1, '1,2']],
    ['request protocol', ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1']],
    ['request duration', [1, 1, i64(25_000_000)]],
    ['response code', [1, i64(200), i64(200)]],
    ['response code_details', [1, 'via_upstream', 'via_upstream']],
    ['response grpc_status', [1, i64(5), i64(5)]],
    ['response backend_latency', [1, 1, i64(2_500_000)]],
    ['upstream address', [1, '10.0.0.1:9000', '10.0.0.1:9000']],
    ['upstream port', [1, i64(9000), i64(9000)]],
    ['xds upstream_host_metadata', [1, 3, 3]],
    ['source address', ['127.0.0.1:4711', '127.0.0.1:4711', '127.0.0.1:4711']],
  ])('%s', (path, values) => {
    expect(phases([path]).map(([value]) => value)).toEqual(values)
  })

  test('request.headers is an empty map and its bytes 0 while the map is away', () => {
    const values = phases(['request headers', 'request headers_bytes'])
    expect(values[1]).toEqual(['\0\0\0\0', i64(0)])
    expect(values[2]![0]).toBe(values[0]![0])
  })

  test.each([
    [200, 2],
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [500, 2],
    [503, 14],
  ])('response.grpc_status without the header is derived: %i is %i', (code, status) => {
    const stream = aStream()
    stream.info.responseCode = code
    expect(inRequestHeaders((guest) => get(guest, 'response grpc_status'), stream)).toBe(i64(status))
  })
})

describe('outside of a stream', () => {
  function inConfigure(paths: readonly string[], changes: Partial<PluginConfig> = {}): (string | number)[] {
    const seen: (string | number)[] = []
    setUp({ proxy_on_configure: (guest) => seen.push(...paths.map((path) => get(guest, path))) }, changes)
    return seen
  }

  test('only the node and the plugin are known', () => {
    expect(inConfigure(['xds node id', 'xds node cluster', 'plugin_name', 'plugin_root_id', 'plugin_vm_id'])).toEqual([
      'node-1',
      'mesh',
      'test',
      'root',
      'vm',
    ])
    expect(inConfigure(['request path', 'source address', 'connection_id', 'xds route_name', 'filter_state x'])).toEqual([
      1, 1, 1, 1, 1,
    ])
  })

  test('set_property is 1', () => {
    const seen: number[] = []
    setUp({ proxy_on_configure: (guest) => seen.push(guest.call('proxy_set_property', ...guest.put('k'), ...guest.put('v'))) })
    expect(seen).toEqual([1])
  })
})

describe('set_property', () => {
  test('keeps the value as filter state under wasm.', () => {
    const stream = aStream()
    inRequestHeaders((guest) => {
      const set = (key: string, value: string): number => guest.call('proxy_set_property', ...guest.put(key), ...guest.put(value))
      expect([set('my.key', 'v\x80'), set('', 'empty key'), set('plugin_name', 'shadowed')]).toEqual([0, 0, 0])
      expect(get(guest, 'my.key')).toBe('v\x80')
      expect(get(guest, 'filter_state wasm.my.key')).toBe('v\x80')
      expect(get(guest, 'filter_state nope')).toBe(1)
      expect(get(guest, 'plugin_name')).toBe('test')
      expect(get(guest, 'my.key more')).toBe(1)
    }, stream)
    expect([...stream.info.filterState!.keys()]).toEqual(['wasm.my.key', 'wasm.', 'wasm.plugin_name'])
  })
})
