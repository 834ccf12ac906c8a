/** Keys as JSON Web Keys and as PEM, beside node:crypto; what is almost one is none. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, it } from 'vitest'
import { cryptoGuest, noise, type Inputs } from './support/crypto-guest.ts'

const guest = await cryptoGuest('signatures')
const message = noise(50, 1)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })

interface Kind {
  readonly call: string
  readonly publicKey: KeyObject
  readonly inputs: Inputs
}

/** A way to verify, with a signature that holds. */
function kind(call: string, pair: { publicKey: KeyObject; privateKey: KeyObject }, curve = ''): Kind {
  const hash = call === 'eddsa' ? null : 'sha256'
  const signature = sign(hash, message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  return { call, publicKey: pair.publicKey, inputs: { hash: 'sha256', message, signature, curve } }
}

const KINDS: [string, Kind][] = [
  ['RSA', kind('rsa-pkcs1', rsa)],
  ['P-256', kind('ecdsa', p256, 'P-256')],
  ['P-384', kind('ecdsa', p384, 'P-384')],
  ['P-521', kind('ecdsa', p521, 'P-521')],
  ['Ed25519', kind('eddsa', ed25519)],
]

function ofJwk({ call, inputs }: Kind, jwk: unknown): string {
  return guest.call(call, { ...inputs, jwk: Buffer.from(typeof jwk === 'string' ? jwk : JSON.stringify(jwk)) })
}

function ofPem({ call, inputs }: Kind, pem: string): string {
  return guest.call(call, { ...inputs, pem: Buffer.from(pem) })
}

describe.each(KINDS)('a JSON Web Key of %s', (name, it_) => {
  const jwk: Record<string, unknown> = { ...it_.publicKey.export({ format: 'jwk' }) }
  const members = ['kty', 'crv', 'n', 'e', 'x', 'y'].filter((member) => member in jwk)

  it('verifies', () => {
    expect(ofJwk(it_, jwk)).toBe('1')
    expect(ofJwk(it_, { ...jwk, kid: '1', use: 'sig', alg: 'any', key_ops: ['verify'], x5c: [{}], ext: true })).toBe('1')
  })

  it('needs each of its members', () => {
    for (const member of members) {
      expect(ofJwk(it_, { ...jwk, [member]: undefined })).toBe('no key')
      for (const wrong of ['', null, 1, true, ['a'], {}]) expect(ofJwk(it_, { ...jwk, [member]: wrong })).toBe('no key')
    }
  })

  it('has the thumbprint that jose computes', async () => {
    const written = { use: 'sig', ...jwk, kid: 'a' }
    expect(ofJwk({ ...it_, call: 'thumbprint' }, written)).toBe(await calculateJwkThumbprint(jwk))
  })

  it('is strict about base64url', () => {
    for (const member of members.filter((each) => each !== 'kty' && each !== 'crv')) {
      const text = String(jwk[member])
      for (const wrong of [
        `${text}=`,
        `${text}A`,
        `${text}AA`,
        `${text} `,
        `A${text}`,
        `AAAA${text}`,
        text.slice(1),
        `+${text.slice(1)}`,
      ]) {
        expect(ofJwk(it_, { ...jwk, [member]: wrong })).not.toBe('1')
      }
    }
  })

  it('is of no other kind', () => {
    for (const [other, its] of KINDS) if (other !== name) expect(ofJwk(its, jwk)).toBe('no key')
    for (const kty of ['rsa', 'RSA ', 'EC2', 'oct', 'OCT']) expect(ofJwk(it_, { ...jwk, kty })).toBe('no key')
  })
})

describe('a JSON Web Key', () => {
  const described = (jwk: unknown): string =>
    guest.call('jwk', { jwk: Buffer.from(typeof jwk === 'string' ? jwk : JSON.stringify(jwk)) })

  it('tells its members', () => {
    const jwk = { kty: 'oct', kid: 'a"b', use: 'sig', alg: 'HS256', key_ops: ['sign', 'verify'], k: 'AAEC' }
    expect(described(jwk)).toBe('oct a"b sig HS256  ["sign","verify"] 000102')
    expect(described({ kty: 'RSA', k: 'AAEC' })).toBe('RSA      no secret')
    expect(described({ kty: 'oct', k: 'AAEC=' })).toBe('oct      no secret')
    expect(described({})).toBe('      no secret')
  })

  it.each([
    '',
    '[]',
    '"a"',
    '{',
    '{}{}',
    '{"kty":"oct","kty":"oct"}',
    '{"use":1}',
    '{"alg":null}',
    '{"kid":["a"]}',
    '{"key_ops":}',
  ])('is none: %s', (text) => {
    expect(described(text)).toBe('no key')
  })
})

describe.each(KINDS)('PEM of %s', (_, it_) => {
  const pem = it_.publicKey.export({ format: 'pem', type: 'spki' }).toString()

  it('verifies, with any line ends', () => {
    expect(ofPem(it_, pem)).toBe('1')
    expect(ofPem(it_, pem.trim())).toBe('1')
    expect(ofPem(it_, `\n  ${pem.replaceAll('\n', '\r\n')}\n`)).toBe('1')
  })

  it.each([
    ['another label', pem.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
    ['two labels', pem.replace('END PUBLIC', 'END RSA PUBLIC')],
    ['two blocks', pem + pem],
    ['text before', `key: ${pem}`],
    ['text behind', `${pem}.`],
    ['no end', pem.slice(0, -20)],
    ['headers', pem.replace('\n', '\nProc-Type: 4\n\n')],
    ['no content', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----'],
    ['one line for both', '-----BEGIN PUBLIC KEY-----END PUBLIC KEY-----'],
    ['a character that is none of base64', pem.replace('\nM', '\n*')],
    [
      'no padding that is needed, or one too much',
      pem.includes('=') ? pem.replaceAll('=', '') : pem.replace('\n-----END', '=\n-----END'),
    ],
  ])('is none with %s', (__, text) => {
    expect(ofPem(it_, text)).toBe('no key')
  })
})

/** RFC 7638 3.1, and the key of RFC 9449 whose tokens name `0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I` (6.1). */
describe('thumbprints', () => {
  const none = KINDS[0]![1]
  const modulus =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const ofRfc9449 = {
    kty: 'EC',
    x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
    y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    crv: 'P-256',
  }

  it.each([
    ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', { kty: 'RSA', n: modulus, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }],
    ['0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I', ofRfc9449],
    ['none', { kty: 'oct', k: 'AAAA' }],
  ])('%s', (thumbprint, jwk) => {
    expect(ofJwk({ ...none, call: 'thumbprint' }, jwk)).toBe(thumbprint)
  })
})
