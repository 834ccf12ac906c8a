/** Statuses of hostcalls by phase and argument, as a real Envoy answers them. */
import { describe, expect, test } from 'vitest'
import { BodyBuffer } from '../../../host/http/body-buffer.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { EPOCH_MILLIS, FakeStream } from '../plugin/fakes.ts'
import { MASK, type Guest, type Script } from '../plugin/scripted-engine.ts'
import { inRequestHeaders, setUp } from '../plugin/setup.ts'

function body(text: string): BodyBuffer {
  const buffer = new BodyBuffer()
  for (const part of text.match(/.{1,2}/gs) ?? []) buffer.append(Buffer.from(part))
  return buffer
}

function textOf(buffer: BodyBuffer): string {
  return Buffer.concat(buffer.chunks).toString()
}

function withHeaders(...fields: [string, string][]): FakeStream {
  return new FakeStream(fields)
}

/** Runs in the root's tick. */
function inTick<T>(run: (guest: Guest) => T, more: Script = {}): T {
  let result: T | undefined
  const { services } = setUp({
    ...more,
    proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 10),
    proxy_on_tick: (guest) => void (result = run(guest)),
  })
  services.time.advance(10)
  return result as T
}

describe('header maps', () => {
  const get = (guest: Guest, map: number, name: string): number | string => {
    const status = guest.call('proxy_get_header_map_value', map, ...guest.put(name), 16, 20)
    return status === 0 ? guest.result() : status
  }

  test.each([
    ['first value of several', 'x-dup', '1'],
    ['name in another case', 'X-DuP', '1'],
    ['empty value', 'x-empty', ''],
    ['missing name', 'nope', 1],
    ['empty name', '', 1],
    ['host as :authority', 'Host', 'a.test'],
    ['long value', 'x-long', 'v'.repeat(5000)],
    ['bytes from 0x80', 'x-bytes', '\x80\xff'],
  ])('get: %s', (_, name, value) => {
    const stream = withHeaders([':authority', 'a.test'], ['x-dup', '1'], ['x-dup', '2'], ['x-empty', ''])
    stream.maps[0]!.push('x-long', 'v'.repeat(5000))
    stream.maps[0]!.push('x-bytes', '\x80\xff')
    expect(inRequestHeaders((guest) => get(guest, 0, name), stream)).toBe(value)
  })

  test('get of an empty value writes address and size 0', () => {
    inRequestHeaders(
      (guest) => {
        get(guest, 0, 'x-empty')
        expect([guest.word(16), guest.word(20)]).toEqual([0, 0])
      },
      withHeaders(['x-empty', '']),
    )
  })

  test('get of a missing name is 0 and empty for ABI 0.1.0', () => {
    const seen: unknown[] = []
    const { open } = setUp({ proxy_on_request_headers: (guest) => void seen.push(get(guest, 0, 'nope')) }, {}, '0_1_0')
    open().context.onRequestHeaders(1, true)
    expect(seen).toEqual([''])
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, -1])('map %i is not there in on_request_headers', (map) => {
    inRequestHeaders(
      (guest) => {
        const field = [...guest.put('a'), ...guest.put('b')] as const
        expect(get(guest, map, 'a')).toBe(2)
        expect(guest.call('proxy_get_header_map_size', map, 16)).toBe(2)
        expect(guest.call('proxy_add_header_map_value', map, ...field)).toBe(2)
        expect(guest.call('proxy_replace_header_map_value', map, ...field)).toBe(2)
        expect(guest.call('proxy_remove_header_map_value', map, ...guest.put('a'))).toBe(2)
        expect(guest.call('proxy_set_header_map_pairs', map, ...guest.pairs('a', 'b'))).toBe(2)
        const known = map >= 0 && map < 8
        expect(guest.call('proxy_get_header_map_pairs', map, 16, 20)).toBe(known ? 0 : 2)
        if (known) expect([guest.word(16), guest.word(20)]).toEqual([0, 0])
      },
      withHeaders(['a', '1']),
    )
  })

  test('size is the bytes of names and values', () => {
    inRequestHeaders(
      (guest) => {
        expect(guest.call('proxy_get_header_map_size', 0, 16)).toBe(0)
        expect(guest.word(16)).toBe(10)
      },
      withHeaders(['abc', '12'], ['de', '345']),
    )
  })

  test('pairs keep order and duplicates', () => {
    inRequestHeaders(
      (guest) => {
        expect(guest.call('proxy_get_header_map_pairs', 0, 16, 20)).toBe(0)
        expect(Buffer.from(guest.result(), 'latin1').toString('hex')).toBe(
          '0200000001000000010000000100000002000000610031006100323200',
        )
      },
      withHeaders(['a', '1'], ['A', '22']),
    )
  })

  const changes: [string, (guest: Guest) => number, string[]][] = [
    [
      'add appends',
      (guest) => guest.call('proxy_add_header_map_value', 0, ...guest.put('X-A'), ...guest.put('3')),
      ['x-a', '1', 'b', '2', 'x-a', '3'],
    ],
    [
      'replace moves to the end',
      (guest) => guest.call('proxy_replace_header_map_value', 0, ...guest.put('X-A'), ...guest.put('3')),
      ['b', '2', 'x-a', '3'],
    ],
    ['remove takes all values', (guest) => guest.call('proxy_remove_header_map_value', 0, ...guest.put('X-a')), ['b', '2']],
    ['remove of nothing', (guest) => guest.call('proxy_remove_header_map_value', 0, ...guest.put('zz')), ['x-a', '1', 'b', '2']],
    ['set replaces all', (guest) => guest.call('proxy_set_header_map_pairs', 0, ...guest.pairs('C', '9')), ['c', '9']],
    ['set of nothing wipes', (guest) => guest.call('proxy_set_header_map_pairs', 0, 0, 0), []],
    ['set of garbage wipes', (guest) => guest.call('proxy_set_header_map_pairs', 0, ...guest.put('garbage!')), []],
    [
      'add of a value that no request may hold',
      (guest) => guest.call('proxy_add_header_map_value', 0, ...guest.put('c'), ...guest.put('a\r\nb')),
      ['x-a', '1', 'b', '2', 'c', 'a\r\nb'],
    ],
  ]

  test.each(changes)('%s', (_, change, fields) => {
    const stream = withHeaders(['x-a', '1'], ['b', '2'])
    expect(inRequestHeaders(change, stream)).toBe(0)
    expect(stream.maps[0]!.fields).toEqual(fields)
    expect(stream.events).toEqual(['changed'])
  })

  test.each([
    ['x-a', 'a\r\nb', 2],
    ['x-a', 'a\nb', 2],
    ['x-a', 'a\0b', 2],
    ['x a', 'v', 2],
    ['', 'v', 2],
    ['x-a\r\n', 'v', 2],
    ['x-a', 'tab\tand \xe9', 0],
    [':status', '200', 0],
  ])('in a response: name %j, value %j is %i for every way to write it', (name, value, status) => {
    const statuses: number[] = []
    const { open, services } = setUp({
      proxy_on_response_headers: (guest) => {
        statuses.push(guest.call('proxy_add_header_map_value', 2, ...guest.put(name), ...guest.put(value)))
        statuses.push(guest.call('proxy_replace_header_map_value', 2, ...guest.put(name), ...guest.put(value)))
        statuses.push(guest.call('proxy_set_header_map_pairs', 2, ...guest.pairs(name, value)))
      },
    })
    const stream = withHeaders()
    stream.maps[2] = HeaderMap.from([['keep', '1']])
    const { context } = open(stream)
    context.onRequestHeaders(0, true)
    context.onResponseHeaders(1, true)
    expect(statuses).toEqual([status, status, status])
    if (status === 2) expect(stream.maps[2]!.fields).toEqual(['keep', '1'])
    expect(services.logs.length).toBe(status === 2 ? 3 : 0)
    expect(stream.events).toEqual([])
  })

  test('of a root are not there', () => {
    expect(inTick((guest) => get(guest, 0, 'a'))).toBe(2)
  })
})

