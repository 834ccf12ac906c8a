/** Keys that jwt-authn fetches, in host and Envoy with two workers: one fetch for all, and nobody reaches the upstream before it has an answer. */
import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { listen } from '../../support/listen.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { bootstrap, staticCluster, wasmFilter } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const LIMIT = 60_000
const WORKERS = 2
/** So many connections that every worker gets some. */
const CLIENTS = 40
const ANSWER_DELAY = 200
const module = join(import.meta.dirname, '../../../filters/dist/jwt-authn.wasm')
const { value: envoy, reason: why } = await fetchOrReason(fetchEnvoy)

/** Signs tokens, and answers for its keys after a while. */
class Issuer {
  readonly server: Server
  readonly #keys = new Map<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>()
  /** Paths that were asked for. */
  readonly asked: string[] = []
  answeredAt = 0

  constructor() {
    this.server = createServer((request, response) => {
      this.asked.push(request.url!)
      setTimeout(() => {
        this.answeredAt = performance.now()
        response.end(
          JSON.stringify({
            keys: [...this.#keys].map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid })),
          }),
        )
      }, ANSWER_DELAY)
    })
  }

  addKey(kid: string): void {
    this.#keys.set(kid, generateKeyPairSync('ed25519'))
  }

  token(kid: string, claims: object, signer = kid): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ alg: 'EdDSA', kid })}.${part({ exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`
    return `${text}.${sign(null, Buffer.from(text), this.#keys.get(signer)!.privateKey).toString('base64url')}`
  }

  fetches(path: string): number {
    return this.asked.filter((asked) => asked === path).length
  }
}

function pluginConfig(): object {
  const provider = (name: string, more: object = {}, cluster = 'issuer'): object => ({
    issuer: `https://${name}.test`,
    remote_jwks: { http_uri: { uri: `http://issuer.test/${name}`, cluster, timeout: '2s' }, ...more },
  })
  const rule = (name: string): object => ({ match: { path: { prefix: `/${name}` } }, requires: { provider_name: name } })
  return {
    providers: { lazy: provider('lazy'), ahead: provider('ahead', { async_fetch: {} }), down: provider('down', {}, 'down') },
    rules: [rule('lazy'), rule('ahead'), rule('down')],
  }
}

/** Statuses, each with how often clients that came together got it. */
async function together(port: number, path: string, token: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const one = async (): Promise<void> => {
    const request = get({ port, path, host: '127.0.0.1', agent: false, headers: { authorization: `Bearer ${token}` } })
    const [response] = await once(request, 'response')
    response.resume()
    counts[response.statusCode] = (counts[response.statusCode] ?? 0) + 1
  }
  await Promise.all(Array.from({ length: CLIENTS }, one))
  return counts
}

const PROXIES = [
  { name: 'host', start: startHost, isThere: true },
  { name: `Envoy${why}`, start: startEnvoy, isThere: envoy !== null },
]

describe.each(PROXIES)('keys behind $name', ({ start, isThere }) => {
  describe.runIf(isThere)('with two workers', () => {
    const issuer = new Issuer()
    /** When each path reached the upstream. */
    const arrivals: { readonly path: string; readonly at: number }[] = []
    const upstream = createServer((request, response) => {
      arrivals.push({ path: request.url!, at: performance.now() })
      response.end()
    })
    let proxy: Proxy
    let port: number

    beforeAll(async () => {
      issuer.addKey('k1')
      const [dead] = await freePorts(1)
      const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: JSON.stringify(pluginConfig()) }
      const config = bootstrap({
        ports: [await listen(upstream)],
        otherClusters: [staticCluster('issuer', [await listen(issuer.server)]), staticCluster('down', [dead!])],
        filters: [wasmFilter(module, { configuration, fail_open: false }, { vm_id: 'jwt-authn' })],
        admin: true,
      })
      proxy = await start(config, WORKERS)
      port = proxy.ports.get('main')!
    }, LIMIT)

    afterAll(async () => {
      await proxy.stop()
      issuer.server.close()
      upstream.close()
    })

    test('that are fetched ahead are there before the first token', async () => {
      await poll(
        () => issuer.fetches('/ahead'),
        (fetches) => fetches > 0,
      )
      await sleep(2 * ANSWER_DELAY)
      expect(await together(port, '/ahead', issuer.token('k1', { iss: 'https://ahead.test' }))).toEqual({ 200: CLIENTS })
      expect(issuer.fetches('/ahead')).toBe(1)
    })

    test('are fetched once for all that come together, and nobody passes before the answer', async () => {
      expect(await together(port, '/lazy', issuer.token('k1', { iss: 'https://lazy.test' }))).toEqual({ 200: CLIENTS })
      expect(issuer.fetches('/lazy')).toBe(1)
      const first = Math.min(...arrivals.filter(({ path }) => path === '/lazy').map(({ at }) => at))
      expect(first).toBeGreaterThan(issuer.answeredAt)
    })

    test('are fetched once more for a new one', async () => {
      issuer.addKey('k2')
      expect(await together(port, '/lazy', issuer.token('k2', { iss: 'https://lazy.test' }))).toEqual({ 200: CLIENTS })
      expect(issuer.fetches('/lazy')).toBe(2)
    })

    test('are not fetched again for one that nobody has', async () => {
      const before = arrivals.length
      expect(await together(port, '/lazy', issuer.token('k9', { iss: 'https://lazy.test' }, 'k1'))).toEqual({ 401: CLIENTS })
      expect([issuer.fetches('/lazy'), arrivals.length]).toEqual([2, before])
    })

    test('that cannot be fetched let nobody pass', async () => {
      const before = arrivals.length
      expect(await together(port, '/down', issuer.token('k1', { iss: 'https://down.test' }))).toEqual({ 401: CLIENTS })
      expect(arrivals).toHaveLength(before)
      const stats = await proxy.admin('/stats?filter=jwks_fetch')
      expect(stats).toMatch(/jwt_authn\.jwks_fetch_failed: 1$/m)
      expect(stats).toMatch(/jwt_authn\.jwks_fetch_success: 3$/m)
    })
  })
})
