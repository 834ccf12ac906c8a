/** What strangers make the filters of tokens work for one request: no head of 60 KiB uses up a callback, or floods an issuer. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'

const endpoint = { uri: 'https://idp.test/', cluster: 'idp' }
const required = [{ match: {}, requires: { provider_name: 'idp' } }]
const optional = [{ match: {}, requires: { allow_missing: {} } }]

/** A host whose issuer answers calls so. */
function hostOf(filter: string, source: object, rules: object[], answer = ''): TestHost & { calls: number } {
  const host = createTestHost({
    filters: [
      { wasm: `filters/dist/${filter}.wasm`, config: { providers: { idp: { issuer: 'https://idp.test', ...source } }, rules } },
    ],
    clusters: { up: 'upstream', idp: 'upstream' },
    upstream: ({ isCallout }) => {
      if (isCallout) counted.calls++
      return { body: isCallout ? answer : 'up' }
    },
  })
  const counted = Object.assign(host, { calls: 0 })
  return counted
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function keySet(count: number, namedCurve = 'P-521'): string {
  const key = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' })
  return JSON.stringify({ keys: Array.from({ length: count }, () => key) })
}

/** With a signature that could be one: both numbers are below the order. */
function badToken(): string {
  const signature = randomBytes(132)
  signature[0] = signature[66] = 0
  return `${part({ alg: 'ES512' })}.${part({ iss: 'https://idp.test' })}.${signature.toString('base64url')}`
}

function query(count: number, value: (at: number) => string): { path: string } {
  return { path: `/?${Array.from({ length: count }, (_, at) => `access_token=${value(at)}`).join('&')}` }
}

it('reads parameters without values in a time that their number alone decides', async () => {
  const host = hostOf('jwt-authn', { local_jwks: { inline_string: keySet(1) } }, required)
  const { status } = await host.request({ path: `/?${'&a'.repeat(30_000)}` })
  expect([status, host.traps()]).toEqual([401, []])
})

it.each([
  ['tokens', badToken],
  [
    'times one token',
    (
      (token) => () =>
        token
    )(badToken()),
  ],
])('verifies no more signatures than one request may cost: 150 %s', async (_, token) => {
  const host = hostOf('jwt-authn', { local_jwks: { inline_string: keySet(4) } }, optional)
  const { status } = await host.request(query(150, token))
  expect([status, host.traps()]).toEqual([401, []])
})

it('tells no more tokens apart than one request may have', async () => {
  const host = hostOf('jwt-authn', { local_jwks: { inline_string: keySet(1) }, from_params: ['t'] }, optional)
  const { status } = await host.request({ path: `/?${Array.from({ length: 9000 }, (_, at) => `t=${at + 1000}`).join('&')}` })
  expect([status, host.traps()]).toEqual([401, []])
})

it('lets a request wait for keys in few places, however many tokens it has', async () => {
  const host = hostOf('jwt-authn', { remote_jwks: { http_uri: endpoint } }, required, keySet(1))
  const { body } = await host.request(
    query(600, (at) => `${part({ alg: 'ES512' })}.${part({ iss: 'https://idp.test' })}.${at + 1000}`),
  )
  expect(String(body)).toBe('Tokens are too many')
})

it('asks about no more tokens than one request may cost, and refuses it', async () => {
  const introspection = { http_uri: endpoint, client_id: 'a', client_secret: 'b' }
  const host = hostOf('token-introspection', { introspection }, optional, '{"active":true,"iss":"https://idp.test"}')
  const { status, body } = await host.request(query(3000, String))
  expect([status, String(body), host.calls, host.traps()]).toEqual([401, 'Tokens are too many', 16, []])
})

it('asks no more about good tokens because strangers make up others', async () => {
  const introspection = { http_uri: endpoint, client_id: 'a', client_secret: 'b' }
  const host = createTestHost({
    filters: [
      { wasm: 'filters/dist/token-introspection.wasm', config: { providers: { idp: { introspection } }, rules: required } },
    ],
    clusters: { up: 'upstream', idp: 'upstream' },
    upstream: ({ isCallout, body }) => ({ body: isCallout ? `{"active":${String(body).endsWith('=good')}}` : 'up' }),
  })
  const ask = (token: string) => host.request({ path: '/', headers: { authorization: `Bearer ${token}` } })
  expect((await ask('good')).status).toBe(200)
  for (let i = 0; i < 200; i++) expect((await ask(`bad-${i}`)).status).toBe(401)
  expect((await ask('good')).status).toBe(200)
  expect(host.metrics()['token_introspection.introspection_success']).toBe(201)
})

it('makes no keys of a set that has too many', async () => {
  const host = hostOf('jwt-authn', { remote_jwks: { http_uri: endpoint } }, required, keySet(3000, 'P-256'))
  const { status, body } = await host.request({ path: '/', headers: { authorization: `Bearer ${badToken()}` } })
  expect([status, String(body), host.traps()]).toEqual([401, 'Jwks remote fetch is failed', []])
})
