/**
 * A whole login by oidc at a real OpenID provider (npm `oidc-provider`), through host and Envoy with two workers: login, callback, app,
 * renewal, logout, and what becomes of codes and cookies in the wrong hands. The provider rotates refresh tokens and ends a grant
 * whose old token comes again, so two renewals at once would log the user out.
 */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as send, type IncomingMessage, type RequestListener } from 'node:http'
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
const WORKERS = 2
/** So many connections that every worker gets some. */
const CLIENTS = 20
/** Seconds that an access token is good for. */
const TOKEN_SECONDS = 3
const APP = 'app.test'
const module = join(import.meta.dirname, '../../../filters/dist/oidc.wasm')
const { value: envoy, reason: why } = await fetchOrReason(fetchEnvoy)

/** The provider, and what it was asked for. */
class Idp {
  readonly server = createServer((request, response) => this.#handler(request, response))
  #handler: RequestListener = () => {}
  issuer = ''
  refreshes = 0
  revocations = 0

  async start(): Promise<number> {
    const port = await listen(this.server)
    this.issuer = `http://127.0.0.1:${port}`
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: 'shop',
          client_secret: 'k-client-0123456789',
          token_endpoint_auth_method: 'client_secret_post',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: [`http://${APP}/callback`],
          post_logout_redirect_uris: [`http://${APP}/`],
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['k-provider-0123456789'] },
      ttl: {
        AccessToken: TOKEN_SECONDS,
        AuthorizationCode: 60,
        IdToken: 600,
        RefreshToken: 600,
        Grant: 600,
        Session: 600,
        Interaction: 60,
      },
      issueRefreshToken: () => true,
      rotateRefreshToken: true,
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    })
    provider.on('grant.success', ({ oidc }: { oidc: { params: { grant_type: string } } }) => {
      if (oidc.params.grant_type === 'refresh_token') this.refreshes++
    })
    provider.on('grant.revoked', () => this.revocations++)
    this.#handler = provider.callback()
    return port
  }

  stop(): void {
    this.server.close()
    this.server.closeAllConnections()
  }
}

interface Answer {
  readonly status: number
  readonly location: string
  readonly cookies: readonly string[]
  readonly body: string
}

/** A browser: keeps cookies by host, and knows where `app.test` is. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #port: number
  readonly #idp: Idp

  constructor(port: number, idp: Idp) {
    this.#port = port
    this.#idp = idp
  }

  /** Asks once; `cookie` in the place of the browser's own. */
  async get(url: string, cookie?: string, headers: object = {}): Promise<Answer> {
    return this.#ask(url, 'GET', '', cookie, headers)
  }

  /** Follows redirects until a page comes, or one of this path is to be asked for. */
  async follow(url: string, until: string | null = null): Promise<{ readonly url: string; readonly answer: Answer }> {
    let [at, answer] = [url, await this.get(url)]
    while (answer.status >= 300 && answer.status < 400) {
      at = new URL(answer.location, at).href
      if (until !== null && new URL(at).pathname === until) break
      answer = await this.get(at)
    }
    return { url: at, answer }
  }

  /** Sends the only form of a page, with these fields beside its own, and follows. */
  async submit(
    page: { readonly url: string; readonly answer: Answer },
    fields: object,
    until: string | null = null,
  ): Promise<{ readonly url: string; readonly answer: Answer }> {
    const form = /<form[^>]* action="([^"]+)"/.exec(page.answer.body)
    if (form === null) throw new Error(`no form: seen ${page.answer.status} ${page.answer.body.slice(0, 300)}`)
    const own = [...page.answer.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!,
    ])
    const body = new URLSearchParams({ ...Object.fromEntries(own), ...fields }).toString()
    const target = new URL(form[1]!, page.url).href
    const answer = await this.#ask(target, 'POST', body)
    const next = new URL(answer.location, target).href
    return until !== null && new URL(next).pathname === until ? { url: next, answer } : this.follow(next, until)
  }

  /** Logs in; ends before `until`, or at a page of the app. */
  async logIn(path: string, until: string | null = null): Promise<{ readonly url: string; readonly answer: Answer }> {
    const login = await this.follow(`http://${APP}${path}`)
    const consent = await this.submit(login, { prompt: 'login', login: 'alice', password: 'x' })
    return this.submit(consent, { prompt: 'consent' }, until)
  }

  /** The cookies for the app. */
  get session(): string {
    return this.cookies.get(APP) ?? ''
  }

  async #ask(url: string, method: string, body: string, cookie?: string, headers: object = {}): Promise<Answer> {
    const { host, hostname, pathname, search } = new URL(url)
    const port = hostname === APP ? this.#port : Number(new URL(this.#idp.issuer).port)
    const own = cookie ?? this.cookies.get(hostname) ?? ''
    const request = send({ host: '127.0.0.1', port, method, path: pathname + search, agent: false })
    request.setHeader('host', host)
    request.setHeader('accept', 'text/html')
    if (own !== '') request.setHeader('cookie', own)
    if (method === 'POST') request.setHeader('content-type', 'application/x-www-form-urlencoded')
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value as string)
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const cookies = response.headers['set-cookie'] ?? []
    if (cookie === undefined) this.#keep(hostname, cookies)
    return {
      status: response.statusCode!,
      location: response.headers.location ?? '',
      cookies,
      body: Buffer.concat(chunks).toString(),
    }
  }

  #keep(host: string, lines: readonly string[]): void {
    const kept = new Map(
      (this.cookies.get(host) ?? '')
        .split('; ')
        .filter(Boolean)
        .map((pair) => [pair.split('=')[0]!, pair]),
    )
    for (const line of lines) {
      const pair = line.split(';')[0]!
      const isGone = pair.endsWith('=') || /max-age=0/i.test(line)
      if (isGone) kept.delete(pair.split('=')[0]!)
      else kept.set(pair.split('=')[0]!, pair)
    }
    this.cookies.set(host, [...kept.values()].join('; '))
  }
}

