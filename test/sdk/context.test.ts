/** Contexts, guards and header maps of the SDK, through a guest that a tiny host drives. */
import { beforeAll, describe, expect, it } from 'vitest'
import { compileSdkGuest } from './support/compile-sdk-guest.ts'
import type { Pairs } from './support/pairs.ts'
import { RecordingHost } from './support/recording-host.ts'

const HEADERS: Pairs = [
  [':authority', 'a.test'],
  [':path', '/p'],
  [':method', 'GET'],
  ['a', 'one'],
  ['b', 'two'],
  ['x-twice', '1'],
  ['x-empty', ''],
  ['x-twice', '2'],
]

let wasm: Buffer

beforeAll(async () => {
  wasm = await compileSdkGuest('probe', '--exportRuntime')
})

/** A host with a started plugin in one mode; the log level of the start is not of interest. */
function host(mode: string): RecordingHost {
  const made = new RecordingHost(wasm)
  made.start(mode)
  made.calls.length = 0
  made.logs.length = 0
  return made
}

function refusals(made: RecordingHost): string[] {
  return made.logs.filter((line) => line.startsWith('sdk: '))
}

describe('HeaderMap', () => {
  it('serves every read of a callback from one fetch', () => {
    const made = host('read')
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['one', '1', '2', 'twice=2', 'missing=0', 'third=1', 'empty=1', 'a.test'])
    expect(made.callsOf('get_pairs')).toEqual(['get_pairs 0'])
    expect(made.callsOf('get_value')).toEqual([])
  })

  it('fetches again in the next callback', () => {
    const made = host('read')
    made.request(2, HEADERS)
    made.request(3, [['a', 'other']])
    expect(made.logs[8]).toBe('other')
    expect(made.callsOf('get_pairs')).toHaveLength(2)
  })

  it('iterates over all pairs in order', () => {
    const made = host('iterate')
    made.request(2, HEADERS)
    expect(made.logs).toEqual([...HEADERS.map(([name, value]) => `${name}=${value}`), 'outside=1'])
    expect(made.callsOf('get_pairs')).toHaveLength(1)
  })

  it('asks the host for a written name only, and refetches to see every value of one', () => {
    const made = host('write')
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['one', 'two', 'new', 'b=0', 'twice=3', '3'])
    expect(made.calls.filter((call) => !call.startsWith('log') && !call.startsWith('get_log'))).toEqual([
      'get_pairs 0',
      'replace 0 a new',
      'get_value 0 a',
      'remove 0 b',
      'get_value 0 b',
      'add 0 x-twice 3',
      'get_pairs 0',
    ])
  })

  it('keeps the snapshots of two streams apart in one callback', () => {
    const made = host('two')
    made.request(2, HEADERS)
    made.request(3, HEADERS)
    made.calls.length = 0
    made.call('proxy_on_tick', 1)
    expect(made.logs.slice(0, 5)).toEqual(['one', 'one', 'two', 'changed', 'one'])
    const calls = made.calls.filter((call) => /^(get_pairs|get_value|replace|set_effective)/.test(call))
    expect(calls.slice(2, 8)).toEqual([
      'set_effective_context 3',
      'get_pairs 0',
      'set_effective_context 2',
      'get_pairs 0',
      'replace 0 a changed',
      'get_value 0 a',
    ])
  })

  it('names what it refuses, without control bytes', () => {
    const made = host('refusals')
    made.request(2, HEADERS)
    expect(made.logs).toContain('sdk: header refused: set Content-Length')
    expect(made.logs).toContain('sdk: header refused: add x a')
  })

  it('getSingle is one hostcall without a fetch', () => {
    const made = host('single')
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['one', 'missing=1'])
    expect(made.callsOf('get_pairs')).toEqual([])
    expect(made.callsOf('get_value')).toHaveLength(2)
  })

  it('reads a map the host does not offer as empty', () => {
    const made = host('read')
    made.request(2, [])
    expect(made.logs).toEqual(['', '', '', 'twice=0', 'missing=0', 'third=1', 'empty=0', ''])
  })

  it('refuses what would corrupt a message', () => {
    const made = host('refusals')
    made.request(2, HEADERS)
    const answers = made.logs.filter((line) => !line.startsWith('sdk: '))
    const allowed = ['tab', 'high', 'set path']
    expect(answers).toHaveLength(20)
    for (const answer of answers) {
      const [name, value] = answer.split('=')
      expect(`${name}=${value}`).toBe(`${name}=${allowed.includes(name ?? '') ? 1 : 0}`)
    }
    expect(refusals(made)).toHaveLength(17)
    expect(made.callsOf('local_response')).toEqual([])
    expect(made.callsOf('set_property')).toEqual([])
  })

  it('refuses a split response header', () => {
    const made = host('response-split')
    made.request(2)
    made.maps.set(2, [[':status', '200']])
    made.call('proxy_on_response_headers', 2, 1, 1)
    expect(made.logs).toContain('set=0')
    expect(made.callsOf('replace')).toEqual([])
  })
})

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
