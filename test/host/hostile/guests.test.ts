/** Guests that loop, dive, eat memory or flood: each ends by policy, is counted, and takes nobody with it. */
import { describe, expect, test } from 'vitest'
import type { TestRequest } from '../../../host/testing/index.ts'
import { TEST_ENGINES } from '../../support/engines.ts'
import { wat } from '../vm/wat.ts'
import { bad, callback, counted, IMPORTS, LOOP, others, start } from './bad-guest.ts'

const REQUEST: TestRequest = { method: 'POST', chunks: ['a', 'b'], trailers: { t: '1' } }

describe.each(TEST_ENGINES)('on %s', (engine) => {
  describe('an endless loop', () => {
    test('under FAIL_RELOAD comes back after the back-off', async () => {
      const body = `(data (i32.const 16) "/") ${callback('proxy_on_request_body', LOOP)}`
      const host = start(engine, bad(body), { failurePolicy: 'FAIL_RELOAD' })
      expect((await host.request(REQUEST)).status).toBe(503)
      expect((await host.request()).status).toBe(503)
      host.clock.advance('2s')
      expect((await host.request()).status).toBe(200)
      expect(host.stats()).toMatchObject({ 'wasm.bad.vm_reload_success': 1, 'wasm.bad.vm_reload_backoff': 1 })
    })

    test('under FAIL_OPEN lets new streams pass', async () => {
      const host = start(engine, bad(callback('proxy_on_request_body', LOOP)), {
        failurePolicy: 'FAIL_OPEN',
      })
      expect((await host.request(REQUEST)).status).toBe(503)
      expect((await host.request(REQUEST)).status).toBe(200)
    })
  })

  test.each([
    [
      'deep recursion',
      '(func $deep (param i32) (call $deep (local.get 0)) (drop (i32.const 1)))',
      '(call $deep (i32.const 0))',
      'stack',
    ],
    [
      'mutual recursion through a table',
      '(type $v (func)) (table 2 funcref) (elem (i32.const 0) $a $b) (func $a (call_indirect (type $v) (i32.const 1)) (nop)) (func $b (call_indirect (type $v) (i32.const 0)) (nop))',
      '(call $a)',
      'stack',
    ],
    [
      'recursion that calls the host on its way down',
      '(func $deep (drop (call $log (i32.const 0) (i32.const 0) (i32.const 0))) (drop (call $pairs (i32.const 0) (i32.const 0) (i32.const 4))) (call $deep) (nop))',
      '(call $deep)',
      'stack',
    ],
    ['a load out of bounds', '', '(drop (i32.load (i32.const -4)))', 'memory'],
    ['unreachable', '', '(unreachable)', 'unreachable'],
    ['a flood of hostcalls', '', '(loop $l (drop (call $level (i32.const 0))) (br $l))', 'gas'],
    ['a flood of large copies', '', '(loop $l (drop (call $pairs (i32.const 0) (i32.const 0) (i32.const 4))) (br $l))', 'gas'],
    ['a flood of log lines', '', '(loop $l (drop (call $log (i32.const 5) (i32.const 0) (i32.const 1000))) (br $l))', 'gas'],
    ['a flood of continues', '', '(loop $l (drop (call $continue (i32.const 1))) (br $l))', 'gas'],
    [
      'a flood of replies',
      '',
      '(loop $l (drop (call $reply (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 60000) (i32.const 0) (i32.const 0) (i32.const -1))) (br $l))',
      'gas',
    ],
  ])('%s is a trap', { timeout: 60_000 }, async (_, functions, body, kind) => {
    const host = start(engine, bad(functions + callback('proxy_on_request_headers', body)))
    expect((await host.request()).status).toBe(503)
    expect(counted(host)).toMatchObject({ [`wasm.bad.trap_${kind}`]: 1 })
    expect(await others(host)).toEqual([1, []])
    expect(host.hostLogs().filter(({ text }) => text.includes('A hostcall failed'))).toEqual([])
  })

  /** The statuses of `call` in a loop until it answers something else than 0; the last one ends as the reply's status. */
  const exhaust = (call: string): string =>
    `(data (i32.const 64) "name") (func $change (i32.store (i32.const 68) (i32.add (i32.load (i32.const 68)) (i32.const 1))))
    ${callback(
      'proxy_on_request_headers',
      `(local $status i32)
      (loop $l (call $change) (br_if $l (i32.eqz (local.tee $status ${call}))))
      (drop (call $reply (i32.add (i32.const 400) (local.get $status)) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))`,
    )}`

  test.each([
    ['metrics', 'limit_metrics', '(call $define (i32.const 0) (i32.const 64) (i32.const 8) (i32.const 0))'],
    ['header fields', 'limit_headers', '(call $add (i32.const 0) (i32.const 16) (i32.const 8) (i32.const 64) (i32.const 8))'],
    [
      'a joined header',
      'limit_headers',
      '(call $add (i32.const 0) (i32.const 80) (i32.const 6) (i32.const 4096) (i32.const 30000))',
    ],
    ['filter state', 'limit_state', '(call $setProperty (i32.const 64) (i32.const 8) (i32.const 4096) (i32.const 30000))'],
    ['the log', 'limit_log', '(call $log (i32.const 5) (i32.const 4096) (i32.const 4000))'],
  ])('exhausted %s answer 10 and are counted', { timeout: 60_000 }, async (_, counter, call) => {
    const names = '(data (i32.const 16) "x-header") (data (i32.const 80) "accept")'
    const host = start(engine, bad(names + exhaust(call)))
    expect((await host.request()).status).toBe(410)
    expect(counted(host)).toEqual({ [`wasm.bad.${counter}`]: 1 })
    expect(await others(host)).toEqual([1, []])
  })

  test.each([
    [
      'shared data',
      'wasm.shared_data_overflow',
      '(call $setShared (i32.const 64) (i32.const 8) (i32.const 4096) (i32.const 50000) (i32.const 0))',
    ],
    ['queues', 'wasm.shared_queue_overflow', '(call $enqueue (i32.load (i32.const 0)) (i32.const 4096) (i32.const 50000))'],
  ])('full %s answer 10 and are counted', { timeout: 60_000 }, async (_, counter, call) => {
    const register = callback('proxy_on_vm_start', '(drop (call $register (i32.const 64) (i32.const 4) (i32.const 0))) ', 1)
    const host = start(engine, bad(register + exhaust(call)))
    expect((await host.request()).status).toBe(410)
    expect(host.stats()[counter]).toBeGreaterThan(0)
    expect(await others(host)).toEqual([1, []])
  })

  test('a guest that eats all its memory has a limit', { timeout: 60_000 }, async () => {
    const body = '(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)'
    const host = start(engine, bad(callback('proxy_on_request_headers', body)))
    expect((await host.request()).status).toBe(503)
    expect(counted(host)).toEqual({ 'wasm.bad.trap_memory': 1 })
  })
})

describe('gas', () => {
  test('is refilled for each callback, and only there', async () => {
    // Two thirds of the allowance: one callback may spend it once, however often the guest is entered for its allocator.
    const part =
      '(local $n i32) (local.set $n (i32.const 93000000)) (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))'
    const once = bad(callback('proxy_on_request_headers', part) + callback('proxy_on_response_headers', part))
    expect((await start('v8', once).request()).status).toBe(200)
    const inMalloc = wat(`(module ${IMPORTS} (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) ${part} (i32.const 1024))
      ${callback(
        'proxy_on_request_headers',
        '(drop (call $pairs (i32.const 0) (i32.const 0) (i32.const 4))) (drop (call $pairs (i32.const 0) (i32.const 0) (i32.const 4)))',
      )})`)
    const host = start('v8', inMalloc)
    expect((await host.request()).status).toBe(503)
    expect(counted(host)).toEqual({ 'wasm.bad.trap_gas': 1 })
  })
})
