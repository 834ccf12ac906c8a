import { describe, expect, it } from 'vitest'
import { die, pause, readBuffer, setUpTcp, type Step } from './fixture.ts'

/** Does each thing in turn, then nothing. */
const inTurn = (...steps: (Step | null)[]): Step => {
  let at = 0
  return (guest, id) => steps[at++]?.(guest, id)
}

describe('a connection through its filters', () => {
  it('reaches the filters in order, and the client is heard once there is an upstream', () => {
    const { events, client, connect, send } = setUpTcp([{}, {}])
    expect(events).toEqual(['A.conn', 'B.conn'])
    expect(client.pauses).toBe(1)
    connect()
    expect(client.pauses).toBe(0)
    events.length = 0
    send('hi')
    expect(events).toEqual(['A.down 2 0', 'B.down 2 0', '> upstream hi'])
  })

  it('goes back through them last to first', () => {
    const { events, connect } = setUpTcp([{}, {}])
    const upstream = connect()
    events.length = 0
    upstream.send('yo')
    expect(events).toEqual(['B.up 2 0', 'A.up 2 0', '> client yo'])
  })

  it('ends when the client has ended first: the peer that ends it is ours', () => {
    const { events, connect, send, lines } = setUpTcp([{}, {}])
    const upstream = connect()
    events.length = 0
    send('hi', true)
    upstream.send('bye', true)
    expect(events).toEqual([
      'A.down 2 1',
      'B.down 2 1',
      '> upstream hi',
      '> upstream end',
      'B.up 3 1',
      'B.uclose 0',
      'A.up 3 1',
      'A.uclose 0',
      '> client bye',
      '> client end',
      '> upstream close flush',
      '> client close flush',
      'A.dclose 1',
      'A.done',
      'A.log',
      'B.dclose 1',
      'B.done',
      'B.log',
    ])
    expect(lines).toEqual(['- 2 3 -'])
  })

  it('ends when the upstream has ended first: the client ends it', () => {
    const { events, connect, send } = setUpTcp([{}])
    const upstream = connect()
    upstream.send('', true)
    send('more')
    events.length = 0
    send('', true)
    expect(events).toEqual([
      'A.down 0 1',
      '> upstream end',
      '> upstream close flush',
      '> client close flush',
      'A.dclose 2',
      'A.done',
      'A.log',
    ])
  })

  it('passes a reset on, either way', () => {
    const first = setUpTcp([{}])
    first.connect()
    first.stream.onReset()
    expect(first.events.slice(1)).toEqual(['> upstream close reset', '> client close reset', 'A.dclose 2', 'A.done', 'A.log'])
    const second = setUpTcp([{}])
    second.connect().receiver!.onReset()
    expect(second.events.slice(1)).toEqual(['> upstream close now', '> client close reset', 'A.dclose 1', 'A.done', 'A.log'])
    expect(second.lines).toEqual(['UR 0 0 -'])
  })

  it('works without filters', () => {
    const { events, connect, send } = setUpTcp([])
    const upstream = connect()
    send('hi', true)
    upstream.send('yo', true)
    expect(events).toEqual([
      '> upstream hi',
      '> upstream end',
      '> client yo',
      '> client end',
      '> upstream close flush',
      '> client close flush',
    ])
  })
})

describe('without an upstream', () => {
  it.each([
    ['no_cluster', 'NC', 3],
    ['no_endpoint', 'UH', 1],
    ['overflow', 'UO', 2],
  ] as const)('%s: the connection ends at once, flag %s', (kind, flag, number) => {
    const { events, lines, upstreams } = setUpTcp([{}])
    upstreams.waiting.shift()!.onConnectFailed({ kind })
    expect(events).toEqual(['A.conn', '> client close now', 'A.dclose 1', 'A.done', 'A.log'])
    expect(lines).toEqual([`${flag} 0 0 tcp_initializion_failure:${number}`])
  })

  it('tries as often as it is told, then gives up', () => {
    const { lines, upstreams, events } = setUpTcp([], { config: { maxConnectAttempts: 3 } })
    const refuse = (): void => upstreams.waiting.shift()!.onConnectFailed({ kind: 'refused', transport: 'why' })
    refuse()
    refuse()
    expect(events).toEqual([])
    refuse()
    expect(upstreams.clusters).toEqual(['up', 'up', 'up'])
    expect(upstreams.givenUp).toBe(1)
    expect(lines).toEqual(['UF,URX 0 0 tcp_initializion_failure:0'])
  })

  it('abandons an attempt with the connection', () => {
    const { upstreams, stream } = setUpTcp([])
    stream.close()
    expect(upstreams.waiting).toEqual([])
  })
})

