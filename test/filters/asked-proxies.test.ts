/** Which signatures jwt-authn has verified by the proxy, and what becomes of them when the proxy cannot. */
import { constants, generateKeyPairSync, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'

const wasm = join(import.meta.dirname, '../../filters/dist/jwt-authn.wasm')
/** Statuses of hostcalls. */
const [NOT_FOUND, INTERNAL_FAILURE] = [1, 10]
const HOLDS = Buffer.of(8, 1)

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curves = ['P-256', 'P-384', 'P-521'].map((namedCurve) => generateKeyPairSync('ec', { namedCurve }))
const ed = generateKeyPairSync('ed25519')
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

interface Signer {
  readonly alg: string
  readonly publicKey: KeyObject
  readonly key: KeyObject | SignKeyObjectInput
}

const ASKED: readonly Signer[] = [
  ...['256', '384', '512'].map((bits) => ({ alg: `RS${bits}`, publicKey: rsa.publicKey, key: rsa.privateKey })),
  ...curves.map(({ publicKey, privateKey }, i) => ({
    alg: `ES${['256', '384', '512'][i]}`,
    publicKey,
    key: { key: privateKey, dsaEncoding: 'ieee-p1363' as const },
  })),
]
const NOT_ASKED: readonly Signer[] = [
  { alg: 'PS256', publicKey: rsa.publicKey, key: { key: rsa.privateKey, ...PSS } },
  { alg: 'EdDSA', publicKey: ed.publicKey, key: ed.privateKey },
]
const ALL = [...ASKED, ...NOT_ASKED]

const keys = ALL.map(({ alg, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), alg, kid: alg }))
const config = {
  providers: { idp: { issuer: 'https://idp.test', local_jwks: { inline_string: JSON.stringify({ keys }) } } },
  rules: [{ requires: { provider_name: 'idp' } }],
}

function mint({ alg, key }: Signer, isSpoilt = false): string {
  const parts = [
    { alg, kid: alg },
    { iss: 'https://idp.test', sub: 'alice' },
  ]
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign(alg === 'EdDSA' ? null : `sha${alg.slice(2)}`, Buffer.from(input), key)
  if (isSpoilt) signature[20]! ^= 1
  return `${input}.${signature.toString('base64url')}`
}

let host: TestHost
let asked = 0

afterEach(() => host.close())

/** A proxy that answers so whenever it is asked; by default as the host does. */
function proxy(answer?: number | Uint8Array): void {
  asked = 0
  const verify = (): number | Uint8Array => {
    asked++
    return answer ?? NOT_FOUND
  }
  host = createTestHost({
    filters: [{ wasm, config }],
    foreignFunctions: answer === undefined ? {} : { verify_signature: verify },
  })
}

async function statusOf(token: string): Promise<number> {
  return (await host.request({ headers: { authorization: `Bearer ${token}` } })).status
}

describe('a proxy that can verify', () => {
  it.each(ALL)('lets $alg in only when it is good', async (signer) => {
    proxy()
    expect([await statusOf(mint(signer)), await statusOf(mint(signer, true))]).toEqual([200, 401])
  })

  it.each(ASKED)('is asked for $alg, and its word counts', async (signer) => {
    proxy(HOLDS)
    expect([await statusOf(mint(signer, true)), asked]).toEqual([200, 1])
    host.close()
    proxy(Buffer.alloc(0))
    expect([await statusOf(mint(signer)), asked]).toEqual([401, 1])
  })

  it.each(NOT_ASKED)('is not asked for $alg, which Envoy does not know', async (signer) => {
    proxy(HOLDS)
    expect([await statusOf(mint(signer)), await statusOf(mint(signer, true)), asked]).toEqual([200, 401, 0])
  })
})

describe('a proxy that cannot verify', () => {
  it.each([
    ['has no such function', NOT_FOUND],
    ['fails', INTERNAL_FAILURE],
  ])('and %s is asked once for each key, and no more', async (_, status) => {
    proxy(status)
    for (const signer of ALL) {
      expect([signer.alg, await statusOf(mint(signer)), await statusOf(mint(signer, true))]).toEqual([signer.alg, 200, 401])
    }
    expect(asked).toBe(ASKED.length)
  })
})
