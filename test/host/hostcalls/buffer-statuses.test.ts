/** Statuses of the hostcalls on buffers, streams and contexts, by phase and argument, as a real Envoy answers them. */
import { describe, expect, test } from 'vitest'
import { type Guest, type Script } from '../plugin/scripted-engine.ts'
import { inRequestHeaders, setUp } from '../plugin/setup.ts'
import { body, inTick, textOf, withHeaders } from './status-fixture.ts'

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
