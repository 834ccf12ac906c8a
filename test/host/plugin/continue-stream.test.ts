import { describe, expect, test } from 'vitest'
import { FakeStream } from './fakes.ts'
import { setUp } from './setup.ts'

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
