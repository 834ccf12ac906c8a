/** Several workers in one test host: what they share and what each has for itself. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHost, type TestHostOptions, type TestRequest } from '../../../host/testing/index.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { ask, startHost, wasmFilter } from '../../e2e/host/setup.ts'
import { TEST_ENGINES } from '../../support/engines.ts'

const wasm = await sdkGuestModule(join(import.meta.dirname, 'guests/workers.ts'))

function start(options: Partial<TestHostOptions> = {}): TestHost {
  return createTestHost({ filters: [{ wasm }], workers: 2, ...options })
}

/** Requests of the worker's VM, and of all. */
async function counts(host: TestHost, request: TestRequest = {}): Promise<string> {
  const [seen] = (await host.request(request)).upstream
  return `${seen?.header('x-own')} of ${seen?.header('x-total')}`
}

const lines = (host: TestHost): string[] => host.logs().map(({ text, worker }) => `${worker}: ${text}`)

describe.each(TEST_ENGINES)('workers on %s', (engine) => {
  test('have VMs of their own, and take requests in turn or by number', async () => {
    const host = start({ engine })
    expect(await counts(host)).toBe('1 of 1')
    expect(await counts(host)).toBe('1 of 2')
    expect(await counts(host)).toBe('2 of 3')
    expect(await counts(host, { worker: 2 })).toBe('2 of 4')
    expect(await counts(host, { worker: 2 })).toBe('3 of 5')
  })

  test('share metrics; canary and main thread start the plugin, too', async () => {
    const host = start({ engine, workers: 3 })
    await host.request()
    await host.request()
    expect(host.metrics()).toMatchObject({ starts: 5, requests: 2, items: 2 })
  })

  test('the last one that registers a queue is told of items, in their order', async () => {
    const host = start({ engine })
    await Promise.all([
      host.request({ worker: 1, path: '/a' }),
      host.request({ worker: 2, path: '/b' }),
      host.request({ worker: 1, path: '/c' }),
    ])
    expect(lines(host)).toEqual(['2: got /a', '2: got /b', '2: got /c'])
  })
})

describe('workers', () => {
  test('tick each, the main thread too, in the order in which they started', () => {
    const host = start()
    host.clock.advance('2s')
    const round = ['0: tick', '1: tick', '2: tick']
    expect(lines(host)).toEqual([...round, ...round])
  })

  test('a plugin without streams lives in the main thread only', () => {
    const host = start({ filters: [], services: [{ wasm }] })
    host.clock.advance('1s')
    expect([lines(host), host.metrics()['starts']]).toEqual([['0: tick'], 2])
  })

  test('a run is the same every time', async () => {
    const run = async (): Promise<string> => {
      const host = start({ transcript: true })
      await Promise.all(['/a', '/b', '/c'].map((path) => host.request({ path })))
      host.clock.advance('1s')
      host.close()
      return host.transcript()
    }
    expect(await run()).toBe(await run())
  })

  test('take phases and connections by number', () => {
    const host = start()
    expect(() => host.phases({ worker: 3 })).toThrow('No worker 3: seen 2, counted from 1')
    host.phases({ worker: 2 }).requestHeaders({ ':path': '/x' })
    expect(lines(host)).toEqual(['2: got /x'])
  })

  test('one thread does everything unless workers are asked for', async () => {
    const host = createTestHost({ filters: [{ wasm }] })
    await host.request({ worker: 1, path: '/a' })
    expect(host.metrics()).toMatchObject({ starts: 1, requests: 1, items: 1 })
    expect(host.logs()).toEqual([{ level: 'info', context: 'filter', text: 'got /a' }])
  })
})

test('the workers of the proxy leave the same metrics', async () => {
  const routes = [{ match: { prefix: '/' }, direct_response: { status: 200 } }]
  const harness = start({ routes })
  const { host, port } = await startHost({ ports: [], routes, filters: [wasmFilter(wasm)] }, 2)
  const seen = (): object => {
    const guests = host.stats().filter(({ name }) => name.startsWith('wasmcustom.'))
    return Object.fromEntries(guests.map((metric) => [metric.name.slice(11), 'value' in metric ? Number(metric.value) : null]))
  }
  for (let request = 0; request < 6; request++) {
    await ask(port)
    await harness.request()
  }
  await expect.poll(seen).toEqual(harness.metrics())
  expect(seen()).toEqual({ starts: 4, requests: 6, items: 6 })
  await host.stop()
})
