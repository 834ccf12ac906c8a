/** Mutated sets of keys (JWKS) beside the npm package `jose`: none traps, and no token passes with one that does not pass there. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { JwsGuest } from '../../filters/support/jws-guest.ts'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'
import { mutatedBytes } from './mutated-bytes.ts'
import { mutatedJwk } from './mutated-jwk.ts'

/** Mutations of all sets; those of single keys are the others. */
const MUTATIONS = shareOf(100_000)

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')

function keyOf({ publicKey }: Pair, members: object): Buffer {
  return Buffer.from(JSON.stringify({ ...publicKey.export({ format: 'jwk' }), ...members }))
}

const KEYS = [
  keyOf(rsa, { kid: 'r', alg: 'RS256', use: 'sig' }),
  keyOf(rsa, { kid: 'r', use: 'enc' }),
  keyOf(rsa, { alg: 'PS256' }),
  keyOf(p256, { kid: 'e', alg: 'ES256', key_ops: ['verify'] }),
  keyOf(p256, { kid: 'r' }),
  keyOf(ed25519, { kid: 'o', alg: 'EdDSA' }),
  keyOf(ed25519, { kid: 'e' }),
]

const encode = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')

function token({ privateKey }: Pair, header: { readonly alg: string; readonly kid?: string }): string {
  const input = `${encode(header)}.${encode({ sub: 'a' })}`
  const hash = header.alg === 'EdDSA' ? null : 'sha256'
  return `${input}.${sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const TOKENS = [
  token(rsa, { alg: 'RS256', kid: 'r' }),
  token(rsa, { alg: 'RS256' }),
  token(p256, { alg: 'ES256', kid: 'e' }),
  token(p256, { alg: 'ES256' }),
  token(ed25519, { alg: 'EdDSA', kid: 'o' }),
  token(ed25519, { alg: 'EdDSA' }),
]

/** Some keys, each mutated now and then, in a document that is mutated now and then. */
function mutatedSet(dice: Dice): Buffer {
  const keys = Array.from({ length: 1 + dice.roll(4) }, () => {
    const key = dice.pick(KEYS)
    return dice.roll(2) === 0 ? mutatedJwk(key, dice.pick(KEYS), dice) : key
  })
  const document = Buffer.from(`{"keys":[${keys.map(String).join()}]}`)
  return dice.roll(2) === 0 ? mutatedBytes(document, document, dice) : document
}

/** Whether a key of the set verifies; `jose` leaves the choice among several that fit to its caller. */
async function passesJose(jws: string, set: Buffer): Promise<boolean> {
  try {
    await compactVerify(jws, createLocalJWKSet(setFor(jws, set)))
    return true
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return false
    for await (const key of error) {
      if (await compactVerify(jws, key).then(...YES_OR_NO)) return true
    }
    return false
  }
}

const YES_OR_NO = [(): boolean => true, (): boolean => false] as const

function seen(key: JWK): JWK {
  return Object.fromEntries(Object.entries(key).filter(([name]) => name !== 'ext' && name !== 'd')) as JWK
}

/**
 * As Envoy, and unlike `jose`, we take a key without name for one that may have any, and look at nothing but what a public key has
 * (RFC 7517 4): `ext`, which is of WebCrypto, and private members mean nothing.
 */
function setFor(jws: string, set: Buffer): JSONWebKeySet {
  const { kid } = JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString()) as { readonly kid?: string }
  const { keys, ...rest } = JSON.parse(set.toString()) as JSONWebKeySet
  return { ...rest, keys: keys.map(seen).map((key) => (kid === undefined || key.kid ? key : { ...key, kid })) }
}

test('mutated sets let no token pass that jose refuses', { timeout: 600_000 }, async () => {
  const guest = new JwsGuest()
  const dice = new Dice(13)
  let passed = 0
  for (let i = 0; i < MUTATIONS; i++) {
    const [set, jws] = [mutatedSet(dice), dice.pick(TOKENS)]
    if (guest.refusal(jws, set) !== '') continue
    passed++
    if (!(await passesJose(jws, set))) throw new Error(`passes: ${jws} with ${set.toString('latin1')}`)
  }
  expect(passed).toBeGreaterThan(MUTATIONS / 20)
})
