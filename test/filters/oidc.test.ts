/** `oidc` with what strangers make of its cookies and callbacks: no byte that was changed lets anybody in, and nothing traps. */
import { createHmac, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { SeededRandom } from '../../host/testing/seeded-random.ts'
import { createTestHost, type TestHost, type UpstreamRequest } from '../../host/testing/index.ts'
import { shareOf } from '../support/counts.ts'

const WASM = 'filters/dist/oidc.wasm'
const SECRET = randomBytes(32)
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const START = Date.UTC(2026, 0, 1)

const config = {
  providers: [
    {
      issuer: 'https://idp.test',
      authorization_endpoint: 'https://idp.test/authorize',
      token_endpoint: { uri: 'https://idp.test/token', cluster: 'idp' },
      local_jwks: { inline_string: JSON.stringify({ keys: [{ kty: 'oct', k: SECRET.toString('base64url') }] }) },
      credentials: { client_id: 'shop', hmac_secret: 'k-cookies-0123456789' },
      redirect_uri: 'https://%REQ(:authority)%/callback',
      claim_to_headers: [{ header_name: 'x-user', claim_name: 'sub' }],
    },
  ],
}

/** A host whose provider gives tokens with the nonce that was asked for. */
class Shop {
  nonce = ''
  tokenCalls = 0
  readonly host: TestHost = createTestHost({
    filters: [{ wasm: WASM, config }],
    clusters: { up: 'upstream', idp: 'upstream' },
    startTime: START,
    upstream: (request) => this.#answer(request),
  })

  #answer({ cluster }: UpstreamRequest): { body: string } {
    if (cluster !== 'idp') return { body: 'app' }
    this.tokenCalls++
    const claims = { iss: 'https://idp.test', aud: 'shop', sub: 'alice', exp: START / 1000 + 3600, nonce: this.nonce }
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ alg: 'HS256' })}.${part(claims)}`
    const token = `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`
    return { body: JSON.stringify({ access_token: 'a', token_type: 'Bearer', expires_in: 3600, id_token: token }) }
  }

  /** Begins a login: its state and the cookie that holds it. */
  async begin(): Promise<{ state: string; cookie: string }> {
    const { headers } = await this.host.request({ path: '/' })
    const location = new URL(headers.find(([name]) => name === 'location')![1])
    this.nonce = location.searchParams.get('nonce')!
    return { state: location.searchParams.get('state')!, cookie: cookieIn(headers) }
  }

  async logIn(): Promise<string> {
    const { state, cookie } = await this.begin()
    const { headers } = await this.host.request({ path: `/callback?code=c&state=${state}`, headers: { cookie } })
    return cookieIn(headers)
  }

  async statusOf(path: string, cookie: string): Promise<number> {
    return (await this.host.request({ path, headers: { cookie } })).status
  }
}

function cookieIn(headers: readonly (readonly [string, string])[]): string {
  return headers.find(([name]) => name === 'set-cookie')![1].split(';')[0]!
}

/** Each letter of the value in turn is another one. */
function* spoiled(cookie: string, dice: SeededRandom): Generator<string> {
  for (let at = cookie.indexOf('=') + 1; at < cookie.length; at++) {
    const others = [...LETTERS].filter((letter) => letter !== cookie[at])
    const letter = others[Math.floor(dice.fraction() * others.length)]!
    yield cookie.slice(0, at) + letter + cookie.slice(at + 1)
  }
}

it('knows no session with any letter of it changed, taken away or doubled', async () => {
  const shop = new Shop()
  const cookie = await shop.logIn()
  expect(await shop.statusOf('/', cookie)).toBe(200)
  for (const bad of spoiled(cookie, new SeededRandom(1))) expect(await shop.statusOf('/', bad), bad).toBe(302)
  for (let at = cookie.indexOf('=') + 1; at < cookie.length; at++) {
    expect(await shop.statusOf('/', cookie.slice(0, at) + cookie.slice(at + 1)), `without ${at}`).toBe(302)
    expect(await shop.statusOf('/', cookie.slice(0, at)), `cut at ${at}`).toBe(302)
    expect(await shop.statusOf('/', cookie.slice(0, at) + cookie[at]! + cookie.slice(at)), `doubled at ${at}`).toBe(302)
  }
  expect(shop.host.traps()).toEqual([])
})

it('takes no callback with any letter of its login or state changed', async () => {
  const shop = new Shop()
  const { state, cookie } = await shop.begin()
  const path = `/callback?code=c&state=${state}`
  for (const bad of spoiled(cookie, new SeededRandom(2))) expect(await shop.statusOf(path, bad), bad).toBe(401)
  for (const bad of spoiled(`=${state}`, new SeededRandom(3))) {
    expect(await shop.statusOf(`/callback?code=c&state${bad}`, cookie), bad).toBe(401)
  }
  expect(shop.tokenCalls).toBe(0)
  expect(await shop.statusOf(path, cookie)).toBe(302)
  expect([shop.tokenCalls, shop.host.traps()]).toEqual([1, []])
})

it('bears cookies and callbacks of any bytes', async () => {
  const shop = new Shop()
  const session = await shop.logIn()
  const { state, cookie } = await shop.begin()
  const calls = shop.tokenCalls
  const dice = new SeededRandom(4)
  const pieces = [
    session,
    cookie,
    '__Host-oidc.0=',
    '__Host-oidc.1=',
    '__Host-oidc.login-',
    state.slice(0, 8),
    '=',
    '; ',
    '1.',
    '4.',
    '9.',
    'A',
    '"',
    '%00',
    '\xff',
    '.',
    '~',
  ]
  for (let run = 0; run < shareOf(20_000); run++) {
    const text = (count: number): string =>
      Array.from({ length: Math.ceil(dice.fraction() * count) }, () => pieces[Math.floor(dice.fraction() * pieces.length)]!).join(
        '',
      )
    // A whole cookie that stands by itself is a good one.
    const shown = text(6).replaceAll(session, session.slice(0, -1)).replaceAll(cookie, cookie.slice(0, -1))
    const path = run % 2 === 0 ? '/' : `/callback?code=c&state=${encodeURIComponent(text(2))}&iss=${encodeURIComponent(text(1))}`
    expect([302, 401], shown).toContain(await shop.statusOf(path, shown))
  }
  expect([shop.tokenCalls, shop.host.traps()]).toEqual([calls, []])
})
