/** Contexts of the SDK, their callouts and their memory, through a guest that a tiny host drives. */
import { describe, expect, it } from 'vitest'
import type { Pairs } from './support/pairs.ts'
import { HEADERS, host, wasm } from './support/probe.ts'
import { RecordingHost } from './support/recording-host.ts'

describe('Context.httpCall', () => {
  const CLUSTER: Pairs = [['x-cluster', 'auth']]

  it('routes the answer to the stream that called', () => {
    const made = host('callout')
    made.request(2, CLUSTER)
    made.request(3, CLUSTER)
    expect(made.callsOf('http_call')).toHaveLength(2)
    expect(made.callsOf('http_call')[0]).toBe('http_call auth :method=GET|:path=/check|:authority=auth  500')
    made.logs.length = 0
    made.maps.set(6, [[':status', '503']])
    made.buffers.set(4, Buffer.from('down'))
    made.call('proxy_on_http_call_response', 1, 8, 1, 4, 0)
    made.call('proxy_on_http_call_response', 1, 4, 1, 4, 0)
    expect(made.logs).toEqual(['response 503 down for 3', 'response 503 down for 2'])
  })

  it('names a broken answer reset', () => {
    const made = host('callout')
    made.request(2, CLUSTER)
    made.call('proxy_on_http_call_response', 1, 4, 0, 0, 0)
    expect(made.logs.at(-1)).toBe('reset')
  })

  it('ends each call once and ignores unknown tokens', () => {
    const made = host('callout')
    made.request(2, CLUSTER)
    made.logs.length = 0
    for (const token of [4, 4, 99, 0]) made.call('proxy_on_http_call_response', 1, token, 0, 0, 0)
    expect(made.logs).toEqual(['reset'])
  })

  it('drops the calls of a deleted stream', () => {
    const made = host('callout')
    made.request(2, CLUSTER)
    made.request(3, CLUSTER)
    made.end(2)
    made.logs.length = 0
    made.call('proxy_on_http_call_response', 1, 4, 0, 0, 0)
    expect(made.logs).toEqual([])
    made.call('proxy_on_http_call_response', 1, 8, 0, 0, 0)
    expect(made.logs).toEqual(['reset'])
  })

  it('ignores an answer for a stream the host dropped', () => {
    const made = host('callout')
    made.request(2, CLUSTER)
    made.logs.length = 0
    made.liveContexts = new Set([1])
    made.call('proxy_on_http_call_response', 1, 4, 0, 0, 0)
    expect(made.logs).toEqual([])
  })

  it('reports at once what could not be sent, and refuses an incomplete call', () => {
    const made = host('callout')
    made.httpCallStatus = 10
    made.request(2, CLUSTER)
    expect(made.logs.filter((line) => !line.startsWith('sdk'))).toEqual(['call=10', 'incomplete=2'])
    made.logs.length = 0
    made.call('proxy_on_http_call_response', 1, 4, 0, 0, 0)
    expect(made.logs).toEqual([])
  })

  it('keeps many calls apart', () => {
    const made = host('callout')
    for (let id = 2; id < 202; id++) made.request(id, CLUSTER)
    for (let id = 2; id < 202; id += 2) made.end(id)
    made.logs.length = 0
    for (let id = 2; id < 202; id++) made.call('proxy_on_http_call_response', 1, 4 * (id - 1), 0, 0, 0)
    expect(made.logs).toHaveLength(100)
  })
})

