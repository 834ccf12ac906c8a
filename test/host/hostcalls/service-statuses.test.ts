/** Statuses of the hostcalls on callouts, shared data, queues, metrics, log, time, gRPC and foreign functions, by phase and argument, as a real Envoy answers them. */
import { describe, expect, test } from 'vitest'
import { EPOCH_MILLIS } from '../plugin/fakes.ts'
import { MASK, type Guest } from '../plugin/scripted-engine.ts'
import { inRequestHeaders } from '../plugin/setup.ts'
import { withHeaders } from './status-fixture.ts'

describe('proxy_http_call', () => {
  const call = (guest: Guest, cluster: string, fields: string[], timeout = 1000, payload = ''): number =>
    guest.call(
      'proxy_http_call',
      ...guest.put(cluster),
      ...guest.pairs(...fields),
      ...guest.put(payload),
      ...guest.pairs('t', '1'),
      timeout,
      24,
    )
  const GOOD = [':method', 'GET', ':path', '/', ':authority', 'a.test']

  test.each([
    ['a good one', 'known', GOOD, 1000, 0],
    ['host for :authority, any order', 'known', ['host', 'a', ':path', '/', ':method', 'GET'], 1000, 0],
    ['no time-out', 'known', GOOD, 0, 0],
    ['an unknown cluster', 'nope', GOOD, 1000, 2],
    ['an empty cluster', '', GOOD, 1000, 2],
    ['no headers', 'known', [], 1000, 2],
    ['no :path', 'known', [':method', 'GET', ':authority', 'a'], 1000, 2],
    ['no :method', 'known', [':path', '/', ':authority', 'a'], 1000, 2],
    ['no :authority', 'known', [':path', '/', ':method', 'GET'], 1000, 2],
    ['a negative time-out', 'known', GOOD, -1, 2],
    ['no healthy endpoint', 'down', GOOD, 1000, 10],
    ['a method with a blank', 'known', [':method', 'FOO BAR', ':path', '/', ':authority', 'a'], 1000, 2],
    ['an empty path', 'known', [':method', 'GET', ':path', '', ':authority', 'a'], 1000, 2],
    ['a path with a blank', 'known', [':method', 'GET', ':path', '/a b', ':authority', 'a'], 1000, 2],
  ])('%s', (_, cluster, fields, timeout, status) => {
    expect(inRequestHeaders((guest) => call(guest, cluster, fields, timeout))).toBe(status)
  })

  test('announces its body and drops trailers', () => {
    inRequestHeaders((guest, { services }) => {
      call(guest, 'known', GOOD, 5, 'payload')
      const { request } = services.sent[0]!
      expect(request.headers.get('content-length')).toBe('7')
      expect([request.body!.toString(), request.timeoutMillis]).toEqual(['payload', 5])
    })
  })

  test('uses up a token when it cannot be sent', () => {
    inRequestHeaders((guest) => {
      call(guest, 'down', GOOD)
      call(guest, 'known', GOOD)
      expect(guest.word(24)).toBe(8)
    })
  })
})

describe('shared data', () => {
  test('compare-and-set', () => {
    inRequestHeaders((guest) => {
      const set = (key: string, value: string, cas: number): number =>
        guest.call('proxy_set_shared_data', ...guest.put(key), ...guest.put(value), cas)
      const get = (key: string): number => guest.call('proxy_get_shared_data', ...guest.put(key), 16, 20, 24)
      expect(get('k')).toBe(1)
      expect(set('k', 'one', 5)).toBe(0)
      expect([get('k'), guest.result()]).toEqual([0, 'one'])
      const cas = guest.word(24)
      expect(set('k', 'two', cas + 1)).toBe(8)
      expect(set('k', 'two', cas)).toBe(0)
      expect(set('k', 'three', 0)).toBe(0)
      expect(set('', '', 0)).toBe(0)
      expect([get(''), guest.word(16), guest.word(20)]).toEqual([0, 0, 0])
    })
  })
})