describe('buffers', () => {
  /** Runs in on_request_body with a body of six bytes in chunks of two. */
  function inBody<T>(run: (guest: Guest) => T, text = 'abcdef'): { result: T; body: string } {
    let result: T | undefined
    const stream = withHeaders()
    const { open } = setUp({ proxy_on_request_body: (guest) => void (result = run(guest)) })
    const held = (stream.bodies[0] = body(text))
    open(stream).context.onRequestBody(text.length, true)
    return { result: result as T, body: textOf(held) }
  }

  test.each([
    [0, 6, 'abcdef'],
    [0, -1, 'abcdef'],
    [1, 3, 'bcd'],
    [5, 100, 'f'],
    [6, 1, ''],
    [100, 1, ''],
    [-1, -1, ''],
    [0, 0, ''],
  ])('get (%i, %i) is %j', (start, count, text) => {
    const { result } = inBody((guest) => [
      guest.call('proxy_get_buffer_bytes', 0, start, count, 16, 20),
      guest.word(20) === 0 ? guest.word(16) : guest.result(),
    ])
    expect(result).toEqual([0, text === '' ? 0 : text])
  })

  test.each([
    [0, 0, 0, 'XYabcdef'],
    [0, 3, 0, 'XYdef'],
    [0, 6, 0, 'XY'],
    [0, 100, 0, 'XY'],
    [0, -1, 0, 'XY'],
    [6, 0, 0, 'abcdefXY'],
    [100, 5, 0, 'abcdefXY'],
    [-1, 0, 0, 'abcdefXY'],
    [1, 0, 2, 'abcdef'],
    [5, 1, 2, 'abcdef'],
  ])('set (%i, %i) is %i and leaves %j', (start, count, status, text) => {
    const { result, body: left } = inBody((guest) => guest.call('proxy_set_buffer_bytes', 0, start, count, ...guest.put('XY')))
    expect([result, left]).toEqual([status, text])
  })

  test('set with nothing empties; set on an empty body fills it', () => {
    expect(inBody((guest) => guest.call('proxy_set_buffer_bytes', 0, 0, -1, 0, 0)).body).toBe('')
    expect(inBody((guest) => guest.call('proxy_set_buffer_bytes', 0, 0, 0, ...guest.put('TAIL')), '').body).toBe('TAIL')
  })

  test('set keeps a copy', () => {
    const { body: left } = inBody((guest) => {
      const [address, size] = guest.put('XY')
      guest.call('proxy_set_buffer_bytes', 0, 0, 0, address, size)
      guest.bytes.fill(0x21, address, address + size)
    })
    expect(left).toBe('XYabcdef')
  })

  test('status is size and flags 0', () => {
    const { result } = inBody((guest) => [guest.call('proxy_get_buffer_status', 0, 16, 20), guest.word(16), guest.word(20)])
    expect(result).toEqual([0, 6, 0])
  })

  test.each([
    [0, 0, 2],
    [1, 0, 2],
    [2, 0, 2],
    [3, 0, 2],
    [4, 1, 1],
    [5, 0, 2],
    [7, 1, 1],
    [8, 0, 2],
    [9, 2, 2],
    [-1, 2, 2],
  ])('buffer %i outside of its phase: get %i, set %i', (type, get, set) => {
    inRequestHeaders((guest) => {
      expect(guest.call('proxy_get_buffer_bytes', type, 0, 10, 16, 20)).toBe(get)
      if (get === 0) expect([guest.word(16), guest.word(20)]).toEqual([0, 0])
      expect(guest.call('proxy_get_buffer_status', type, 16, 20)).toBe(get)
      expect(guest.call('proxy_set_buffer_bytes', type, 0, 0, ...guest.put('x'))).toBe(set)
    })
  })

  test('the VM configuration cannot be changed', () => {
    inRequestHeaders((guest) => expect(guest.call('proxy_set_buffer_bytes', 6, 0, 0, ...guest.put('x'))).toBe(2))
  })
})

