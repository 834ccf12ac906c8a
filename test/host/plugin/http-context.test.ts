import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { FakeStream } from './fakes.ts'
import type { Script } from './scripted-engine.ts'
import { noting } from './scripts.ts'
import { setUp } from './setup.ts'

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
