import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { FakeStream } from './fakes.ts'
import { trap, type Guest, type Script } from './scripted-engine.ts'
import { setUp } from './setup.ts'

/** A script that notes every callback with its arguments and answers 0, or 1 where true is meant. */
function noting(notes: string[], more: Script = {}): Script {
  const note = (name: string, result = 0): Script => ({
    [name]: (guest, ...args) => {
      notes.push(`${name.replace('proxy_on_', '')} ${args.join(' ')}`)
      return more[name]?.(guest, ...args) ?? result
    },
  })
  return {
    ...note('proxy_on_context_create'),
    ...note('proxy_on_vm_start', 1),
    ...note('proxy_on_configure', 1),
    ...note('proxy_on_request_headers'),
    ...note('proxy_on_request_body'),
    ...note('proxy_on_request_trailers'),
    ...note('proxy_on_response_headers'),
    ...note('proxy_on_response_body'),
    ...note('proxy_on_response_trailers'),
    ...note('proxy_on_log'),
    ...note('proxy_on_done'),
    ...note('proxy_on_delete'),
  }
}

describe('a stream', () => {
  test('calls the guest in the order of the message, ids from one counter', () => {
    const notes: string[] = []
    const { open } = setUp(noting(notes))
    const { context } = open()
    context.onRequestHeaders(3, false)
    context.onRequestBody(10, false)
    context.onRequestTrailers(2)
    context.onResponseHeaders(4, false)
    context.onResponseBody(5, true)
    context.onLog()
    context.onDone()
    context.onDelete()
    expect(notes).toEqual([
      'context_create 1 0',
      'vm_start 1 9',
      'configure 1 13',
      'context_create 2 1',
      'request_headers 2 3 0',
      'request_body 2 10 0',
      'request_trailers 2 2',
      'response_headers 2 4 0',
      'response_body 2 5 1',
      'log 2',
      'done 2',
      'delete 2',
    ])
    expect(context.vm.contexts.get(2)).toBeUndefined()
  })

  test('that was answered before this filter gets create, log, done and delete only', () => {
    const notes: string[] = []
    const { open } = setUp(noting(notes))
    const { context } = open()
    notes.length = 0
    expect(context.onResponseHeaders(1, true)).toBe(0)
    context.onLog()
    context.onDone()
    context.onDelete()
    expect(notes).toEqual(['context_create 2 1', 'log 2', 'done 2', 'delete 2'])
  })

  test('that never reached the guest ends without a call', () => {
    const notes: string[] = []
    const { open } = setUp(noting(notes))
    const { context } = open()
    notes.length = 0
    context.onDone()
    context.onDelete()
    expect(notes).toEqual([])
    expect(context.root.streams).toBe(0)
  })

  test('does not enter the VM for callbacks that are not exported', () => {
    const { open } = setUp({})
    const { context } = open()
    expect([context.onRequestHeaders(1, false), context.onRequestBody(1, true), context.onRequestTrailers(1)]).toEqual([0, 0, 0])
    expect([context.onResponseHeaders(1, false), context.onResponseBody(1, true), context.onResponseTrailers(1)]).toEqual([
      0, 0, 0,
    ])
  })

  test('passes no end of stream with headers for ABI 0.1.0', () => {
    const seen: number[][] = []
    const { open } = setUp({ proxy_on_request_headers: (_guest, ...args) => void seen.push(args) }, {}, '0_1_0')
    open().context.onRequestHeaders(3, true)
    expect(seen).toEqual([[2, 3]])
  })

  test('skips callbacks that capabilities do not list', () => {
    const notes: string[] = []
    const { open } = setUp(noting(notes), { allowedCapabilities: new Set(['proxy_on_log']) })
    const { context } = open()
    context.onRequestHeaders(1, true)
    context.onLog()
    expect(notes).toEqual(['log 2'])
  })
})

