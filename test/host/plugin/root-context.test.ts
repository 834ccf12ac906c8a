import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { FakeStream } from './fakes.ts'
import { trap, type Guest, type Script } from './scripted-engine.ts'
import { setUp } from './setup.ts'

const httpCall = (guest: Guest, cluster = 'known', timeout = 1000): number =>
  guest.call(
    'proxy_http_call',
    ...guest.put(cluster),
    ...guest.pairs(':method', 'GET', ':path', '/', 'host', 'a.test'),
    ...guest.put(''),
    ...guest.put(''),
    timeout,
    24,
  )

describe('ticks', () => {
  const ticking = (notes: number[], more: Script = {}): Script => ({
    proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 100),
    proxy_on_tick: (guest, id) => {
      notes.push(id)
      return more['proxy_on_tick']?.(guest, id) ?? 0
    },
  })

  test('come after each full period', () => {
    const notes: number[] = []
    const { services } = setUp(ticking(notes))
    services.time.advance(99)
    expect(notes).toEqual([])
    services.time.advance(201)
    expect(notes).toEqual([1, 1, 1])
  })

  test('stop at period 0', () => {
    const notes: number[] = []
    const { services } = setUp(ticking(notes, { proxy_on_tick: (guest) => guest.call('proxy_set_tick_period_milliseconds', 0) }))
    services.time.advance(1000)
    expect(notes.length).toBe(1)
  })

  test('stop with the plugin, and with the VM', () => {
    const notes: number[] = []
    const stopped = setUp(ticking(notes))
    stopped.plugin.stop()
    stopped.services.time.advance(1000)
    expect(notes).toEqual([])
    const failed = setUp(ticking(notes, { proxy_on_tick: () => trap() }))
    failed.services.time.advance(1000)
    expect(notes.length).toBe(1)
  })

  test('are set by a stream for its root', () => {
    const notes: number[] = []
    const { open, services } = setUp({
      proxy_on_request_headers: (guest) => guest.call('proxy_set_tick_period_milliseconds', 10),
      proxy_on_tick: (_guest, id) => void notes.push(id),
    })
    open().context.onRequestHeaders(1, true)
    services.time.advance(10)
    expect(notes).toEqual([1])
  })

  test('with a huge or negative period never come', () => {
    const notes: number[] = []
    const { services } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', -1),
      proxy_on_tick: (_guest, id) => void notes.push(id),
    })
    services.time.advance(1e9)
    expect(notes).toEqual([])
  })
})