const PROXIES = [
  { name: 'host', start: startHost, isThere: true },
  { name: `Envoy${why}`, start: startEnvoy, isThere: envoy !== null },
]

describe.each(PROXIES)('a login behind $name', ({ start, isThere }) => {
  describe.runIf(isThere)('with two workers', () => {
    const idp = new Idp()
    /** User and path of each request that reached the app. */
    const arrivals: string[] = []
    const app = createServer((request, response) => {
      arrivals.push(`${String(request.headers['x-user'])} ${request.url}`)
      response.end('app')
    })
    let proxy: Proxy
    let browser: Browser

    beforeAll(async () => {
      const port = await idp.start()
      const provider = {
        issuer: idp.issuer,
        discovery: { http_uri: { uri: `${idp.issuer}/.well-known/openid-configuration`, cluster: 'idp', timeout: '5s' } },
        credentials: { client_id: 'shop', token_secret: 'k-client-0123456789', hmac_secret: 'k-cookies-0123456789' },
        redirect_uri: 'http://%REQ(:authority)%/callback',
        signout_path: { path: { exact: '/signout' } },
        require_iss_parameter: true,
        forward_bearer_token: true,
        claim_to_headers: [{ header_name: 'x-user', claim_name: 'sub' }],
      }
      const value = JSON.stringify({ providers: [provider] })
      const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value }
      const config = bootstrap({
        ports: [await listen(app)],
        otherClusters: [staticCluster('idp', [port])],
        filters: [wasmFilter(module, { configuration, fail_open: false }, { vm_id: 'oidc' })],
        admin: true,
      })
      proxy = await start(config, WORKERS)
      browser = new Browser(proxy.ports.get('main')!, idp)
    }, LIMIT)

    afterAll(async () => {
      await proxy.stop()
      idp.stop()
      app.close()
    })

    /** Statuses of requests that come together with one cookie, each with how often it came. */
    async function together(
      cookie: string,
    ): Promise<{ readonly statuses: Record<string, number>; readonly answers: readonly Answer[] }> {
      const answers = await Promise.all(Array.from({ length: CLIENTS }, () => browser.get(`http://${APP}/many`, cookie)))
      const statuses: Record<string, number> = {}
      for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1
      return { statuses, answers }
    }

    test(
      'ends at the page that was asked for',
      async () => {
        const { url, answer } = await browser.logIn('/page?q=1')
        expect([url, answer.status, answer.body]).toEqual([`http://${APP}/page?q=1`, 200, 'app'])
        expect(arrivals).toEqual(['alice /page?q=1'])
      },
      LIMIT,
    )

    test('lets every worker know the user', async () => {
      expect((await together(browser.session)).statuses).toEqual({ 200: CLIENTS })
    })

    test(
      'is renewed once for all requests that come together, in all workers',
      async () => {
        const before = idp.refreshes
        const old = browser.session
        const renewed = await poll(
          () => browser.get(`http://${APP}/poll`),
          ({ cookies }) => cookies.length > 0,
          2 * TOKEN_SECONDS * 1000,
        )
        expect([renewed.status, idp.refreshes - before]).toEqual([200, 1])
        const { statuses, answers } = await together(old)
        expect([statuses, idp.refreshes - before, idp.revocations]).toEqual([{ 200: CLIENTS }, 1, 0])
        expect(answers.every(({ cookies }) => cookies.length > 0)).toBe(true)
      },
      LIMIT,
    )

    test(
      'is renewed once when no worker has seen that it is over',
      async () => {
        const before = idp.refreshes
        await new Promise((resolve) => setTimeout(resolve, (TOKEN_SECONDS + 1) * 1000))
        const { statuses, answers } = await together(browser.session)
        expect([statuses, idp.refreshes - before, idp.revocations]).toEqual([{ 200: CLIENTS }, 1, 0])
        browser.cookies.set(APP, answers[0]!.cookies[0]!.split(';')[0]!)
        expect((await browser.get(`http://${APP}/after`)).status).toBe(200)
      },
      LIMIT,
    )

    test(
      'takes no code that was given to another login',
      async () => {
        const before = arrivals.length
        const [victim, attacker] = [new Browser(proxy.ports.get('main')!, idp), new Browser(proxy.ports.get('main')!, idp)]
        const begun = new URL((await victim.get(`http://${APP}/page`)).location)
        const { url } = await attacker.logIn('/page', '/callback')
        const stolen = new URL(url)
        stolen.searchParams.set('state', begun.searchParams.get('state')!)
        const answer = await victim.get(stolen.href)
        expect([answer.status, answer.cookies, arrivals.length]).toEqual([401, [], before])
        // Nor does the attacker's own callback log the victim in.
        expect((await victim.get(url)).status).toBe(401)
      },
      LIMIT,
    )

    test(
      'takes no callback twice',
      async () => {
        const other = new Browser(proxy.ports.get('main')!, idp)
        const { url } = await other.logIn('/page', '/callback')
        const cookie = other.session
        expect((await other.get(url, cookie)).location).toBe(`http://${APP}/page`)
        expect((await other.get(url, cookie)).status).toBe(401)
      },
      LIMIT,
    )

    test(
      'ends at the provider, too, and begins anew',
      async () => {
        const confirm = await browser.follow(`http://${APP}/signout`)
        expect([new URL(confirm.url).pathname, browser.session]).toEqual(['/session/end', ''])
        const left = await browser.submit(confirm, { logout: 'yes' }, '/')
        expect(left.url).toBe(`http://${APP}/`)
        const again = await browser.follow(`http://${APP}/page`)
        expect(again.answer.body).toContain('name="login"')
      },
      LIMIT,
    )

    test(
      'lets nobody in when the provider is gone and the time is over',
      async () => {
        const { answer } = await browser.logIn('/last')
        expect(answer.status).toBe(200)
        await new Promise((resolve) => setTimeout(resolve, (TOKEN_SECONDS + 1) * 1000))
        idp.stop()
        const before = arrivals.length
        expect((await together(browser.session)).statuses).toEqual({ 503: CLIENTS })
        expect(arrivals).toHaveLength(before)
        const stats = await proxy.admin('/stats?filter=oidc')
        expect(stats).toMatch(/oidc\.oauth_success: 3$/m)
        expect(stats).toMatch(/oidc\.oauth_refreshtoken_success: 2$/m)
      },
      LIMIT,
    )
  })
})
