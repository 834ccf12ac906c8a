import { describe, expect, test } from 'vitest'
import { createTestHost, Faults, type TestHost } from '../../../host/testing/index.ts'
import { demoModules } from '../../cases/demo.ts'
import { TEST_ENGINES } from '../../support/engines.ts'

const wasm = (await demoModules())('demo')

describe.each(TEST_ENGINES)('forced failures on %s', (engine) => {
  const start = (faults: Faults): TestHost =>
    createTestHost({ engine, filters: [{ wasm, config: 'demo' }], clusters: { up: 'upstream', auth: 'upstream' }, faults })

  test('a hostcall answers the status instead of being made', async () => {
    const faults = new Faults().answer('proxy_add_header_map_value', 'BadArgument', { times: 1 })
    const host = start(faults)
    expect((await host.request()).upstream[0]?.header('x-added')).toBeNull()
    expect((await host.request()).upstream[0]?.header('x-added')).toBe('demo')
  })

  test('a failure begins at a call and ends when it is cleared', async () => {
    const faults = new Faults()
    const host = start(faults)
    faults.answer('proxy_send_local_response', 'InternalFailure', { at: 2 })
    const deny = (): number => host.open({ path: '/deny' }).response.status
    expect([deny(), deny(), deny()]).toEqual([403, 0, 0])
    faults.clear()
    expect(deny()).toBe(403)
  })

  test('the guest traps at the n-th call, and its failure policy answers', async () => {
    const host = start(new Faults().trap('proxy_add_header_map_value', 4))
    expect((await host.request()).status).toBe(200)
    expect(await host.request()).toMatchObject({ status: 503, details: 'wasm_fail_stream' })
    const lines = host.hostLogs().map(({ text }) => text)
    expect(lines.some((line) => line.includes('trap forced by a test in proxy_add_header_map_value'))).toBe(true)
    expect(host.stats()).toMatchObject({ 'wasm.filter.trap_other': 1 })
  })

  test('the allocator has no room', async () => {
    const faults = new Faults()
    const host = start(faults)
    faults.failAllocations({ times: 1 })
    const denied = (): number => host.open({ path: '/deny' }).response.status
    expect([denied(), denied()]).toEqual([200, 403])
  })

  test('a failure while the plugin starts refuses it', () => {
    expect(() => start(new Faults().trap('proxy_get_buffer_bytes'))).toThrow('Failed to configure base Wasm plugin')
  })
})

test('an unknown hostcall is refused by name', () => {
  expect(() => new Faults().answer('proxy_http_cal', 'NotFound')).toThrow("seen 'proxy_http_cal', wanted a name of the ABI")
})
