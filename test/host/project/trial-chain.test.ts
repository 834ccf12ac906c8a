/** What `sluice run --chain` and `--port` send requests through: several modules, the chain of a bootstrap, served and replaced. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TEMPLATE_FOLDER } from '../../../host/project/templates.ts'
import { tryInEnvoy } from '../../../host/project/trial/envoy-trial.ts'
import { tryInHarness } from '../../../host/project/trial/harness-trial.ts'
import { SocketTrial } from '../../../host/project/trial/socket-trial.ts'
import { chainOfBootstrap, chainOfModules, type TrialChain } from '../../../host/project/trial/trial-chain.ts'
import { startTrialEnvoy } from '../../../host/project/trial/trial-envoy.ts'
import { startTrialHost } from '../../../host/project/trial/trial-host.ts'
import type { StartProxy } from '../../../host/project/trial/trial-proxy.ts'
import { TrialServer, type ServedTrial } from '../../../host/project/trial/trial-server.ts'
import type { TrialHeaders, TrialInput } from '../../../host/project/trial/trial.ts'
import { root } from '../../../tools/checks/sources.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'

const KEYS = { key_sources: [{ header: 'x-api-key' }], credentials: [{ client: 'alice', key: 'k-alice-0123456789' }] }
const LIMIT = { limits: [{ name: 'all', token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: '60s' } }] }
const KEY: TrialHeaders = [['x-api-key', 'k-alice-0123456789']]

const suiteFilter = (name: string): string => join(root, 'filters/dist', `${name}.wasm`)
const moduleOf = (name: string, config: object) => ({
  module: suiteFilter(name),
  name,
  rootId: name,
  config: JSON.stringify(config),
})

function inputOf(chain: TrialChain, headers: TrialHeaders = KEY): TrialInput {
  const request = { method: 'GET', path: '/', headers, body: '' }
  return { ...chain, clusters: new Map(), request, answer: { status: 200, headers: [], body: 'hi' } }
}

beforeAll(async () => {
  process.env['ENVOY_BIN'] = await fetchEnvoy()
}, 120_000)

describe('a chain', () => {
  test('of modules runs in its order, in the harness and in Envoy', async () => {
    const chain = chainOfModules([moduleOf('api-key-auth', KEYS), moduleOf('ratelimit', LIMIT)])
    for (const tried of [tryInHarness, tryInEnvoy]) {
      const { with: passed } = await tried(inputOf(chain))
      expect(passed.metrics).toEqual({ 'api_key_auth.allowed': 1, 'ratelimit.ok': 1 })
      const { with: refused } = await tried(inputOf(chain, []))
      expect(refused).toMatchObject({ upstream: null, metrics: { 'api_key_auth.unauthorized': 1 } })
      expect(refused.client.head[0]).toBe('401')
    }
  })

  test('of a bootstrap is that of its listener, with configurations and names', async () => {
    const text = readFileSync(join(root, 'examples/quickstart/envoy.yaml'), 'utf8').replaceAll(
      'filters/dist',
      join(root, 'filters/dist'),
    )
    const { clusters, ...chain } = await chainOfBootstrap({ name: 'envoy.yaml', text }, null, {})
    expect(clusters.length).toBeGreaterThan(0)
    for (const tried of [tryInHarness, tryInEnvoy]) {
      const { with: seen } = await tried(inputOf(chain))
      expect(seen.upstream?.head).toContain('x-client: alice')
      expect(seen.upstream?.head).not.toContain('x-api-key: k-alice-0123456789')
      expect(seen.metrics).toMatchObject({ 'api_key_auth.allowed': 1, 'ratelimit.ok': 1 })
    }
  })

  test('of a bootstrap has to be the only one, or to be named', async () => {
    const one = readFileSync(join(root, 'examples/quickstart/envoy.yaml'), 'utf8').replaceAll(
      'filters/dist',
      join(root, 'filters/dist'),
    )
    await expect(chainOfBootstrap({ name: 'a.yaml', text: one }, 'other', {})).rejects.toMatchObject({
      code: 'SLUICE_CLI_USAGE',
      detail: { path: 'a.yaml', wanted: 'other' },
    })
    await expect(chainOfBootstrap({ name: 'b.yaml', text: 'static_resources: {}' }, null, {})).rejects.toMatchObject({
      detail: { seen: 'no Wasm filter', wanted: 'one: b.yaml=NAME' },
    })
  })

  test('has no filters of connections beside those of requests', async () => {
    const module = await sdkGuestModule(join(TEMPLATE_FOLDER, 'tcp/index.ts'))
    const tcp = { module, name: 'tcp', rootId: '', config: null }
    expect(chainOfModules([tcp]).isTcp).toBe(true)
    const detail = expect.objectContaining({ path: module, wanted: 'one kind' }) as unknown
    expect(() => chainOfModules([moduleOf('stats', {}), tcp])).toThrow(expect.objectContaining({ detail }) as Error)
  })
})

describe.each<[string, StartProxy]>([
  ['the host', startTrialHost(null)],
  ['Envoy', startTrialEnvoy],
])('requests on a port, through %s', (_, startProxy) => {
  let server: TrialServer | null = null
  afterEach(async () => {
    await server?.stop()
    server = null
  })

  const start = (config: object) => SocketTrial.start(inputOf(chainOfModules([moduleOf('ratelimit', config)])), startProxy)

  test('are answered and told one by one, and go through other filters when these are replaced', async () => {
    const told: ServedTrial[] = []
    server = await TrialServer.start(0, await start(LIMIT), (trial) => told.push(trial))
    const ask = () => fetch(`http://127.0.0.1:${server!.port}/items`, { method: 'POST', body: Buffer.from([0xff, 0x00]) })
    const statuses = (await Promise.all([ask(), ask()])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 429])
    expect(told.map((trial) => trial.request.head[0])).toEqual(['POST /items', 'POST /items'])
    expect(told.map((trial) => trial.with.metrics)).toEqual([{ 'ratelimit.ok': 1 }, { 'ratelimit.rate_limited': 1 }])
    expect(told[0]!.with.upstream!.head).toContain('content-length: 2')

    await server.replace(await start(LIMIT))
    const again = await ask()
    expect({ status: again.status, text: await again.text() }).toEqual({ status: 200, text: 'hi' })
  })

  test('are refused before they are taken when the filter refuses its configuration', async () => {
    await expect(start({ limitss: [] })).rejects.toMatchObject({ detail: { seen: expect.stringContaining('limitss') as string } })
  })
})