describe('streams and contexts', () => {
  test.each([
    ['proxy_continue_stream', 0, 0],
    ['proxy_continue_stream', 1, 0],
    ['proxy_continue_stream', 2, 0],
    ['proxy_continue_stream', 3, 12],
    ['proxy_continue_stream', 4, 2],
    ['proxy_continue_stream', -1, 2],
    ['proxy_close_stream', 2, 0],
    ['proxy_close_stream', 3, 0],
    ['proxy_close_stream', 4, 2],
  ])('%s(%i) is %i', (name, type, status) => {
    expect(inRequestHeaders((guest) => guest.call(name, type))).toBe(status)
    expect(inTick((guest) => guest.call(name, type))).toBe(status)
  })

  test('set_effective_context takes live ids, 0 goes back', () => {
    const stream = withHeaders(['a', '1'])
    inRequestHeaders((guest) => {
      const size = (): number => guest.call('proxy_get_header_map_size', 0, 16)
      expect(guest.call('proxy_set_effective_context', 99)).toBe(2)
      expect(guest.call('proxy_set_effective_context', 1)).toBe(0)
      expect(size()).toBe(2)
      expect(guest.call('proxy_set_effective_context', 0)).toBe(0)
      expect(size()).toBe(0)
      expect(guest.call('proxy_set_effective_context', 2)).toBe(0)
    }, stream)
  })

  test('the effective context ends with the callback', () => {
    const sizes: number[] = []
    const { open } = setUp({
      proxy_on_request_headers: (guest) => guest.call('proxy_set_effective_context', 1),
      proxy_on_request_body: (guest) => void sizes.push(guest.call('proxy_get_header_map_size', 0, 16)),
    })
    const { context } = open()
    context.onRequestHeaders(1, false)
    context.onRequestBody(1, true)
    expect(sizes).toEqual([0])
  })

  test('a local reply without a stream does nothing and answers 0', () => {
    expect(inTick((guest) => guest.call('proxy_send_local_response', 200, 0, 0, 0, 0, 0, 0, -1))).toBe(0)
  })

  test('a reply from a tick reaches the stream of the effective context', () => {
    const { open, services } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 10),
      proxy_on_request_headers: () => 1,
      proxy_on_tick: (guest) => {
        guest.call('proxy_set_effective_context', 2)
        guest.call('proxy_send_local_response', 65536 + 429, ...guest.put('slow\tdown'), 0, 0, 0, 0, 17)
        guest.call('proxy_set_tick_period_milliseconds', 0)
      },
    })
    const { context, stream } = open()
    context.onRequestHeaders(1, true)
    services.time.advance(50)
    expect(stream.events).toEqual(['reply 429 slow_down'])
    expect(stream.replies[0]!.grpcStatus).toBe(-1)
  })

  test('get_status is that of the root, in a stream too', () => {
    inRequestHeaders((guest, { plugin }) => {
      expect(guest.call('proxy_get_status', 24, 16, 20)).toBe(0)
      expect([guest.word(24), guest.word(16), guest.word(20)]).toEqual([0, 0, 0])
      plugin.root.statusCode = 11
      plugin.root.statusMessage = 'reset'
      expect(guest.call('proxy_get_status', 24, 16, 20)).toBe(0)
      expect([guest.word(24), guest.result()]).toEqual([11, 'reset'])
    })
  })

  test('ABI 0.1.0 continues and forgets the route by calls of their own', () => {
    const script: Script = {
      proxy_on_request_headers: () => 1,
      proxy_on_response_headers: (guest) => {
        expect(guest.call('proxy_clear_route_cache')).toBe(0)
        expect(guest.call('proxy_continue_request')).toBe(0)
        return guest.call('proxy_continue_response')
      },
    }
    const { open } = setUp(script, {}, '0_1_0')
    const { context, stream } = open()
    context.onRequestHeaders(1, true)
    context.onResponseHeaders(1, true)
    expect(stream.events).toEqual(['changed', 'continue 0'])
  })
})

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