describe('the action', () => {
  const returning = (name: string, result: number): Script => ({ [name]: () => result })

  test.each([
    [0, 0, 0],
    [1, 4, 1],
    [2, 0, 0],
    [3, 3, 3],
    [4, 4, 4],
    [5, 4, 4],
    [-1, 4, 4],
  ])('of headers %i is %i, and %i when stop iteration is allowed', (result, normal, allowed) => {
    const script = { ...returning('proxy_on_request_headers', result), ...returning('proxy_on_response_headers', result) }
    for (const [allowOnHeadersStopIteration, action] of [
      [false, normal],
      [true, allowed],
    ] as const) {
      const { context } = setUp(script, { allowOnHeadersStopIteration }).open()
      expect([context.onRequestHeaders(1, false), context.onResponseHeaders(1, false)]).toEqual([action, action])
    }
  })

  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [7, 3],
  ])('of a body %i is %i', (result, action) => {
    const script = { ...returning('proxy_on_request_body', result), ...returning('proxy_on_response_body', result) }
    const { context } = setUp(script).open()
    expect(context.onRequestBody(1, false)).toBe(action)
    expect(context.onResponseBody(1, false)).toBe(action)
  })

  test.each([
    [0, 0],
    [1, 1],
    [9, 1],
  ])('of trailers %i is %i', (result, action) => {
    const script = { ...returning('proxy_on_request_trailers', result), ...returning('proxy_on_response_trailers', result) }
    const { context } = setUp(script).open()
    expect(context.onRequestTrailers(1)).toBe(action)
    expect(context.onResponseTrailers(1)).toBe(action)
  })
})

const reply = (guest: Guest, status: number, details = '', headers: [number, number] = [0, 0]): number =>
  guest.call('proxy_send_local_response', status, ...guest.put(details), ...guest.put('body'), ...headers, -1)

describe('a local reply', () => {
  test('is performed after the callback and overrides its result', () => {
    const { open } = setUp({
      proxy_on_request_headers: (guest) => {
        expect(reply(guest, 403, 'no way\there', guest.pairs('X-Why', 'a'))).toBe(0)
        return 0
      },
    })
    const { context, stream } = open()
    expect(context.onRequestHeaders(1, false)).toBe(4)
    expect(stream.events).toEqual(['reply 403 no_way_here'])
    expect(stream.replies[0]!.body.toString()).toBe('body')
    expect(stream.replies[0]!.headers!.fields).toEqual(['x-why', 'a'])
    expect(stream.replies[0]!.grpcStatus).toBe(-1)
  })

  test('stops bodies and trailers in their own terms', () => {
    const answer = (guest: Guest): number => reply(guest, 403)
    const { open } = setUp({ proxy_on_request_body: answer, proxy_on_request_trailers: answer })
    const { context } = open()
    expect(context.onRequestBody(1, false)).toBe(3)
    expect(context.onRequestTrailers(1)).toBe(1)
  })

  test('twice in one callback is the first with the details of the second', () => {
    const { open } = setUp({
      proxy_on_request_headers: (guest) => {
        reply(guest, 401, 'first')
        reply(guest, 402, 'second')
      },
    })
    const { context, stream } = open()
    context.onRequestHeaders(1, true)
    expect(stream.events).toEqual(['reply 401 second'])
  })

  test.each(['before', 'after'])('wins over a continue %s it', (order) => {
    const { open } = setUp({
      proxy_on_request_body: (guest) => {
        if (order === 'before') guest.call('proxy_continue_stream', 0)
        reply(guest, 403)
        if (order === 'after') guest.call('proxy_continue_stream', 0)
        return 0
      },
    })
    const { context, stream } = open()
    expect(context.onRequestBody(1, false)).toBe(3)
    expect(stream.events).toEqual(['reply 403 '])
  })

  test.each([
    ['continue', 'reply'],
    ['reply', 'continue'],
  ])('from a tick (%s, then %s) wins too', (...order) => {
    const { open, services } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 10),
      proxy_on_request_headers: () => 1,
      proxy_on_tick: (guest) => {
        guest.call('proxy_set_effective_context', 2)
        for (const step of order) {
          if (step === 'reply') reply(guest, 403)
          else guest.call('proxy_continue_stream', 0)
        }
        guest.call('proxy_set_tick_period_milliseconds', 0)
      },
    })
    const { context, stream } = open()
    context.onRequestHeaders(1, false)
    services.time.advance(10)
    expect(stream.events).toEqual(['reply 403 '])
  })

  test('for another stream, or for none, leaves the result of the callback', () => {
    const { open } = setUp({
      proxy_on_request_headers: (guest, id) => {
        if (id === 2) return 1
        guest.call('proxy_set_effective_context', id === 3 ? 2 : 1)
        reply(guest, 403)
        return 0
      },
    })
    const held = open()
    expect(held.context.onRequestHeaders(1, true)).toBe(4)
    const [second, third] = [open(), open()]
    expect([second.context.onRequestHeaders(1, true), third.context.onRequestHeaders(1, true)]).toEqual([0, 0])
    expect([held, second, third].map(({ stream }) => stream.events)).toEqual([['reply 403 '], [], []])
  })

  test('may lead to callbacks of the same context without losing the action', () => {
    const { open } = setUp({
      proxy_on_request_headers: (guest) => {
        reply(guest, 403)
        return 0
      },
      proxy_on_response_headers: () => 0,
    })
    const stream = new FakeStream()
    const { context } = open(stream)
    const actions: number[] = []
    stream.onReply = () => void actions.push(context.onResponseHeaders(1, false))
    actions.push(context.onRequestHeaders(1, false))
    expect(actions).toEqual([0, 4])
  })

  test.each(['proxy_on_log', 'proxy_on_done', 'proxy_on_delete'])('in %s is refused', (name) => {
    const statuses: number[] = []
    const { open, services } = setUp({
      [name]: (guest) =>
        void statuses.push(reply(guest, 403), guest.call('proxy_close_stream', 0), guest.call('proxy_continue_stream', 0)),
    })
    const { context, stream } = open()
    context.onRequestHeaders(1, true)
    context.onLog()
    context.onDone()
    context.onDelete()
    expect(statuses).toEqual([12, 12, 0])
    expect(stream.events).toEqual([])
    expect(services.logs.filter((line) => line.includes('refused')).length).toBe(1)
  })

  test.each([
    ['a line break in a value', ['x-a', '1\r\nx-inj: 1']],
    ['NUL in a value', ['x-a', 'a\0b']],
    ['a blank in a name', ['x a', 'v']],
    ['an empty name', ['', 'v']],
  ])('with %s is refused', (_, fields) => {
    let status = -1
    const { open } = setUp({ proxy_on_request_headers: (guest) => void (status = reply(guest, 200, '', guest.pairs(...fields))) })
    const { context, stream } = open()
    expect(context.onRequestHeaders(1, true)).toBe(0)
    expect(status).toBe(2)
    expect(stream.events).toEqual([])
  })
})

