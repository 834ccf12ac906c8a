/** Properties of a host and of its streams, as hostcalls and as expressions see them. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, encodeProperties, type TestHost } from '../../../host/testing/index.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'

const wasm = await sdkGuestModule(join(import.meta.dirname, 'guests/steps.ts'))
const secure = encodeProperties({ connection: { mtls: true } })

function start(): TestHost {
  return createTestHost({ filters: [{ wasm }], properties: { 'request.region': 'US', ...secure } })
}

describe('properties of a request', () => {
  test('go before those of the host, for that request only', async () => {
    const host = start()
    const requests = [{ properties: { 'request.region': 'EU' } }, {}].map((request) => host.request(request))
    const regions = (await Promise.all(requests)).map(({ upstream: [seen] }) => seen?.header('x-region'))
    expect(regions).toEqual(['EU', 'US'])
  })

  test('are seen to the end of the stream', async () => {
    const host = start()
    await host.request({ properties: { 'request.region': 'EU' } })
    expect(host.logs().map(({ text }) => text)).toEqual(['logged', 'EU', 'done'])
  })

  test('are seen by expressions, with the types of attributes', async () => {
    const host = start()
    const isEuropean = async (properties: Record<string, string>): Promise<string | null | undefined> =>
      (await host.request({ properties })).upstream[0]?.header('x-european')
    expect(await isEuropean({ 'request.region': 'EU' })).toBe('yes')
    expect(await isEuropean({})).toBe(null)
    expect(await isEuropean({ 'request.region': 'EU', ...encodeProperties({ connection: { mtls: false } }) })).toBe(null)
  })

  test('are those of a stream that is driven phase by phase', () => {
    const host = start()
    const stream = host.phases({ properties: { 'request.region': 'EU' } })
    stream.requestHeaders({})
    expect([stream.request.header('x-region'), stream.request.header('x-european')]).toEqual(['EU', 'yes'])
  })
})
