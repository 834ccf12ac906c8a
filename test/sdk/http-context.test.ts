/** Guards of HTTP contexts of the SDK, through a guest that a tiny host drives. */
import { describe, expect, it } from 'vitest'
import { HEADERS, host, refusals } from './support/probe.ts'

describe('HttpContext', () => {
  it('replies once, and is not called for its own response', () => {
    const made = host('deny')
    expect(made.request(2, HEADERS)).toBe(1)
    expect(made.callsOf('local_response')).toEqual(['local_response 401 denied no x-why: no key 16'])
    expect(made.logs.filter((line) => line.includes('='))).toEqual(['first=1', 'second=0', 'continue=0'])
    made.call('proxy_on_response_headers', 2, 1, 0)
    made.call('proxy_on_response_body', 2, 1, 1)
    expect(made.logs).not.toContain('response headers')
    made.end(2)
  })

  it.each([
    ['on_log before on_done', ['proxy_on_log', 'proxy_on_done', 'proxy_on_delete']],
    ['on_done before on_log', ['proxy_on_done', 'proxy_on_log', 'proxy_on_delete']],
  ])('refuses replies at the end of life, %s', (_order, callbacks) => {
    const made = host('late-reply')
    made.request(2)
    for (const callback of callbacks) made.call(callback, 2)
    expect(made.logs).toEqual(expect.arrayContaining(['reply=0', 'reset=0', 'continue=0']))
    expect(made.callsOf('local_response').concat(made.callsOf('close'), made.callsOf('continue'))).toEqual([])
  })

  it('resumes only what an earlier callback paused', () => {
    const made = host('continue-inside')
    made.request(2)
    expect(made.callsOf('continue')).toEqual([])
    expect(refusals(made)).toHaveLength(1)
  })

  it('resumes a paused request from a tick, once', () => {
    const made = host('pause')
    expect(made.request(2)).toBe(1)
    made.call('proxy_on_tick', 1)
    made.call('proxy_on_tick', 1)
    expect(made.callsOf('continue')).toEqual(['continue 0'])
    expect(made.callsOf('set_effective_context')).toEqual([
      'set_effective_context 2',
      'set_effective_context 1',
      'set_effective_context 2',
      'set_effective_context 1',
    ])
  })

  it('does not resume a stream the host dropped', () => {
    const made = host('pause')
    made.request(2)
    made.liveContexts = new Set([1])
    made.call('proxy_on_tick', 1)
    expect(made.callsOf('continue')).toEqual([])
  })

  it('refuses to resume a response inside its own callback', () => {
    const made = host('pause-response')
    made.request(2)
    expect(made.call('proxy_on_response_headers', 2, 1, 0)).toBe(1)
    expect(made.call('proxy_on_response_body', 2, 1, 1)).toBe(0)
    expect(made.callsOf('continue')).toEqual([])
  })

  it('changes a body only when content-length was removed in the headers callback', () => {
    const plain = host('none')
    plain.request(2, [['content-length', '6']], false)
    plain.buffers.set(0, Buffer.from('abcdef'))
    plain.call('proxy_on_request_body', 2, 6, 1)
    expect(plain.logs.filter((line) => !line.startsWith('sdk'))).toEqual([
      'size=6',
      'bcd',
      'append=0',
      'prepend=0',
      'replacePrefix=0',
      'replaceAll=0',
    ])
    expect(plain.callsOf('set_buffer')).toEqual([])
    const prepared = host('prepare')
    prepared.request(2, [['content-length', '6']], false)
    expect(prepared.maps.get(0)).toEqual([])
    prepared.call('proxy_on_request_body', 2, 6, 1)
    expect(prepared.callsOf('set_buffer')).toEqual([
      'set_buffer 0 4294967295 0 Z',
      'set_buffer 0 0 0 A',
      'set_buffer 0 0 2 xy',
      'set_buffer 0 0 4294967295 all',
    ])
  })

  it('resets a stream, and skips its later callbacks', () => {
    const made = host('reset')
    expect(made.request(2)).toBe(1)
    made.call('proxy_on_response_headers', 2, 0, 1)
    expect(made.logs).toEqual(['reset=1'])
    expect(made.callsOf('close')).toEqual(['close 0'])
  })

  it('reads the clock', () => {
    const made = host('clock')
    made.now = 1_700_000_000_123_456_789n
    made.request(2)
    expect(made.logs).toEqual(['now=1700000000123456789'])
  })

  it('reads trailers', () => {
    const made = host('none')
    made.request(2, [], false)
    made.maps.set(1, [['t', 'end']])
    made.call('proxy_on_request_trailers', 2, 1)
    expect(made.logs).toEqual(['end'])
  })

  it('reads properties with their size checked', () => {
    const made = host('property')
    const number = Buffer.alloc(8)
    number.writeBigInt64LE(8080n)
    const double = Buffer.alloc(8)
    double.writeDoubleLE(7)
    for (const [name, value] of [
      ['source.address', Buffer.from('127.0.0.1:1')],
      ['source.port', number],
      ['connection.mtls', Buffer.from([1])],
      ['weight', double],
    ] as const)
      made.properties.set(name, value)
    made.request(2)
    expect(made.logs).toEqual(['127.0.0.1:1', 'port=8080', 'mtls=1', 'none=7', 'wrong size=-2', 'double=7', 'stored=1'])
  })

  it('counts, and never increments by 0', () => {
    const made = host('metrics')
    made.request(2)
    expect(made.logs).toEqual(['count=42', 'gauge=7'])
    expect(made.callsOf('increment')).toEqual(['increment 1 1', 'increment 1 41', 'increment 2 -2'])
    expect(made.callsOf('record')).toEqual(['record 2 9', 'record 3 5'])
  })

  it('repeats a compare-and-set until it wins', () => {
    const made = host('shared')
    made.shared.set('k', { value: Buffer.from('a'), cas: 77 })
    let rivals = 3
    made.beforeSharedWrite = () => {
      if (rivals-- > 0) made.shared.set('k', { value: Buffer.from(`r${rivals}`), cas: 1000 + rivals })
    }
    made.request(2)
    expect(made.logs).toEqual(['status=0', 'r0+', 'stale=8'])
  })

  it('gives a compare-and-set up after its attempts', () => {
    const made = host('shared')
    made.shared.set('k', { value: Buffer.from('a'), cas: 77 })
    let version = 1000
    made.beforeSharedWrite = () => made.shared.set('k', { value: Buffer.from('r'), cas: version++ })
    made.request(2)
    expect(made.logs[0]).toBe('status=8')
    expect(made.callsOf('set_shared')).toHaveLength(17)
  })

  it('enqueues and dequeues', () => {
    const made = host('queue')
    made.request(2)
    expect(made.logs).toEqual(['resolved=1', 'enqueue=0', 'unknown=1', 'none=1'])
    made.call('proxy_on_queue_ready', 1, 1)
    expect(made.logs[4]).toBe('item')
  })
})
