/** A strict host fails a test where the filter does what no answer shows. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, Faults, UpstreamScript, type TestHostOptions } from '../../../host/testing/index.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { guest } from '../vm/wat.ts'

const clusters = { up: 'upstream', auth: 'upstream' } as const
const steps = await sdkGuestModule(join(import.meta.dirname, 'guests/steps.ts'))

const IMPORTS = `
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_effective_context" (func $context (param i32) (result i32)))
  (import "env" "proxy_get_shared_data" (func $data (param i32 i32 i32 i32 i32) (result i32)))`

/** A filter that makes one call in on_request_headers. */
function calling(call: string, callback = 'proxy_on_request_headers'): Uint8Array {
  const body = `(data (i32.const 16) "text")
    (func (export "${callback}") (param i32 i32 i32) (result i32) (drop ${call}) (i32.const 0))`
  return guest(body, IMPORTS)
}

const constants = (...values: number[]): string => values.map((value) => `(i32.const ${value})`).join(' ')

/** What a strict host says of a request. */
async function faultOf(wasm: string | Uint8Array, options: Partial<TestHostOptions> = {}): Promise<string> {
  const host = createTestHost({ filters: [{ wasm }], strict: true, ...options })
  try {
    await host.request()
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}

describe('a strict host fails at', () => {
  test.each([
    ['an error of a hostcall', `(call $context ${constants(99)})`, 'proxy_set_effective_context 99 = 2 (BadArgument)'],
    [
      'a map that is not there',
      `(call $header ${constants(2, 16, 4, 64, 68)})`,
      'proxy_get_header_map_value 2 "text" = 2 (BadArgument)',
    ],
    [
      'a body that cannot be seen',
      `(call $buffer ${constants(0, 0, 9, 64, 68)})`,
      'proxy_get_buffer_bytes 0 0 9 = 0 "" (no such buffer now)',
    ],
    ['a buffer that is not there', `(call $buffer ${constants(4, 0, 9, 64, 68)})`, 'proxy_get_buffer_bytes 4 0 9 = 1 (NotFound)'],
    ['an error in the log', `(call $log ${constants(4, 16, 4)})`, 'error logged by filter filter: text'],
    ['a critical line', `(call $log ${constants(5, 16, 4)})`, 'critical logged by filter filter: text'],
    ['a trap', '(unreachable)', 'RuntimeError: unreachable in proxy_on_request_headers'],
  ])('%s', async (_, call, fault) => {
    const message = await faultOf(calling(call))
    expect(message).toContain('A strict host refuses:\n  ')
    expect(message).toContain(fault)
  })

  test('the callback that did it, by name', async () => {
    const message = await faultOf(calling(`(call $context ${constants(99)})`))
    expect(message).toBe('A strict host refuses:\n  proxy_set_effective_context 99 = 2 (BadArgument) in proxy_on_request_headers')
  })

  test('its start', () => {
    const wasm = guest(
      `(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (drop (call $context ${constants(99)})) (i32.const 1))`,
      IMPORTS,
    )
    expect(() => createTestHost({ filters: [{ wasm }], strict: true })).toThrow('in proxy_on_vm_start')
  })

  test('phases, and whatever moves the time', () => {
    const host = createTestHost({ filters: [{ wasm: calling(`(call $context ${constants(99)})`) }], strict: true })
    expect(() => host.phases().requestHeaders({})).toThrow('A strict host refuses')
    host.clock.advance('1s')
  })
})

describe('a strict host lets pass', () => {
  test.each([
    ['a header that is not there', `(call $header ${constants(0, 16, 4, 64, 68)})`],
    ['shared data that is not there', `(call $data ${constants(16, 4, 64, 68, 72)})`],
    ['a warning', `(call $log ${constants(3, 16, 4)})`],
  ])('%s', async (_, call) => {
    expect(await faultOf(calling(call))).toBe('none')
  })

  test('a body in its callback, also an empty one', async () => {
    const wasm = calling(`(call $buffer ${constants(0, 0, 9, 64, 68)})`, 'proxy_on_request_body')
    const host = createTestHost({ filters: [{ wasm }], strict: true })
    await host.request({ method: 'POST', chunks: ['a', ''] })
  })

  test('what the test allows', async () => {
    const call = calling(`(call $context ${constants(99)})`)
    expect(await faultOf(call, { strict: { statuses: { proxy_set_effective_context: ['BadArgument'] } } })).toBe('none')
    expect(await faultOf(call, { strict: { statuses: { proxy_log: ['BadArgument'] } } })).not.toBe('none')
    const error = calling(`(call $log ${constants(4, 16, 4)})`)
    expect(await faultOf(error, { strict: { logs: [/^te/] } })).toBe('none')
    expect(await faultOf(error, { strict: { logs: ['te'] } })).not.toBe('none')
  })

  test('what the test forces', async () => {
    const wasm = calling(`(call $data ${constants(16, 4, 64, 68, 72)})`)
    const forced = new Faults().answer('proxy_get_shared_data', 'InternalFailure')
    expect(await faultOf(wasm, { faults: forced })).toBe('none')
    expect(await faultOf(wasm, { faults: new Faults().trap('proxy_get_shared_data') })).toBe('none')
  })
})

describe('at its end a strict host fails for', () => {
  test('calls of its script that were not made, and others that were', () => {
    const script = new UpstreamScript().expect({ cluster: 'auth' })
    const host = createTestHost({ filters: [{ wasm: steps }], upstream: script, strict: true })
    expect(() => host.close()).toThrow('A strict host refuses:\n  never made: at auth')
    host.close()
  })

  test('a request without an answer', () => {
    const host = createTestHost({ filters: [{ wasm: steps }], clusters, strict: true, upstream: hold })
    host.open({ path: '/items', headers: { 'x-step': 'ask' } })
    expect(() => host.close()).toThrow('without an answer: GET /items')
  })

  test('nothing when all is well', async () => {
    const script = new UpstreamScript().expect({ cluster: 'auth' }).expect({ cluster: 'up' })
    const host = createTestHost({ filters: [{ wasm: steps }], clusters, upstream: script, strict: true })
    expect((await host.request({ headers: { 'x-step': 'ask' } })).status).toBe(200)
    host.close()
  })
})

function hold(): object {
  return { hold: true }
}

test('without the option nothing of it fails a test', async () => {
  expect(await faultOf(calling(`(call $context ${constants(99)})`), { strict: false })).toBe('none')
})
