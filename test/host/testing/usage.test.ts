import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assertNoGrowth } from '../../../host/testing/assert.ts'
import { createTestHost, Faults, HostcallCoverage } from '../../../host/testing/index.ts'
import { root } from '../../../tools/checks/sources.ts'
import { demoModules } from '../../cases/demo.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'

const demo = (await demoModules())('demo')
const stats = join(root, 'filters/dist/stats.wasm')
const probe = await sdkGuestModule(join(import.meta.dirname, '../../sdk/guests/probe.ts'))

describe('assertNoGrowth', () => {
  test('holds for a filter of the suite', async () => {
    const host = createTestHost({ filters: [{ wasm: stats }] })
    await assertNoGrowth(host, () => host.request({ method: 'POST', body: 'hello' }), { runs: 500 })
    expect(host.usage()).toMatchObject({ contexts: 1 })
  })

  test('finds contexts that stay', async () => {
    const host = createTestHost({ filters: [{ wasm: stats }], upstream: () => ({ hold: true }) })
    const check = assertNoGrowth(host, () => void host.open(), { warmUp: 2, runs: 5, bytes: 1e9 })
    await expect(check).rejects.toThrow(
      /^after 5 runs: wanted at most 1000000000 bytes and no context more, seen \d+ bytes and 5 contexts more/,
    )
  })
})

test('HostcallCoverage counts hostcalls by status, beside a transcript', async () => {
  const hostcalls = new HostcallCoverage()
  const faults = new Faults()
  const host = createTestHost({ filters: [{ wasm: demo, config: 'demo' }], hostcalls, faults, transcript: true })
  await host.request()
  expect(hostcalls.counts()['proxy_add_header_map_value']).toEqual({ Ok: 2 })
  expect(hostcalls.neverFailed()).toContain('proxy_add_header_map_value')
  faults.answer('proxy_add_header_map_value', 'BadArgument')
  await host.request()
  expect(hostcalls.counts()['proxy_add_header_map_value']).toEqual({ Ok: 2, BadArgument: 2 })
  expect(hostcalls.neverFailed()).not.toContain('proxy_add_header_map_value')
  expect(hostcalls.summary()).toMatch(/^proxy_add_header_map_value +Ok 2, BadArgument 2$/m)
  expect(host.transcript()).toContain('proxy_add_header_map_value')
})

test('foreign functions of a test go before those of Envoy', async () => {
  const asked: string[] = []
  const foreignFunctions = { compress: (argument: Buffer) => (asked.push(String(argument)), 10) }
  const host = createTestHost({ filters: [{ wasm: probe, config: 'foreign' }], foreignFunctions })
  await host.request()
  expect(asked.length).toBeGreaterThan(0)
})