describe('callouts', () => {
  const calling = (seen: unknown[], more: Script = {}): Script => ({
    proxy_on_request_headers: (guest) => {
      seen.push(httpCall(guest), guest.word(24))
      return 1
    },
    proxy_on_http_call_response: (guest, ...args) => {
      seen.push(args)
      return more['proxy_on_http_call_response']?.(guest, ...args) ?? 0
    },
  })

  test('have tokens 4, 8, 12 and answer to the root', () => {
    const seen: unknown[] = []
    const { open, services } = setUp(
      calling(seen, {
        proxy_on_http_call_response: (guest) => {
          seen.push(guest.call('proxy_get_header_map_value', 6, ...guest.put(':status'), 16, 20), guest.result())
          seen.push(guest.call('proxy_get_header_map_size', 6, 16))
          seen.push(guest.call('proxy_get_header_map_pairs', 7, 16, 20), guest.word(20))
          seen.push(guest.call('proxy_get_buffer_bytes', 4, 1, -1, 16, 20), guest.result())
          seen.push(guest.call('proxy_set_buffer_bytes', 4, 0, 0, 0, 0))
        },
      }),
    )
    for (let i = 0; i < 3; i++) open().context.onRequestHeaders(1, true)
    expect(seen.splice(0)).toEqual([0, 4, 0, 8, 0, 12])
    services.sent[1]!.end({
      headers: HeaderMap.from([
        [':status', '200'],
        ['a', 'b'],
      ]),
      body: Buffer.from('text'),
      trailers: null,
    })
    expect(seen).toEqual([[1, 8, 2, 4, 0], 0, '200', 2, 0, 0, 0, 'ext', 2])
  })

  test('that are reset come with zeros and status 11, of which the code stays', () => {
    const seen: unknown[] = []
    const { open, services } = setUp(
      calling(seen, {
        proxy_on_http_call_response: (guest) => {
          seen.push(guest.call('proxy_get_status', 24, 16, 20), guest.word(24), guest.result())
          seen.push(guest.call('proxy_get_buffer_bytes', 4, 0, -1, 16, 20))
        },
      }),
    )
    open().context.onRequestHeaders(1, true)
    open().context.onRequestHeaders(1, true)
    seen.length = 0
    services.sent[0]!.end(null)
    expect(seen.splice(0)).toEqual([[1, 4, 0, 0, 0], 0, 11, 'reset', 1])
    services.sent[1]!.end({ headers: new HeaderMap(), body: Buffer.alloc(0), trailers: null })
    expect(seen).toEqual([[1, 8, 0, 0, 0], 0, 11, '', 0])
  })

  test('answer only once', () => {
    const seen: unknown[] = []
    const { open, services } = setUp(calling(seen))
    open().context.onRequestHeaders(1, true)
    services.sent[0]!.end(null)
    services.sent[0]!.end(null)
    expect(seen.length).toBe(3)
  })

  test('let the guest act on the stream that waits, if it still lives', () => {
    const statuses: number[] = []
    const { open, services } = setUp(
      calling([], {
        proxy_on_http_call_response: (guest) => {
          statuses.push(guest.call('proxy_set_effective_context', 2))
          if (statuses.at(-1) === 0) guest.call('proxy_continue_stream', 0)
        },
      }),
    )
    const { context, stream } = open()
    context.onRequestHeaders(1, true)
    context.onDelete()
    const waiting = setUp(
      calling([], {
        proxy_on_http_call_response: (guest) => {
          statuses.push(guest.call('proxy_set_effective_context', 2))
          guest.call('proxy_continue_stream', 0)
        },
      }),
    )
    const second = waiting.open()
    second.context.onRequestHeaders(1, true)
    services.sent[0]!.end(null)
    waiting.services.sent[0]!.end(null)
    expect(statuses).toEqual([2, 0])
    expect([stream.events, second.stream.events]).toEqual([[], ['continue 0']])
  })

  test('are cancelled with the plugin and with the VM', () => {
    const seen: unknown[] = []
    const { open, services, plugin } = setUp(calling(seen))
    open().context.onRequestHeaders(1, true)
    plugin.stop()
    expect(services.sent[0]!.cancelled).toBe(true)
    services.sent[0]!.end(null)
    expect(seen.length).toBe(2)
  })

  test('may be sent while the plugin is configured', () => {
    const { services } = setUp({ proxy_on_configure: (guest) => 1 + httpCall(guest) })
    expect(services.sent.length).toBe(1)
    expect(services.sent[0]!.request.headers.fields).toEqual([':method', 'GET', ':path', '/', ':authority', 'a.test'])
  })
})

describe('queues', () => {
  test('wake the root that registered, once per item', () => {
    const seen: unknown[] = []
    const { open, services } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_register_shared_queue', ...guest.put('q'), 16),
      proxy_on_request_headers: (guest) => guest.call('proxy_enqueue_shared_queue', guest.word(16), ...guest.put('item')),
      proxy_on_queue_ready: (guest, ...args) => {
        seen.push(args)
        seen.push(guest.call('proxy_dequeue_shared_queue', args[1]!, 16, 20), guest.result())
        seen.push(guest.call('proxy_dequeue_shared_queue', args[1]!, 16, 20))
      },
    })
    open().context.onRequestHeaders(1, true)
    services.time.advance(1)
    expect(seen).toEqual([[1, 1], 0, 'item', 7])
  })

  test('no longer wake a root that has stopped', () => {
    const seen: unknown[] = []
    const { open, services, plugin } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_register_shared_queue', ...guest.put('q'), 16),
      proxy_on_request_headers: (guest) => guest.call('proxy_enqueue_shared_queue', guest.word(16), ...guest.put('item')),
      proxy_on_queue_ready: (_guest, ...args) => void seen.push(args),
    })
    open().context.onRequestHeaders(1, true)
    plugin.stop()
    services.time.advance(1)
    expect(seen).toEqual([])
  })
})

