import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fuzzFilter, randomRequest } from '../../../host/testing/fuzz.ts'
import { createTestHost } from '../../../host/testing/index.ts'
import { root } from '../../../tools/checks/sources.ts'
import { demoModules } from '../../cases/demo.ts'

const demo = { filters: [{ wasm: (await demoModules())('demo'), config: 'demo' }] }
const clusters = { up: 'upstream', auth: 'upstream' } as const

/** The message of the failure. */
async function failure(run: Promise<void>): Promise<string> {
  return run.then(
    () => 'none',
    (error: Error) => error.message,
  )
}

describe('fuzzFilter', () => {
  test('finds a trap, shrinks its requests, and prints a line that repeats them', async () => {
    const message = await failure(fuzzFilter({ ...demo, clusters }, { paths: ['/trap'], runs: 500 }))
    expect(message).toContain('Function: proxy_on_request_headers failed')
    expect(message).toContain('with the smallest requests: [{"method":"GET","path":"/trap","headers":[]}]')
    const replay = /SLUICE_FUZZ_REPLAY=(\S+)/.exec(message)![1]!
    const again = await failure(fuzzFilter({ ...demo, clusters }, { paths: ['/trap'], replay }))
    expect(again).toContain('after 1 runs, with the smallest requests: [{"method":"GET","path":"/trap","headers":[]}]')
  })

  test('finds an answer that is wrong, and one that never comes', async () => {
    const check = ({ response }: { response: { status: number } }): void => {
      if (response.status === 403) throw new Error('denied')
    }
    expect(await failure(fuzzFilter({ ...demo, clusters }, { paths: ['/deny'], check }))).toMatch(/^denied\n/)
    const upstream = {
      ...demo,
      clusters,
      upstream: () => ({ fail: 'hang' }) as const,
      routes: [{ match: { prefix: '/' }, route: { cluster: 'up', timeout: '0s' } }],
      http: { stream_idle_timeout: '0s' },
    }
    expect(await failure(fuzzFilter(upstream))).toMatch(/^No answer after 1h\n/)
  })

  test('makes requests that reach the filter', async () => {
    const host = createTestHost({ ...demo, clusters })
    const { sample } = await import('fast-check')
    for (const request of sample(randomRequest(), { numRuns: 200, seed: 7 })) {
      const stream = host.open(request)
      host.clock.advance('1m')
      expect(stream.isDone).toBe(true)
    }
    expect(host.logs().length).toBeGreaterThan(150)
  })

  test('refuses a replay that is none', async () => {
    await expect(fuzzFilter(demo, { replay: 'x' })).rejects.toThrow("seen 'x', wanted what a failure printed")
  })
})

const SUITE: [string, object, readonly string[]][] = [
  [
    'api-key-auth',
    { key_sources: [{ header: 'x-api-key' }], credentials: [{ client: 'bob', key: 'k-bob-0123456789' }] },
    ['x-api-key'],
  ],
  ['stats', {}, []],
]

test.each(SUITE)('%s bears random requests', async (name, config, headers) => {
  const filters = [{ wasm: join(root, 'filters/dist', `${name}.wasm`), config }]
  await fuzzFilter({ filters }, { headers, values: ['k-bob-0123456789'], runs: 60 })
})