describe('registry', () => {
  it('ignores unknown ids in every callback', () => {
    const made = host('none')
    for (const name of ['log', 'done', 'delete', 'tick']) made.call(`proxy_on_${name}`, 999)
    for (const name of ['request', 'response']) {
      expect(made.call(`proxy_on_${name}_headers`, 999, 0, 0)).toBe(0)
      expect(made.call(`proxy_on_${name}_body`, 999, 0, 0)).toBe(0)
      expect(made.call(`proxy_on_${name}_trailers`, 999, 0)).toBe(0)
    }
    made.call('proxy_on_queue_ready', 999, 1)
    expect(made.logs).toEqual([])
  })

  it('does not take a root for a stream, nor a stream for a root', () => {
    const made = host('none')
    made.request(2)
    expect(made.call('proxy_on_request_headers', 1, 0, 0)).toBe(0)
    made.call('proxy_on_tick', 2)
    expect(made.call('proxy_on_configure', 2, 0)).toBe(0)
  })

  it('accepts a second creation, and one with an unknown parent', () => {
    const made = host('deletes')
    made.request(2)
    made.call('proxy_on_context_create', 2, 1)
    made.call('proxy_on_context_create', 1, 0)
    made.call('proxy_on_context_create', 50, 49)
    made.end(50)
    made.end(2)
    made.end(2)
    expect(made.logs).toEqual(['deleted'])
  })

  it('logs for a root context', () => {
    const made = host('none')
    made.call('proxy_on_log', 1)
    expect(made.logs).toEqual(['root log'])
  })

  it('chooses the factory by root id and falls back to the default', () => {
    for (const [rootId, wanted] of [
      ['named', 'root named'],
      ['other', 'root default'],
      [undefined, 'root default'],
    ] as const) {
      const made = new RecordingHost(wasm)
      if (rootId !== undefined) made.properties.set('plugin_root_id', Buffer.from(rootId))
      made.start('none')
      expect(made.logs).toEqual([wanted])
    }
  })

  it('keeps several roots in one VM apart', () => {
    const made = host('deny')
    made.start('none', 40)
    expect(made.request(2)).toBe(1)
    made.call('proxy_on_context_create', 41, 40)
    expect(made.call('proxy_on_request_headers', 41, 0, 1)).toBe(0)
    made.end(1)
    expect(made.call('proxy_on_request_headers', 41, 0, 1)).toBe(0)
  })

  it('lets a root refuse its configuration and delay its end', () => {
    const made = new RecordingHost(wasm)
    expect(made.start('refuse')).toBe(false)
    expect(made.start('late', 2)).toBe(true)
    expect(made.call('proxy_on_done', 2)).toBe(0)
    expect(made.call('proxy_on_done', 1)).toBe(1)
    made.call('proxy_on_tick', 2)
    expect(made.callsOf('done')).toEqual(['done'])
  })

  it('keeps thousands of streams at once', () => {
    const made = host('deletes')
    for (let id = 2; id < 5002; id++) made.request(id)
    for (let id = 5001; id >= 2; id--) made.end(id)
    expect(made.logs).toHaveLength(5000)
  })
})

describe('log level', () => {
  it('is asked once per configuration or tick, and gates the call', () => {
    const made = host('read')
    made.logLevel = 3
    made.call('proxy_on_tick', 1)
    made.calls.length = 0
    made.request(2, HEADERS)
    made.request(3, HEADERS)
    expect(made.callsOf('get_log_level')).toHaveLength(1)
    expect(made.callsOf('log')).toEqual([])
  })

  it('is asked again after some hundred callbacks, in a filter without a timer', () => {
    const made = host('read')
    made.logLevel = 3
    for (let id = 2; id < 202; id++) {
      made.request(id, HEADERS)
      made.end(id)
    }
    expect(made.callsOf('get_log_level').length).toBeGreaterThanOrEqual(2)
    expect(made.callsOf('get_log_level').length).toBeLessThanOrEqual(5)
    expect(made.logs.at(-1)).not.toBe('a.test')
  })
})

describe('memory', () => {
  it('does not grow over 100 000 streams with repeated headers', () => {
    const made = host('read')
    made.logLevel = 6
    made.call('proxy_on_tick', 1)
    const values: Pairs = [...HEADERS, ['x-long', 'v'.repeat(3000)]]
    let afterWarmUp = 0
    for (let id = 2; id < 100_002; id++) {
      made.request(id, values)
      made.end(id)
      made.calls.length = 0
      if (id === 1000) afterWarmUp = made.memoryBytes
    }
    expect(made.memoryBytes).toBe(afterWarmUp)
  })

  it('does not keep the callouts of deleted streams', () => {
    const made = host('callout')
    made.logLevel = 6
    made.call('proxy_on_tick', 1)
    let afterWarmUp = 0
    for (let id = 2; id < 50_000; id++) {
      made.request(id, [['x-cluster', 'auth']])
      made.end(id)
      made.calls.length = 0
      if (id === 1000) afterWarmUp = made.memoryBytes
    }
    expect(made.memoryBytes).toBe(afterWarmUp)
  })

  it('frees what did not fit the arena', () => {
    const made = host('big')
    const big: Pairs = [['x-big', 'b'.repeat(100_000)]]
    let afterWarmUp = 0
    for (let id = 2; id < 500; id++) {
      made.request(id, big)
      made.end(id)
      if (id === 20) afterWarmUp = made.memoryBytes
    }
    expect(made.logs.slice(-2)).toEqual(['big=800000', 'same=1'])
    expect(made.memoryBytes).toBe(afterWarmUp)
  })

  it('never corrupts what the host filled, with a collection after every callback', () => {
    const made = host('read')
    made.forceCollection = true
    for (let id = 2; id < 1000; id++) {
      made.logs.length = 0
      made.request(id, HEADERS)
      expect(made.logs).toEqual(['one', '1', '2', 'twice=2', 'missing=0', 'third=1', 'empty=1', 'a.test'])
      made.end(id)
    }
  })

  it('refuses an allocation beyond reason with 0', () => {
    expect(host('none').call('malloc', 0x7fffffff)).toBe(0)
  })
})