describe('names', () => {
  const script = (notes: string[], name: string): Script => ({
    proxy_on_configure: (guest) => {
      notes.push(`asked ${guest.call('envoy_resolve_dns', ...guest.put(name), 24)} ${guest.word(24)}`)
      return 1
    },
    envoy_on_resolve_dns: (guest, root, token, size) => {
      guest.call('proxy_get_buffer_bytes', 8, 0, -1, 16, 20)
      notes.push(`answer ${root} ${token} ${size} ${Buffer.from(guest.result(), 'latin1').toString('hex')}`)
    },
  })

  test.each([
    ['known', '35 020000000000000000000000' + Buffer.from('10.0.0.1:0\0[fd00::1]:0\0').toString('hex')],
    ['unknown', '4 00000000'],
    ['broken', '0 '],
  ])('%s: the answer comes later, to the root', (name, answer) => {
    const notes: string[] = []
    const { services } = setUp(script(notes, name))
    expect(notes).toEqual(['asked 0 2'])
    services.time.advance(1)
    expect(notes).toEqual(['asked 0 2', `answer 1 2 ${answer}`])
  })

  test('no longer reach a root that has stopped', () => {
    const notes: string[] = []
    const { services, plugin } = setUp(script(notes, 'known'))
    plugin.stop()
    services.time.advance(1)
    expect(notes).toEqual(['asked 0 2'])
  })

  test('are looked up a limited number at once', () => {
    const statuses: number[] = []
    const ask = (guest: Guest): number => guest.call('envoy_resolve_dns', ...guest.put('known'), 24)
    const { services } = setUp({
      proxy_on_configure: (guest) => {
        for (let i = 0; i < 1025; i++) statuses.push(ask(guest))
        return 1 + guest.call('proxy_set_tick_period_milliseconds', 5)
      },
      proxy_on_tick: (guest) => void statuses.push(ask(guest)),
    })
    services.time.advance(5)
    expect([statuses.slice(0, 1024).every((status) => status === 0), ...statuses.slice(1024)]).toEqual([true, 10, 0])
  })
})

describe('the end of a root', () => {
  test('is on_done, then on_delete', () => {
    const notes: string[] = []
    const { plugin } = setUp({
      proxy_on_done: (guest) => {
        notes.push(`done ${guest.call('proxy_done')}`)
        return 1
      },
      proxy_on_delete: () => void notes.push('delete'),
    })
    plugin.stop()
    expect(notes).toEqual(['done 1', 'delete'])
  })

  test('waits for proxy_done when on_done answered 0, while another plugin keeps the VM', () => {
    const notes: string[] = []
    const { plugin, services, registry } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 10),
      proxy_on_done: () => 0,
      proxy_on_tick: (guest) => void notes.push(`tick ${guest.call('proxy_done')} ${guest.call('proxy_done')}`),
      proxy_on_delete: () => void notes.push('delete'),
    })
    const other = registry.start({ ...plugin.config, pluginKey: 'other' })
    other.root.setTickPeriod(0)
    services.time.advance(10)
    plugin.stop()
    expect(notes).toEqual(['tick 1 1'])
    services.time.advance(100)
    expect(notes).toEqual(['tick 1 1', 'tick 0 1', 'delete'])
  })

  test('waits no longer when the last plugin of the VM stops', () => {
    const notes: string[] = []
    const { plugin, services } = setUp({
      proxy_on_configure: (guest) => 1 + guest.call('proxy_set_tick_period_milliseconds', 10),
      proxy_on_done: () => (notes.push('done'), 0),
      proxy_on_tick: () => void notes.push('tick'),
      proxy_on_delete: () => void notes.push('delete'),
    })
    plugin.stop()
    services.time.advance(100)
    expect(notes).toEqual(['done'])
    expect(plugin.root.vm.contexts.size).toBe(0)
  })

  test('is said by a stream for its root', () => {
    const notes: string[] = []
    const { plugin, registry, open } = setUp({
      proxy_on_done: (_guest, id) => (id === 1 ? 0 : 1),
      proxy_on_request_headers: (guest) => void notes.push(`done ${guest.call('proxy_done')}`),
      proxy_on_delete: (_guest, id) => void notes.push(`delete ${id}`),
    })
    registry.start({ ...plugin.config, pluginKey: 'other' })
    const { context } = open()
    plugin.stop()
    context.onRequestHeaders(1, true)
    expect(notes).toEqual(['done 0', 'delete 1'])
  })

  test('leaves running streams to end by themselves', () => {
    const { plugin, open } = setUp({ proxy_on_log: () => 0 })
    const { context } = open(new FakeStream())
    context.onRequestHeaders(1, true)
    plugin.stop()
    context.onLog()
    context.onDelete()
    expect(plugin.root.vm.contexts.size).toBe(0)
  })
})

test('configuration is readable in context_create and configure, that of the VM always', () => {
  const seen: unknown[] = []
  const read = (guest: Guest): void => {
    for (const type of [6, 7]) {
      const status = guest.call('proxy_get_buffer_bytes', type, 0, -1, 16, 20)
      seen.push(status === 0 ? guest.result() : status)
    }
  }
  const { open } = setUp({
    proxy_on_context_create: read,
    proxy_on_vm_start: (guest) => {
      read(guest)
      return 1
    },
    proxy_on_configure: (guest) => {
      read(guest)
      return 1
    },
  })
  expect(seen).toEqual(['vm config', 'plugin config', 'vm config', 1, 'vm config', 'plugin config'])
  seen.length = 0
  open().context.onRequestHeaders(1, true)
  expect(seen).toEqual(['vm config', 1])
})
