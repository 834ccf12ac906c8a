/**
 * token-introspection before the introspection endpoint of a real provider (npm `oidc-provider`), through host and Envoy: tokens that are
 * good, that nobody knows, that were revoked, and that have run out, asked about once for each worker.
 */
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { listen } from '../../support/listen.ts'
import { poll } from '../../support/poll.ts'
import { bootstrap, staticCluster, wasmFilter } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const LIMIT = 60_000
/** How long a verdict may be kept, and what is added for a busy machine. */
const PATIENCE = 15_000
const TOKEN_SECONDS = 600
const SHORT_SECONDS = 2
/** Letters that have to be written otherwise in `authorization` (RFC 6749 2.3.1). */
const GATEWAY = { client_id: 'gate way', client_secret: 's:cret/+%' }
const module = join(import.meta.dirname, '../../../filters/dist/token-introspection.wasm')
const { value: envoy, reason: why } = await fetchOrReason(fetchEnvoy)

/** The provider, and how often it was asked about tokens. */
class Issuer {
  readonly server = createServer((request, response) => {
    if (request.url === '/token/introspection') this.questions++
    this.#handler(request, response)
  })
  #handler: RequestListener = () => {}
  url = ''
  questions = 0

  async start(): Promise<number> {
    const port = await listen(this.server)
    this.url = `http://127.0.0.1:${port}`
    const client = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] }
    const lifetime = (_: unknown, __: unknown, { clientId }: { clientId: string }): number =>
      clientId === 'short' ? SHORT_SECONDS : TOKEN_SECONDS
    const provider = new Provider(this.url, {
      clients: [
        { ...client, client_id: 'app', client_secret: 'k-app-0123456789' },
        { ...client, client_id: 'short', client_secret: 'k-app-0123456789' },
        { ...client, ...GATEWAY, grant_types: [] },
      ],
      scopes: ['read', 'write'],
      features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
        devInteractions: { enabled: false },
      },
      ttl: { ClientCredentials: lifetime },
    })
    this.#handler = provider.callback()
    return port
  }

  /** A new token of a client. */
  async tokenOf(client: string): Promise<string> {
    const answer = await this.#post('/token', client, { grant_type: 'client_credentials', scope: 'read' })
    return ((await answer.json()) as { access_token: string }).access_token
  }

  async revoke(client: string, token: string): Promise<void> {
    const { status } = await this.#post('/token/revocation', client, { token })
    if (status !== 200) throw new Error(`revocation: seen status ${status}, wanted 200`)
  }

  stop(): void {
    this.server.close()
    this.server.closeAllConnections()
  }

  #post(path: string, client: string, form: Record<string, string>): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${client}:k-app-0123456789`).toString('base64')}`
    return fetch(this.url + path, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })
  }
}

const PROXIES = [
  { name: 'host', start: startHost, isThere: true },
  { name: `Envoy${why}`, start: startEnvoy, isThere: envoy !== null },
]

describe.each(PROXIES)('tokens that a provider is asked about behind $name', ({ start, isThere }) => {
  describe.runIf(isThere)('when they are', () => {
    const issuer = new Issuer()
    /** Client and authorization of each request that reached the app. */
    const arrivals: string[] = []
    const app = createServer((request, response) => {
      arrivals.push(`${String(request.headers['x-client'])} ${String(request.headers.authorization)}`)
      response.end('app')
    })
    let proxy: Proxy

    beforeAll(async () => {
      const port = await issuer.start()
      const http_uri = { uri: `${issuer.url}/token/introspection`, cluster: 'issuer', timeout: '5s' }
      const idp = {
        issuer: issuer.url,
        introspection: { http_uri, ...GATEWAY, cache_ttl: '1s' },
        required_claims: [{ claim_path: ['scope'], delimiter: ' ', all_of: ['read'] }],
        claim_to_headers: [{ header_name: 'x-client', claim_name: 'client_id' }],
      }
      const value = JSON.stringify({ providers: { idp }, rules: [{ match: {}, requires: { provider_name: 'idp' } }] })
      const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value }
      proxy = await start(
        bootstrap({
          ports: [await listen(app)],
          otherClusters: [staticCluster('issuer', [port])],
          filters: [wasmFilter(module, { configuration, fail_open: false }, { vm_id: 'introspection' })],
          admin: true,
        }),
      )
    }, LIMIT)

    afterAll(async () => {
      await proxy.stop()
      issuer.stop()
      app.close()
    })

    /** Status and body for a request with a token. */
    async function ask(token: string): Promise<string> {
      const answer = await fetch(`http://127.0.0.1:${proxy.ports.get('main')!}/`, {
        headers: { authorization: `Bearer ${token}`, 'x-client': 'root' },
      })
      return `${answer.status} ${await answer.text()}`
    }

    /** What is said of a token once it no longer lets in. */
    function whenNotLetIn(token: string): Promise<string> {
      const isOver = (seen: string): boolean => seen !== '200 app'
      return poll(() => ask(token), isOver, PATIENCE)
    }

    test('good, let in who shows them, and are asked about once', async () => {
      const token = await issuer.tokenOf('app')
      const before = issuer.questions
      expect(await Promise.all([ask(token), ask(token), ask(token)])).toEqual(['200 app', '200 app', '200 app'])
      expect(issuer.questions - before).toBe(1)
      expect(arrivals.splice(0)).toEqual(Array.from({ length: 3 }, () => 'app undefined'))
    })

    test('unknown, let nobody in', async () => {
      expect(await ask('nobody-gave-this')).toBe('401 Token is not active')
      expect(arrivals).toEqual([])
    })

    test(
      'revoked, let nobody in once the answer before is too old',
      async () => {
        const token = await issuer.tokenOf('app')
        expect(await ask(token)).toBe('200 app')
        await issuer.revoke('app', token)
        expect(await whenNotLetIn(token)).toBe('401 Token is not active')
      },
      LIMIT,
    )

    test(
      'over, let nobody in',
      async () => {
        const token = await issuer.tokenOf('short')
        expect(await ask(token)).toBe('200 app')
        expect(await whenNotLetIn(token)).toBe('401 Token is not active')
      },
      LIMIT,
    )

    test('asked about at a provider that is gone, let nobody in', async () => {
      const token = await issuer.tokenOf('app')
      issuer.stop()
      arrivals.length = 0
      expect([await ask(token), arrivals]).toEqual(['401 Token introspection failed', []])
    })
  })
})