describe('a pause', () => {
  it('of the new connection keeps it from the upstream until it is continued', () => {
    const { plugins, upstreams, events, services } = setUpTcp([
      { conn: (guest) => (guest.call('proxy_set_tick_period_milliseconds', 10), 1) },
      {},
    ])
    expect(events).toEqual(['A.conn'])
    expect(upstreams.waiting).toEqual([])
    const vm = plugins[0]!.root.vm
    vm.contexts.get(2)!.stream!.continueStream(2)
    vm.leave()
    expect(events).toEqual(['A.conn', 'B.conn'])
    expect(upstreams.waiting).toHaveLength(1)
    expect(services.logs).toEqual([])
  })

  it('keeps the bytes, and with the next ones every filter sees all of them again', () => {
    const seen: string[] = []
    const read: Step = (guest) => void seen.push(readBuffer(guest, 2))
    const { events, connect, send, lines, stream } = setUpTcp([{ down: read }, { down: inTurn(pause, read) }])
    connect()
    events.length = 0
    send('one')
    send('two')
    expect(events).toEqual(['A.down 3 0', 'B.down 3 0', 'A.down 6 0', 'B.down 6 0', '> upstream one', '> upstream two'])
    expect(seen).toEqual(['one', 'onetwo', 'onetwo'])
    stream.close()
    // Envoy counts what waited again.
    expect(lines).toEqual(['- 9 0 -'])
  })

  it('of the upstream keeps its bytes; there is no way to continue but the next ones', () => {
    const statuses: number[] = []
    const hold: Step = (guest) => (statuses.push(guest.call('proxy_continue_stream', 3)), 1)
    const { events, connect } = setUpTcp([{ up: inTurn(hold) }, {}])
    const upstream = connect()
    events.length = 0
    upstream.send('a')
    upstream.send('b')
    expect(events).toEqual(['B.up 1 0', 'A.up 1 0', 'B.up 2 0', 'A.up 2 0', '> client a', '> client b'])
    expect(statuses).toEqual([12])
  })

  it('of the last bytes of the upstream loses them when both halves have ended', () => {
    const { events, connect, send } = setUpTcp([{ up: pause }])
    const upstream = connect()
    send('', true)
    events.length = 0
    upstream.send('lost', true)
    expect(events).toEqual([
      'A.up 4 1',
      'A.uclose 0',
      '> upstream close flush',
      '> client close flush',
      'A.dclose 1',
      'A.done',
      'A.log',
    ])
  })

  it('stops reading above the limit and starts again below half of it', () => {
    const { client, connect, send } = setUpTcp([{ down: inTurn(pause, pause) }], { bufferLimit: 5 })
    connect()
    send('12345')
    expect(client.pauses).toBe(0)
    send('6')
    expect(client.pauses).toBe(1)
    send('7')
    expect(client.pauses).toBe(0)
  })

  it('of the upstream stops its reading in the same way', () => {
    const { connect } = setUpTcp([{ up: inTurn(pause, pause) }])
    const upstream = connect()
    upstream.send('0123456789')
    expect(upstream.pauses).toBe(0)
    upstream.send('x')
    expect(upstream.pauses).toBe(1)
    upstream.send('y')
    expect(upstream.pauses).toBe(0)
  })
})

