/** The JOSE of the filters beside the npm package `jose`: of mutated tokens none passes that it refuses. */
import { compactVerify, exportJWK, generateKeyPair, generateSecret, CompactSign, type CryptoKey, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { Dice } from '../fuzz/http1/messages.ts'
import { shareOf } from '../support/counts.ts'
import { JwsGuest } from './support/jws-guest.ts'

const PUBLIC = ['RS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA']
const SECRET = ['HS256', 'HS512']
const TOKENS = shareOf(1_000_000)
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** What we refuse although `jose` does not: its reader of JSON and of base64url forgives more. */
const STRICTER = new Set([
  'Jwt header is an invalid Base64url encoded',
  'Jwt payload is an invalid Base64url encoded',
  'Jwt signature is an invalid Base64url encoded',
  'Jwt header is an invalid JSON',
  'Jwt header [typ] is not supported',
  'Jwt header [kid] field is not a string',
  'Jwt header [crit] is not supported',
  'Jwt header [b64] is not supported',
])

interface Key {
  readonly alg: string
  readonly signing: CryptoKey
  readonly verifying: CryptoKey
  readonly jwk: JWK
}

async function makeKey(alg: string): Promise<Key> {
  if (alg.startsWith('HS')) {
    const secret = (await generateSecret(alg, { extractable: true })) as CryptoKey
    return { alg, signing: secret, verifying: secret, jwk: { ...(await exportJWK(secret)), alg, kid: alg } }
  }
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, signing: privateKey, verifying: publicKey, jwk: { ...(await exportJWK(publicKey)), alg, kid: alg } }
}

function sign({ signing, alg }: Key, payload: string): Promise<string> {
  return new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg, kid: alg }).sign(signing)
}

const encode = (text: string): string => Buffer.from(text).toString('base64url')

/** Headers that say another thing than the signature. */
const HEADERS = [...PUBLIC, ...SECRET, 'none', 'RS512', 'rs256', ''].flatMap((alg) => [
  encode(JSON.stringify({ alg })),
  encode(JSON.stringify({ alg, kid: 'RS256' })),
  encode(JSON.stringify({ alg, kid: 'ES256', crit: ['b64'], b64: false })),
  encode(`{"alg":"none","alg":"${alg}","kid":"${alg}"}`),
  encode(JSON.stringify({ alg, kid: alg, jwk: { kty: 'oct', k: 'AAAA' }, typ: 'JWT' })),
])

/** One change, or none. */
function mutate(token: string, others: readonly string[], dice: Dice): string {
  const parts = token.split('.')
  const part = dice.roll(parts.length)
  const at = dice.roll(token.length)
  switch (dice.roll(9)) {
    case 0:
      return token.slice(0, at) + dice.pick([...DIGITS]) + token.slice(at + 1)
    case 1:
      return token.slice(0, at) + token.slice(at + 1)
    case 2:
      return token.slice(0, at) + dice.text(`${DIGITS}=.+/ \n`, 3) + token.slice(at)
    case 3:
      return parts.with(part, dice.pick(others).split('.')[part]!).join('.')
    case 4:
      return parts.with(0, dice.pick(HEADERS)).join('.')
    case 5:
      return parts.with(part, parts[part]! + dice.pick(['=', '==', 'A', 'AA', '\u0000', ' '])).join('.')
    case 6:
      return parts.with(2, '').join('.')
    case 7:
      return `${token.slice(0, -1)}${dice.pick([...DIGITS])}`
    default:
      return token
  }
}

/** Whether `jose` takes it with the key that the header names, or else with the one of its algorithm. */
async function passesJose(token: string, keys: ReadonlyMap<string, Key>): Promise<boolean> {
  const verdict = compactVerify(token, ({ kid, alg }) => {
    const key = keys.get(typeof kid === 'string' && kid !== '' ? kid : alg)
    if (key === undefined || key.alg !== alg) throw new Error('no such key')
    return key.verifying
  })
  return verdict.then(
    () => true,
    () => false,
  )
}

describe.each([
  ['public keys', PUBLIC],
  ['secrets', SECRET],
])('mutated tokens, %s', (_, algorithms) => {
  it('pass only where jose lets them pass', { timeout: 3_600_000 }, async () => {
    const all = await Promise.all(algorithms.map(makeKey))
    const keys = new Map(all.map((key) => [key.alg, key]))
    const tokens = await Promise.all(all.flatMap((key) => ['{"sub":"a"}', 'x', '{}'].map((payload) => sign(key, payload))))
    const guest = new JwsGuest()
    guest.refusal('', { keys: all.map(({ jwk }) => jwk) })
    const dice = new Dice(7)
    const wrong: string[] = []
    let passed = 0
    for (let i = 0; i < TOKENS / 2; i++) {
      const token = mutate(dice.pick(tokens), tokens, dice)
      const refusal = guest.refusal(token)
      const theirs = await passesJose(token, keys)
      if (refusal === '') passed++
      if (refusal === '' ? !theirs : theirs && !STRICTER.has(refusal)) wrong.push(`${token}: ${refusal}, jose ${theirs}`)
    }
    expect(wrong).toEqual([])
    expect(passed).toBeGreaterThan(TOKENS / 40)
  })
})
