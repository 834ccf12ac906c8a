/** Whose gRPC calls live how long, and when their callbacks come; what they mean is judged by a case table. */
import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { trap, type Guest, type Script } from './scripted-engine.ts'
import { setUp } from './setup.ts'

function call(guest: Guest): number {
  const text = [...guest.put('known'), ...guest.put('s'), ...guest.put('m'), ...guest.put('')]
  return guest.call('proxy_grpc_call', ...text, ...guest.put('hi'), 100, 24)
}

function stream(guest: Guest): number {
  return guest.call('proxy_grpc_stream', ...guest.put('known'), ...guest.put('s'), ...guest.put('m'), ...guest.put(''), 24)
}

/** A guest that starts a stream with each request and notes every callback. */
function streaming(seen: unknown[], more: Script = {}): Script {
  return {
    proxy_on_request_headers: (guest) => {
      seen.push(stream(guest), guest.word(24))
      return 1
    },
    proxy_on_grpc_receive_initial_metadata: (_guest, ...args) => void seen.push('initial', ...args),
    proxy_on_grpc_receive: (_guest, ...args) => void seen.push('receive', ...args),
    proxy_on_grpc_receive_trailing_metadata: (_guest, ...args) => void seen.push('trailing', ...args),
    proxy_on_grpc_close: (_guest, ...args) => void seen.push('close', ...args),
    ...more,
  }
}

const REFUSED = HeaderMap.from([
  [':status', '200'],
  ['grpc-status', '14'],
])

describe('gRPC calls', () => {
  test('are cancelled with the plugin', () => {
    const seen: unknown[] = []
    const { open, services, plugin } = setUp(streaming(seen))
    open().context.onRequestHeaders(1, true)
    plugin.stop()
    expect(services.opened[0]!.calls).toEqual(['head', 'cancel'])
    services.opened[0]!.receiver.onTrailers(REFUSED)
    expect(seen).toEqual([0, 6])
  })

  test('are cancelled with the VM', () => {
    const seen: unknown[] = []
    const { open, services } = setUp(streaming(seen, { proxy_on_response_headers: () => trap() }))
    const { context } = open()
    context.onRequestHeaders(1, true)
    context.onResponseHeaders(1, true)
    expect(services.opened[0]!.calls).toEqual(['head', 'cancel'])
    services.opened[0]!.receiver.onTrailers(REFUSED)
    expect(seen).toEqual([0, 6])
  })

  test('tell nothing while the guest runs, then everything in order', () => {
    const seen: unknown[] = []
    const { open, services } = setUp(
      streaming(seen, {
        proxy_on_request_headers: (guest) => {
          seen.push(stream(guest), 'end of request headers')
          return 0
        },
      }),
    )
    services.onHead = (receiver) => receiver.onHead(REFUSED, true)
    open().context.onRequestHeaders(1, true)
    expect(seen).toEqual([10, 'end of request headers', 'initial', 1, 6, 0, 'trailing', 1, 6, 2, 'close', 1, 6, 14])
  })

  test('send the one message of a call framed, and end with it', () => {
    const seen: unknown[] = []
    const { open, services } = setUp(streaming(seen, { proxy_on_request_headers: (guest) => (seen.push(call(guest)), 1) }))
    open().context.onRequestHeaders(1, true)
    const [opened] = services.opened
    expect(opened!.calls).toEqual(['head', 'data 7 end'])
    opened!.receiver.onHead(HeaderMap.from([[':status', '200']]), false)
    opened!.receiver.onData(Buffer.from('\0\0\0\0\x02ok', 'latin1'), false)
    opened!.receiver.onTrailers(HeaderMap.from([['grpc-status', '0']]))
    expect(seen).toEqual([0, 'receive', 1, 5, 2])
  })
})