describe('shared queues', () => {
  test('ids, empty and unknown ones', () => {
    inRequestHeaders((guest) => {
      const register = (name: string): number => guest.call('proxy_register_shared_queue', ...guest.put(name), 16)
      const resolve = (vm: string, name: string): number =>
        guest.call('proxy_resolve_shared_queue', ...guest.put(vm), ...guest.put(name), 16)
      expect([register('a'), guest.word(16)]).toEqual([0, 1])
      expect([register('b'), guest.word(16)]).toEqual([0, 2])
      expect([register('a'), guest.word(16)]).toEqual([0, 1])
      expect([resolve('', 'b'), guest.word(16)]).toEqual([0, 2])
      expect([resolve('vm', 'b'), guest.word(16)]).toEqual([0, 2])
      expect(resolve('other', 'b')).toBe(1)
      expect(guest.call('proxy_enqueue_shared_queue', 9, 0, 0)).toBe(1)
      expect(guest.call('proxy_dequeue_shared_queue', 9, 16, 20)).toBe(1)
      expect(guest.call('proxy_dequeue_shared_queue', 1, 16, 20)).toBe(7)
      expect(guest.call('proxy_enqueue_shared_queue', 1, 0, 0)).toBe(0)
      expect([guest.call('proxy_dequeue_shared_queue', 1, 16, 20), guest.word(16), guest.word(20)]).toEqual([0, 0, 0])
    })
  })
})

describe('metrics', () => {
  const define = (guest: Guest, type: number, name = 'm'): number => {
    expect(guest.call('proxy_define_metric', type, ...guest.put(name), 16)).toBe(0)
    return guest.word(16)
  }
  const value = (guest: Guest, id: number): bigint | number => {
    const status = guest.call('proxy_get_metric', id, 32)
    return status === 0 ? guest.bytes.readBigUInt64LE(32) : status
  }

  test('ids carry the type and are new for the same name', () => {
    inRequestHeaders((guest) => {
      expect([
        define(guest, 0),
        define(guest, 0),
        define(guest, 1),
        define(guest, 2),
        define(guest, 0, ''),
        define(guest, 2),
      ]).toEqual([4, 8, 5, 6, 12, 10])
      expect(guest.call('proxy_define_metric', 3, ...guest.put('m'), 16)).toBe(2)
      expect(guest.call('proxy_define_metric', -1, ...guest.put('m'), 16)).toBe(2)
    })
  })

  test.each([
    ['counter', 0, 1n, 0],
    ['counter', 0, 0n, 2],
    ['counter', 0, -1n, 2],
    ['gauge', 1, -5n, 0],
    ['gauge', 1, 5n, 0],
    ['histogram', 2, 1n, 2],
  ])('increment of a %s (%i) by %s is %i', (_, type, delta, status) => {
    inRequestHeaders((guest) => expect(guest.call('proxy_increment_metric', define(guest, type), delta)).toBe(status))
  })

  test('record adds to a counter, sets a gauge, records in a histogram', () => {
    inRequestHeaders((guest, { services }) => {
      const [counter, gauge, histogram] = [define(guest, 0, 'c'), define(guest, 1, 'g'), define(guest, 2, 'h')]
      for (const id of [counter, gauge, histogram]) {
        expect(guest.call('proxy_record_metric', id, 3n)).toBe(0)
        expect(guest.call('proxy_record_metric', id, 4n)).toBe(0)
      }
      expect([value(guest, counter), value(guest, gauge), value(guest, histogram)]).toEqual([7n, 4n, 2])
      expect(services.values.get('h.recorded')).toBe(7)
    })
  })

  test('a gauge below zero wraps', () => {
    inRequestHeaders((guest) => {
      const gauge = define(guest, 1)
      guest.call('proxy_increment_metric', gauge, -11n)
      expect(value(guest, gauge)).toBe(18446744073709551605n)
    })
  })

  test.each([4, 5, 400, 0, 1])('unknown id %i is 1', (id) => {
    inRequestHeaders((guest) => {
      expect(guest.call('proxy_increment_metric', id, 1n)).toBe(1)
      expect(guest.call('proxy_record_metric', id, 1n)).toBe(1)
      expect(value(guest, id)).toBe(1)
    })
  })

  test('an id whose low bits name no type is 2', () => {
    inRequestHeaders((guest) => {
      expect(guest.call('proxy_increment_metric', 7, 1n)).toBe(2)
      expect(value(guest, 7)).toBe(2)
    })
  })
})

