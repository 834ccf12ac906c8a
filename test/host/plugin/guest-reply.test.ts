import { describe, expect, test } from 'vitest'
import { FakeStream } from './fakes.ts'
import type { Guest } from './scripted-engine.ts'
import { reply } from './scripts.ts'
import { setUp } from './setup.ts'

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
