/** A guest that loops, traps or dives in any callback: its VM ends by policy, is counted, and takes nobody with it. */
import { describe, expect, test } from 'vitest'
import { encodePairs } from '../../../host/abi/pairs.ts'
import { Callbacks } from '../../../host/plugin/callbacks.ts'
import type { TestHost, TestHostOptions } from '../../../host/testing/index.ts'
import type { Instance } from '../../../host/vm/engine.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { bad, callback, counted, LOOP, others, start } from './bad-guest.ts'

/** What goes wrong: how its trap is counted, functions it needs, what the callback does. */
const FAULTS = [
  ['gas', '', LOOP],
  ['unreachable', '', '(unreachable)'],
  ['stack', '(func $deep (call $deep) (nop))', '(call $deep)'],
] as const

/** What runs before the first stream, and what the guest needs for it. */
const OF_START = [
  ['_initialize', ''],
  ['_start', ''],
  ['main', '(func (export "_initialize"))'],
  ['proxy_on_context_create', ''],
  ['proxy_on_vm_start', ''],
  ['proxy_on_configure', ''],
  [
    'malloc',
    callback('proxy_on_configure', '(drop (call $buffer (i32.const 6) (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 4)))'),
  ],
] as const

/** How something comes to the guest, and what its sender sees. */
type Entry = (host: TestHost) => Promise<unknown>

const request: Entry = async (host) => {
  const { status } = await host.request({ method: 'POST', chunks: ['a', 'b'], trailers: { t: '1' } })
  return status
}

/** Both ends speak and end: every callback of a connection follows. */
const connection: Entry = async (host) => {
  const made = host.tcp()
  made.client.send('hello')
  if (made.hasUpstream) made.upstream.send('welcome').end()
  made.client.end()
  return made.client.state
}

const time: Entry = async (host) => void host.clock.advance('100ms')

/** A request that the guest holds until an answer is here. */
const waiting = (ask: string): string => `${TEXTS} ${callback('proxy_on_request_headers', `(drop ${ask})`, 1)}`

const HEAD = encodePairs([':method', 'GET', ':path', '/', ':authority', 'up'])
/** At 16 and 20 clusters, at 96 an address, at 256 the head of a callout. */
const TEXTS = `(data (i32.const 16) "up") (data (i32.const 20) "rpc") (data (i32.const 96) "127.0.0.1")
  (data (i32.const 256) "${HEAD.reduce((text, byte) => `${text}\\${byte.toString(16).padStart(2, '0')}`, '')}")`
const HTTP_CALL = `(call $call (i32.const 16) (i32.const 2) (i32.const 256) (i32.const ${HEAD.length})
  (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 0))`
const GRPC_STREAM = `(call $stream (i32.const 20) (i32.const 3) (i32.const 20) (i32.const 3) (i32.const 20) (i32.const 3)
  (i32.const 0) (i32.const 0) (i32.const 0))`
const QUEUE = `${callback('proxy_on_vm_start', '(drop (call $register (i32.const 96) (i32.const 9) (i32.const 0)))', 1)}
  ${callback('proxy_on_request_headers', '(drop (call $enqueue (i32.load (i32.const 0)) (i32.const 96) (i32.const 9)))')}`
const TICK = callback('proxy_on_configure', '(drop (call $tick (i32.const 5)))', 1)

/** Each callback that the host makes after the start, what the guest does to get it, and how that ends. */
const WAYS: readonly (readonly [callback: string, before: string, enter: Entry, ends: unknown])[] = [
  ['proxy_on_request_headers', '', request, 503],
  ['proxy_on_request_body', '', request, 503],
  ['proxy_on_request_trailers', '', request, 503],
  ['proxy_on_response_headers', '', request, 503],
  ['proxy_on_response_body', '', request, 200],
  ['proxy_on_response_trailers', '', request, 200],
  ['proxy_on_log', '', request, 200],
  ['proxy_on_done', '', request, 200],
  ['proxy_on_delete', '', request, 200],
  ['proxy_on_tick', TICK, time, undefined],
  ['proxy_on_queue_ready', QUEUE, request, 503],
  ['proxy_on_http_call_response', waiting(HTTP_CALL), request, 503],
  ['envoy_on_resolve_dns', waiting('(call $resolve (i32.const 96) (i32.const 9) (i32.const 0))'), request, 503],
  ['proxy_on_grpc_receive_initial_metadata', waiting(GRPC_STREAM), request, 503],
  ['proxy_on_grpc_receive', waiting(GRPC_STREAM), request, 503],
  ['proxy_on_grpc_receive_trailing_metadata', waiting(GRPC_STREAM), request, 503],
  ['proxy_on_grpc_close', waiting(GRPC_STREAM), request, 503],
  ['proxy_on_new_connection', '', connection, 'closed'],
  ['proxy_on_downstream_data', '', connection, 'closed'],
  ['proxy_on_upstream_data', '', connection, 'closed'],
  ['proxy_on_upstream_connection_close', '', connection, 'closed'],
  ['proxy_on_downstream_connection_close', '', connection, 'closed'],
]

const answer: TestHostOptions['upstream'] = ({ cluster }) =>
  cluster === 'rpc' ? { messages: ['pong'], early: true } : { chunks: ['x', 'y'], trailers: { t: '1' } }

const options = (enter: Entry): Partial<TestHostOptions> => ({
  clusters: { up: 'upstream', rpc: 'http2' },
  upstream: answer,
  ...(enter === connection ? { tcp: {} } : {}),
})

describe.each(TEST_ENGINES)('on %s', (engine) => {
  describe.each(FAULTS)('a trap of kind %s', (kind, functions, body) => {
    test.each(OF_START)('in %s is a refused plugin', (name, more) => {
      const wasm = bad(functions + more + callback(name, body))
      expect(() => start(engine, wasm, { vmConfig: 'something' })).toThrow(/Failed to (initialize|start|configure)/)
    })

    test.each(WAYS)('in %s fails its VM only, once', async (name, before, enter, ends) => {
      const host = start(engine, bad(functions + before + callback(name, body)), {}, options(enter))
      expect(await enter(host)).toBe(ends)
      expect(counted(host)).toEqual({ [`wasm.bad.trap_${kind}`]: 1 })
      const again = enter === time ? request : enter
      expect(await others(host, async () => expect(await again(host)).toBe(enter === connection ? 'closed' : 503))).toEqual([
        1,
        [],
      ])
      expect(counted(host)).toEqual({ [`wasm.bad.trap_${kind}`]: 1 })
    })
  })
})

test('no callback of the host is missing in the table', () => {
  const asked: string[] = []
  const listing: Pick<Instance, 'func'> = { func: (name) => (asked.push(name), null) }
  const callbacks = new Callbacks(listing as Instance, '0.2.1', null)
  expect(asked).toHaveLength(Object.values(callbacks).filter((value) => value === null).length)
  expect([...OF_START, ...WAYS].map(([name]) => name)).toEqual(expect.arrayContaining(asked))
})
