import { describe, expect, test } from 'vitest'
import { trap } from './scripted-engine.ts'
import { noting, reply } from './scripts.ts'
import { setUp } from './setup.ts'

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
