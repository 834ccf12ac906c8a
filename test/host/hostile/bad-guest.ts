/** A chain of a good guest and a bad one, and what is seen of both. */
import { CALLBACKS } from '../../../host/abi/callbacks.ts'
import { createTestHost, type TestFilter, type TestHost, type TestHostOptions } from '../../../host/testing/index.ts'
import type { EngineName } from '../../../host/vm/engines.ts'
import { guest } from '../vm/wat.ts'

export const LOOP = '(loop $endless (br $endless))'

/** Counts requests and connections, so that one sees whether it still runs. */
const GOOD = guest(
  `(data (i32.const 16) "good")
  (global $id (mut i32) (i32.const 0))
  (func $count (drop (call $increment (global.get $id) (i64.const 1))))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $define (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 8)))
    (global.set $id (i32.load (i32.const 8))) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $count) (i32.const 0))
  (func (export "proxy_on_new_connection") (param i32) (result i32) (call $count) (i32.const 0))`,
  `(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
   (import "env" "proxy_increment_metric" (func $increment (param i32 i64) (result i32)))`,
)

/** What a guest may import, by the names that bodies use. */
export const IMPORTS = `
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_log_level" (func $level (param i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_pairs" (func $pairs (param i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func $setProperty (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func $setShared (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_register_shared_queue" (func $register (param i32 i32 i32) (result i32)))
  (import "env" "proxy_enqueue_shared_queue" (func $enqueue (param i32 i32 i32) (result i32)))
  (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_grpc_stream" (func $stream (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "envoy_resolve_dns" (func $resolve (param i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))`

export const bad = (body: string): Uint8Array => guest(body, IMPORTS)

/** An exported function with the type of ABI 0.2.1, which runs `body` and then returns `result`. */
export function callback(name: string, body: string, result = 0): string {
  const spec = CALLBACKS.find((one) => one.name === name && one.until === null)!
  const params = spec.params > 0 ? `(param ${'i32 '.repeat(spec.params)})` : ''
  return `(func (export "${name}") ${params} ${spec.result ? '(result i32)' : ''} ${body} ${spec.result ? `(i32.const ${result})` : ''})`
}

export function start(
  engine: EngineName,
  wasm: Uint8Array,
  more: Partial<TestFilter> = {},
  options: Partial<TestHostOptions> = {},
): TestHost {
  const filters = [
    { wasm: GOOD, name: 'good', vmId: 'good' },
    { wasm, name: 'bad', vmId: 'bad', ...more },
  ]
  const answer = { body: 'x', chunks: ['x', 'y'], trailers: { t: '1' } }
  return createTestHost({ engine, filters, logLevel: 'error', upstream: () => answer, ...options })
}

/** The counters of traps and limits of the bad guest. */
export function counted(host: TestHost): Record<string, unknown> {
  return Object.fromEntries(Object.entries(host.stats()).filter(([name]) => /^wasm\.bad\.(trap|limit)_/.test(name)))
}

/** How often the good guest runs when `enter` brings something, and its traps. */
export async function others(host: TestHost, enter: () => unknown = () => host.request()): Promise<unknown> {
  const before = Number(host.metrics()['good'] ?? 0)
  await enter()
  return [Number(host.metrics()['good']) - before, Object.keys(host.stats()).filter((name) => name.startsWith('wasm.good.trap'))]
}