describe('a filter', () => {
  it('changes bytes in both directions', () => {
    const put = (type: number, start: number, length: number, text: string): Step => {
      return (guest) => void guest.call('proxy_set_buffer_bytes', type, start, length, ...guest.put(text))
    }
    const { events, connect, send } = setUpTcp([{ down: put(2, 0, 1, 'J'), up: put(3, 99, 0, '!') }])
    const upstream = connect()
    events.length = 0
    send('hello')
    upstream.send('yes')
    expect(events).toEqual(['A.down 5 0', '> upstream J', '> upstream ello', 'A.up 3 0', '> client yes', '> client !'])
  })

  it.each([2, 3])('closes with proxy_close_stream(%i) after what is queued', (type) => {
    const close: Step = (guest) => void guest.call('proxy_close_stream', type)
    const { events, connect, send, lines } = setUpTcp([{ down: close }, {}])
    connect()
    events.length = 0
    send('x')
    expect(events).toEqual([
      'A.down 1 0',
      '> upstream close now',
      '> client close flush',
      'A.dclose 1',
      'A.done',
      'A.log',
      'B.dclose 1',
      'B.done',
      'B.log',
    ])
    expect(lines).toEqual([`- 1 0 wasm_${type === 2 ? 'downstream' : 'upstream'}_close`])
  })

  it('that a connection never reached hears nothing of it', () => {
    const close: Step = (guest) => void guest.call('proxy_close_stream', 2)
    const { events, upstreams } = setUpTcp([{ conn: close }, {}])
    expect(events).toEqual(['A.conn', '> client close flush', 'A.dclose 1', 'A.done', 'A.log'])
    expect(upstreams.clusters).toEqual([])
  })

  it('gets no effect and status 0 for what does not belong to a connection', () => {
    const statuses: number[] = []
    const everything: Step = (guest) => {
      const reply = [403, ...guest.put('d'), ...guest.put('b'), 0, 0, -1] as const
      statuses.push(guest.call('proxy_send_local_response', ...reply))
      for (const type of [0, 1, 2]) statuses.push(guest.call('proxy_continue_stream', type))
      for (const type of [0, 1]) statuses.push(guest.call('proxy_close_stream', type))
    }
    const { events, connect, send } = setUpTcp([{ down: everything, log: everything }])
    connect()
    send('x', true)
    expect(events.at(-1)).toBe('> upstream end')
    expect(statuses).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('that continues inside its own callback does the same as by its result, once', () => {
    const both: Step = (guest) => (guest.call('proxy_continue_stream', 2), 1)
    const { events, connect, send } = setUpTcp([{ conn: both, down: both }])
    connect()
    send('hi', true)
    expect(events).toEqual(['A.conn', 'A.down 2 1', '> upstream hi', '> upstream end'])
  })

  it('sees its buffers in their callbacks and while it holds them', () => {
    const seen: string[] = []
    const read =
      (type: number): Step =>
      (guest) =>
        void seen.push(readBuffer(guest, type))
    const both: Step = (guest, id) => (read(2)(guest, id), read(3)(guest, id))
    const { connect, send, stream } = setUpTcp([{ conn: both, down: both, up: both, uclose: both, dclose: both, log: both }])
    const upstream = connect()
    send('a')
    upstream.send('b', true)
    stream.close()
    expect(seen).toEqual(['', '', 'a', '', '', 'b', '', '', '', '', '', ''])
  })
})

describe('a dead VM', () => {
  it('closes its connection after what is queued; the guest hears no more', () => {
    const { events, connect, send } = setUpTcp([{ down: die }, {}])
    connect()
    events.length = 0
    send('x')
    expect(events).toEqual(['A.down 1 0', '> upstream close now', '> client close flush', 'B.dclose 1', 'B.done', 'B.log'])
  })

  it('closes new connections, or lets them pass it', () => {
    const closed = setUpTcp([{ conn: die }])
    expect(closed.open().client.closed).toBe('flush')
    expect(closed.upstreams.clusters).toEqual([])
    const passed = setUpTcp([{ conn: die }], { plugin: { failurePolicy: 'FAIL_OPEN' } })
    expect(passed.client.closed).toBe('flush')
    expect(passed.open().client.closed).toBeNull()
    expect(passed.upstreams.clusters).toEqual(['up'])
  })

  it('ends the connections that it holds at once, others at their next event', () => {
    const { connect, open, stream, client } = setUpTcp([{ conn: inTurn(null, pause, die) }])
    connect()
    const held = open()
    open()
    expect(held.client.closed).toBe('flush')
    expect(client.closed).toBeNull()
    stream.onData(Buffer.from('x'), false)
    expect(client.closed).toBe('flush')
  })
})

describe('time', () => {
  it('ends a connection without bytes, counted from the connection to the upstream', () => {
    const { services, connect, send, client, lines, counters } = setUpTcp([], { config: { idleTimeout: 100 } })
    services.time.advance(1000)
    const upstream = connect()
    services.time.advance(99)
    send('x')
    services.time.advance(99)
    upstream.send('y')
    services.time.advance(99)
    expect(client.closed).toBeNull()
    services.time.advance(1)
    expect(client.closed).toBe('now')
    expect(lines).toEqual(['- 1 1 tcp_session_idle_timeout'])
    expect(counters.get('tcp.t.idle_timeout')).toBe(1)
  })

  it('ends a connection that has lived long enough', () => {
    const { services, client, lines } = setUpTcp([], { config: { maxConnectionDuration: 100 } })
    services.time.advance(100)
    expect(client.closed).toBe('now')
    expect(lines).toEqual(['DT 0 0 max_connection_duration_reached'])
  })

  it('leaves no timer behind', () => {
    const { services, connect, stream } = setUpTcp([], { config: { maxConnectionDuration: 100 } })
    connect()
    stream.close()
    expect(services.time.timers).toEqual([])
  })
})

describe('back-pressure', () => {
  it('holds the client while the upstream is slow, and the upstream while the client is', () => {
    const { client, connect, stream, counters } = setUpTcp([])
    const upstream = connect()
    upstream.receiver!.onAboveHighWatermark()
    expect(client.pauses).toBe(1)
    upstream.receiver!.onBelowLowWatermark()
    expect(client.pauses).toBe(0)
    stream.onAboveHighWatermark()
    expect(upstream.pauses).toBe(1)
    stream.onBelowLowWatermark()
    expect(upstream.pauses).toBe(0)
    expect(counters.get('tcp.t.downstream_flow_control_paused_reading_total')).toBe(1)
    expect(counters.get('tcp.t.downstream_flow_control_resumed_reading_total')).toBe(1)
  })
})