describe('proxy_continue_stream', () => {
  test.each([0, 1])('and %i from the callback that decides are one Continue', (result) => {
    const { open } = setUp({
      proxy_on_request_headers: (guest) => {
        guest.call('proxy_continue_stream', 0)
        return result
      },
    })
    const { context, stream } = open()
    expect(context.onRequestHeaders(1, false)).toBe(0)
    expect(stream.events).toEqual([])
  })

  test('of the other direction is performed after the callback', () => {
    const { open } = setUp({
      proxy_on_response_headers: (guest) => {
        guest.call('proxy_continue_stream', 0)
        return 1
      },
    })
    const { context, stream } = open()
    context.onRequestHeaders(1, false)
    expect(context.onResponseHeaders(1, false)).toBe(4)
    expect(stream.events).toEqual(['continue 0'])
  })

  test('of a response that has not started is ignored with a warning', () => {
    let status = -1
    const { open, services } = setUp({
      proxy_on_request_headers: (guest) => {
        status = guest.call('proxy_continue_stream', 1)
        return 1
      },
    })
    const { context, stream } = open()
    expect(context.onRequestHeaders(1, false)).toBe(4)
    expect([status, stream.events]).toEqual([0, []])
    expect(services.logs[0]).toMatch(/^3 wasm test root vm: refused: /)
  })

  test('takes the request maps away at once, the body not', () => {
    const statuses: number[] = []
    const stream = new FakeStream([['a', '1']])
    const { open } = setUp({
      proxy_on_request_body: (guest) => {
        statuses.push(guest.call('proxy_get_header_map_size', 0, 16))
        guest.call('proxy_continue_stream', 0)
        statuses.push(guest.call('proxy_get_header_map_size', 0, 16))
      },
    })
    open(stream).context.onRequestBody(1, false)
    expect(statuses).toEqual([0, 2])
  })
})

test('proxy_close_stream is performed after the callback, in the order of the calls', () => {
  const { open } = setUp({
    proxy_on_response_headers: (guest) => {
      guest.call('proxy_continue_stream', 0)
      guest.call('proxy_close_stream', 1)
    },
  })
  const { context, stream } = open()
  context.onRequestHeaders(1, true)
  context.onResponseHeaders(1, true)
  expect(stream.events).toEqual(['continue 0', 'close wasm_close_stream'])
})

