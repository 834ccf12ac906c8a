/** `hmac-auth` with signatures made at run time: by the npm package `http-message-signatures`, and by the clock of the sockets. */
import { constants, createHmac, createSecretKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigner, httpbis, type Algorithm, type SigningKey } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadTable } from '../../host/testing/cases/load-table.ts'
import { SeededRandom } from '../../host/testing/seeded-random.ts'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'
import { describeTables } from '../cases/describe.ts'
import { allJudges } from '../cases/judges/all.ts'
import { shareOf } from '../support/counts.ts'

const WASM = 'filters/dist/hmac-auth.wasm'
/** Where the harness's clock begins. */
const START = Date.UTC(2026, 0, 1)
const RUNS = shareOf(400)

interface TestKey {
  readonly alg: Algorithm
  readonly signing: KeyObject
  /** `secret` or `public_key` of the filter's configuration. */
  readonly config: object
}

function pair({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }, alg: Algorithm): TestKey {
  return { alg, signing: privateKey, config: { public_key: publicKey.export({ format: 'pem', type: 'spki' }) as string } }
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEYS: readonly TestKey[] = [
  { alg: 'hmac-sha256', signing: createSecretKey('k-0123456789', 'utf8'), config: { secret: 'k-0123456789' } },
  pair(generateKeyPairSync('ed25519'), 'ed25519'),
  pair(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ecdsa-p256-sha256'),
  pair(generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'ecdsa-p384-sha384'),
  pair(rsa, 'rsa-pss-sha512'),
  pair(rsa, 'rsa-v1_5-sha256'),
]

const COMPONENTS = [
  '@method',
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
  'x-a',
  'x-list',
  'date',
]
const PATHS = ['/', '/a', '/a?b=c', '/a/b?c=d&e=%20f&g', '/%7euser?x=1+2']
const VALUES = ['', 'one', 'a, b', 'x="y"', 'padded']

function hostWith(key: TestKey): TestHost {
  const keys = [{ keyid: 'test', alg: key.alg, ...key.config }]
  return createTestHost({ filters: [{ wasm: WASM, config: { schemes: [{ rfc9421: { keys, required_components: [] } }] } }] })
}

/** The package's own signer of PSS takes the longest salt, RFC 9421 3.3.1 one of 64 bytes. */
function signerOf({ alg, signing }: TestKey): SigningKey {
  if (alg !== 'rsa-pss-sha512') return createSigner(signing, alg, 'test')
  const options = { key: signing, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
  return { id: 'test', alg, sign: (data) => Promise.resolve(sign('sha512', data, options)) }
}

interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: [string, string][]
}

/** A request by dice, signed over components by dice. */
async function signedRequest(key: TestKey, dice: SeededRandom): Promise<SignedRequest> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice.fraction() * list.length)]!
  const path = pick(PATHS)
  const headers = { 'x-a': pick(VALUES), 'x-list': [pick(VALUES), pick(VALUES)], date: pick(VALUES) }
  const request = { method: pick(['GET', 'DELETE']), url: `http://case.test${path}`, headers }
  const fields = COMPONENTS.filter(() => dice.fraction() < 0.5)
  const signer = signerOf(key)
  const config = { key: signer, fields, paramValues: { created: new Date(START) }, params: ['created', 'keyid', 'alg'] }
  const signed = await httpbis.signMessage(config, request)
  const lines = Object.entries(signed.headers).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
  return { method: request.method, path, headers: [['host', 'case.test'], ...lines] }
}

/** One bit of the signature, or one letter of what it is about, is another. */
function spoiled(request: SignedRequest, dice: SeededRandom): SignedRequest {
  const headers = request.headers.map(([name, value]): [string, string] => {
    if (name.toLowerCase() !== 'signature') return [name, value]
    const start = value.indexOf(':') + 1
    const bytes = Buffer.from(value.slice(start, -1), 'base64')
    bytes[Math.floor(dice.fraction() * bytes.length)]! ^= 1 << Math.floor(dice.fraction() * 8)
    return [name, `${value.slice(0, start)}${bytes.toString('base64')}:`]
  })
  return { ...request, headers }
}