describe('log and time', () => {
  test('levels, prefixes and UTF-8', () => {
    const run = (guest: Guest, level: number, text: string): number =>
      guest.call('proxy_log', level, ...guest.put(Buffer.from(text)))
    inRequestHeaders((guest, { services }) => {
      expect(run(guest, 2, 'hällo\nthere')).toBe(0)
      expect(run(guest, 6, 'no')).toBe(2)
      expect(run(guest, -1, 'no')).toBe(2)
      services.level = 3
      expect(run(guest, 2, 'below')).toBe(0)
      expect([guest.call('proxy_get_log_level', 16), guest.word(16)]).toEqual([0, 3])
      guest.call('proxy_set_effective_context', 1)
      expect(run(guest, 3, 'root')).toBe(0)
      expect(services.logs).toEqual(['2 wasm log test root vm: hällo\nthere', '3 wasm log root vm: root'])
    })
  })

  test('prefixes leave empty parts out', () => {
    inRequestHeaders(
      (guest, { services }) => {
        guest.call('proxy_log', 2, ...guest.put('x'))
        expect(services.logs).toEqual(['2 wasm log test: x'])
      },
      undefined,
      { rootId: '', vmId: '' },
    )
  })

  test('the clock is the wall clock in nanoseconds', () => {
    inRequestHeaders((guest) => {
      expect(guest.call('proxy_get_current_time_nanoseconds', 32)).toBe(0)
      expect(guest.bytes.readBigUInt64LE(32)).toBe(BigInt(EPOCH_MILLIS) * 1_000_000n)
    })
  })
})

describe('gRPC and foreign functions', () => {
  test('a name that is no cluster, tokens that nobody has', () => {
    inRequestHeaders((guest) => {
      const text = [...guest.put('nope'), ...guest.put('s'), ...guest.put('m'), ...guest.put('')]
      expect(guest.call('proxy_grpc_call', ...text, ...guest.put(''), 100, 16)).toBe(4)
      expect(guest.call('proxy_grpc_stream', ...text, 16)).toBe(4)
      expect([5, 6, 4, 7].map((token) => guest.call('proxy_grpc_cancel', token))).toEqual([1, 1, 2, 2])
      expect([5, 6, 4, 7].map((token) => guest.call('proxy_grpc_close', token))).toEqual([1, 1, 2, 2])
      expect([5, 6, 4].map((token) => guest.call('proxy_grpc_send', token, 0, 0, 0))).toEqual([2, 1, 2])
    })
  })

  test('foreign functions: an unknown one, and results that are left out', () => {
    const stream = withHeaders()
    inRequestHeaders((guest) => {
      const call = (name: string, address: number, size: number): number =>
        guest.call('proxy_call_foreign_function', ...guest.put(name), 0, 0, address, size)
      expect(call('clear_route_cache', 0, 0)).toBe(0)
      guest.bytes.fill(MASK, 16, 24)
      expect(call('nope', 16, 20)).toBe(1)
      expect(guest.bytes.subarray(16, 24).every((byte) => byte === MASK)).toBe(true)
    }, stream)
    expect(stream.events).toEqual(['changed'])
  })

  test('capabilities that are not listed: 10 and a log line', () => {
    inRequestHeaders(
      (guest, { services }) => {
        expect(guest.call('proxy_get_log_level', 16)).toBe(10)
        expect(services.logs).toEqual(['4 Attempted call to restricted proxy-wasm capability: proxy_get_log_level'])
        expect(guest.call('proxy_log', 2, ...guest.put('x'))).toBe(0)
        expect(guest.call('pthread_equal', 3, 3)).toBe(1)
      },
      undefined,
      { allowedCapabilities: new Set(['proxy_log', 'proxy_on_request_headers']) },
    )
  })
})