describe('a trap', () => {
  test.each([
    'proxy_on_context_create',
    'proxy_on_request_headers',
    'proxy_on_request_body',
    'proxy_on_request_trailers',
    'proxy_on_response_headers',
    'proxy_on_response_body',
    'proxy_on_response_trailers',
  ])('in %s fails the stream and every later callback, without entering the VM again', (name) => {
    const notes: string[] = []
    const { open, services } = setUp(noting(notes, { [name]: (_guest, id) => (id === 1 ? 0 : trap()) }))
    const { context } = open()
    const actions = [
      context.onRequestHeaders(1, false),
      context.onRequestBody(1, false),
      context.onRequestTrailers(1),
      context.onResponseHeaders(1, false),
      context.onResponseBody(1, false),
      context.onResponseTrailers(1),
    ]
    expect(actions.at(-1)).toBe(-1)
    expect(actions.slice(actions.indexOf(-1)).every((action) => action === -1)).toBe(true)
    const calls = notes.length
    context.onLog()
    context.onDone()
    context.onDelete()
    expect(notes.length).toBe(calls)
    expect(services.logs).toEqual([`4 Function: ${name} failed: Uncaught RuntimeError: unreachable`])
  })

  test.each(['proxy_on_log', 'proxy_on_done', 'proxy_on_delete'])('in %s fails the VM only', (name) => {
    const { open, plugin } = setUp({ [name]: () => trap() })
    const { context, stream } = open()
    context.onRequestHeaders(1, true)
    context.onLog()
    context.onDone()
    context.onDelete()
    expect(stream.events).toEqual([])
    expect(plugin.root.vm.failed).toBe(true)
    expect(plugin.root.vm.contexts.size).toBe(1)
  })

  test('tells the other streams of the VM, not the one that trapped', () => {
    const { open } = setUp({ proxy_on_request_headers: (_guest, _id, count) => (count === 13 ? trap() : 1) })
    const first = open()
    const second = open()
    const ended = open()
    first.context.onRequestHeaders(1, true)
    ended.context.onRequestHeaders(1, true)
    ended.context.onLog()
    expect(second.context.onRequestHeaders(13, true)).toBe(-1)
    expect([first.stream.events, second.stream.events, ended.stream.events]).toEqual([['vm failed'], [], []])
  })

  test('drops what the callback had asked for', () => {
    const { open } = setUp({
      proxy_on_request_body: (guest) => {
        reply(guest, 200)
        trap()
      },
    })
    const { context, stream } = open()
    expect(context.onRequestBody(1, true)).toBe(-1)
    expect(stream.events).toEqual([])
  })

  test('an error of the host is not taken for the guest’s', () => {
    const { open, plugin } = setUp({
      proxy_on_request_headers: () => {
        throw new TypeError('a fault of the host')
      },
    })
    const { context } = open()
    expect(() => context.onRequestHeaders(1, true)).toThrow(/a fault of the host/)
    expect(plugin.root.vm.failed).toBe(true)
  })
})

test('logMap and trailers: maps in on_log are read-only, trailers come into being on a write', () => {
  const stream = new FakeStream([['a', '1']])
  stream.maps[2] = HeaderMap.from([['b', '2']])
  stream.trailersAllowed = true
  const seen: (number | string)[] = []
  const { open } = setUp({
    proxy_on_request_body: (guest) =>
      void seen.push(guest.call('proxy_add_header_map_value', 1, ...guest.put('T'), ...guest.put('v'))),
    proxy_on_log: (guest) => {
      seen.push(guest.call('proxy_get_header_map_value', 0, ...guest.put('a'), 16, 20), guest.result())
      seen.push(guest.call('proxy_add_header_map_value', 0, ...guest.put('a'), ...guest.put('2')))
      seen.push(guest.call('proxy_get_header_map_size', 2, 16))
      seen.push(guest.call('proxy_get_header_map_value', 1, ...guest.put('t'), 16, 20))
      seen.push(guest.call('proxy_get_header_map_pairs', 1, 16, 20), guest.word(20))
    },
    proxy_on_done: (guest) => void seen.push(guest.call('proxy_get_header_map_value', 0, ...guest.put('a'), 16, 20)),
  })
  const { context } = open(stream)
  context.onRequestHeaders(1, false)
  context.onRequestBody(1, true)
  context.onLog()
  context.onDone()
  expect(stream.maps[1]!.fields).toEqual(['t', 'v'])
  expect(seen).toEqual([0, 0, '1', 2, 2, 1, 0, 0, 2])
})