describe.each(KEYS.map((key) => [key.alg, key] as const))('signatures of %s by http-message-signatures', (_alg, key) => {
  it('pass as they are, and in no other form', async () => {
    const host = hostWith(key)
    const dice = new SeededRandom(9421)
    for (let run = 0; run < RUNS; run++) {
      const request = await signedRequest(key, dice)
      expect((await host.request(request)).status, JSON.stringify(request)).toBe(200)
      const bad = spoiled(request, dice)
      expect((await host.request(bad)).status, JSON.stringify(bad)).toBe(401)
    }
  })
})

it('knows a nonce in every worker', async () => {
  const rfc9421 = {
    keys: [{ keyid: 'k', alg: 'hmac-sha256', secret: 'k-0' }],
    required_components: [],
    reject_replay_nonce: true,
  }
  const host = createTestHost({ filters: [{ wasm: WASM, config: { schemes: [{ rfc9421 }] } }], workers: 3 })
  const input = `();created=${START / 1000};keyid="k";nonce="n"`
  const headers: [string, string][] = [
    ['signature-input', `a=${input}`],
    ['signature', `a=:${macOf('k-0', `"@signature-params": ${input}`)}:`],
  ]
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) statuses.push((await host.request({ headers })).status)
  expect(statuses).toEqual([200, 401, 401, 401, 401, 401])
})

function macOf(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64')
}

/** What depends on the time, by the clock that host and Envoy have. */
const now = Math.floor(Date.now() / 1000)

function messageAt(seconds: number): [string, string][] {
  const input = `("@method");created=${seconds};keyid="k1"`
  return [
    ['signature-input', `a=${input}`],
    ['signature', `a=:${macOf('mac-secret', `"@method": GET\n"@signature-params": ${input}`)}:`],
  ]
}

function webhookAt(seconds: number): [string, string][] {
  return [
    ['webhook-id', 'msg_1'],
    ['webhook-timestamp', String(seconds)],
    ['webhook-signature', `v1,${macOf('hook-secret', `msg_1.${seconds}.`)}`],
  ]
}

function hmacAt(seconds: number): [string, string][] {
  const date = new Date(seconds * 1000).toUTCString()
  const parameters = `username="alice", algorithm="hmac-sha256", headers="date", signature="${macOf('alice-secret', `date: ${date}`)}"`
  return [
    ['date', date],
    ['authorization', `hmac ${parameters}`],
  ]
}

const GOOD = { status: 200 }
const OLD = { status: 401, details: 'hmac_auth_signature_expired', upstream: 'none' }
const MINTED = {
  filter: 'hmac-auth',
  secrets: ['mac-secret', 'hook-secret', 'alice-secret'],
  defaults: {
    config: {
      schemes: [
        { rfc9421: { keys: [{ keyid: 'k1', alg: 'hmac-sha256', secret: 'mac-secret' }], required_components: ['@method'] } },
        { webhook: { preset: 'standard', secrets: ['hook-secret'] } },
        { hmac_authorization: { users: [{ username: 'alice', secret: 'alice-secret' }] } },
      ],
    },
  },
  cases: [messageAt, webhookAt, hmacAt].map((at, index) => ({
    id: `HM-T${index + 1}`,
    title: 'A signature is good for as long as its time is near',
    steps: [
      { request: { headers: at(now), expect: GOOD } },
      { request: { headers: at(now - 100), expect: GOOD } },
      { request: { headers: at(now - 400), expect: OLD } },
      { request: { headers: at(now + 3600), expect: index === 0 ? { ...OLD, details: 'hmac_auth_created_in_future' } : OLD } },
    ],
  })),
}

const file = join(mkdtempSync(join(tmpdir(), 'sluice-minted-')), 'cases.yaml')
writeFileSync(file, stringify(MINTED))
const sockets = allJudges().filter(({ name }) => name === 'host' || name === 'envoy')
describeTables([loadTable(file)], sockets)
