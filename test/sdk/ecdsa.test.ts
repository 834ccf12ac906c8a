/** Signatures of ECDSA of the SDK beside node:crypto. */
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest, noise, type Inputs } from './support/crypto-guest.ts'

const HASHES = ['sha1', 'sha256', 'sha384', 'sha512'] as const
const guest = await cryptoGuest('signatures')

describe.each([
  ['P-256', 'prime256v1', 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  ['P-384', 'secp384r1', 48, 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n],
  [
    'P-521',
    'secp521r1',
    66,
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ],
])('ECDSA on %s', (curve, opensslName, bytes, order) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
  const coordinates = coordinatesOf(publicKey)
  const message = noise(60, bytes)
  const signature = signed(message, 'sha256', privateKey)

  function call(inputs: Inputs, name = 'ecdsa'): string {
    return guest.call(name, { curve, hash: 'sha256', message, signature, ...coordinates, ...inputs })
  }

  it.each(HASHES)('holds what node:crypto signed with %s', (hash) => {
    for (let i = 0; i < shareOf(400); i++) {
      const key = generateKeyPairSync('ec', { namedCurve: curve })
      const inputs = { hash, message: noise(i * 7, i), ...coordinatesOf(key.publicKey) }
      const good = signed(inputs.message, hash, key.privateKey)
      expect(call({ ...inputs, signature: good })).toBe('1')
      expect(call({ ...inputs, signature: flipped(good, i * 3) })).toBe('0')
      expect(call({ ...inputs, signature: good, message: Buffer.concat([inputs.message, Buffer.of(0)]) })).toBe('0')
    }
  })

  it('takes DER', () => {
    const der = sign('sha256', message, privateKey)
    expect(call({ signature: der }, 'ecdsa-der')).toBe('1')
    expect(call({ signature: flipped(der, der.length - 1) }, 'ecdsa-der')).toBe('0')
    expect(call({ signature: Buffer.concat([der, Buffer.of(0)]) }, 'ecdsa-der')).toBe('0')
    expect(call({ signature: der.subarray(0, -1) }, 'ecdsa-der')).toBe('0')
    expect(call({ signature }, 'ecdsa-der')).toBe('0')
    expect(call({ signature: der })).toBe('0')
  })

  it('takes r and s from 1 to the order', () => {
    const r = signature.subarray(0, bytes)
    const s = signature.subarray(bytes)
    expect(call({ signature: Buffer.concat([r, s]) })).toBe('1')
    for (const wrong of [0n, order, order + 1n]) {
      expect(call({ signature: Buffer.concat([bytesOf(wrong, bytes), s]) })).toBe('0')
      expect(call({ signature: Buffer.concat([r, bytesOf(wrong, bytes)]) })).toBe('0')
    }
    expect(call({ signature: Buffer.alloc(2 * bytes) })).toBe('0')
    expect(call({ signature: Buffer.alloc(2 * bytes, 0xff) })).toBe('0')
    // The other half of s is the same signature, for verifiers that do not ask for the lower one, as JOSE.
    const other = order - numberOf(s)
    expect(call({ signature: Buffer.concat([r, bytesOf(other, bytes)]) })).toBe('1')
  })

  it('inverts an s that is a power of two, or one less than the order, in the form that numbers are kept in', () => {
    const digits = Math.floor((8 * bytes) / 27) + 1
    const toForm = power(2n, BigInt(27 * digits), order)
    const fromForm = power(toForm, order - 2n, order)
    for (const kept of [1n, 2n, 1n << 26n, 1n << 27n, 1n << 28n, 1n << 54n, 3n << 135n, 1n << 250n, order - 1n]) {
      const s = (kept * fromForm) % order
      const forged = signedWith(s, curve, opensslName, order, bytes)
      expect(verify('sha256', forged.message, { key: forged.key, dsaEncoding: 'ieee-p1363' }, forged.signature)).toBe(true)
      const inputs = { ...coordinatesOf(forged.key), message: forged.message, signature: forged.signature }
      expect(call(inputs)).toBe('1')
      expect(call({ ...inputs, signature: flipped(forged.signature, 2 * bytes - 1) })).toBe('0')
    }
  })

  it('takes signatures of the right length', () => {
    const longer = Buffer.concat([Buffer.of(0), signature.subarray(0, bytes), Buffer.of(0), signature.subarray(bytes)])
    expect(call({ signature: longer })).toBe('0')
    expect(call({ signature: signature.subarray(0, -1) })).toBe('0')
    expect(call({ signature: Buffer.alloc(0) })).toBe('0')
  })

  it('takes points of the curve only', () => {
    const { x, y } = coordinates
    expect(call({ x: flipped(x, 5) })).toBe('no key')
    expect(call({ y: flipped(y, bytes - 1) })).toBe('no key')
    expect(call({ x: Buffer.alloc(bytes), y: Buffer.alloc(bytes) })).toBe('no key')
    expect(call({ x: Buffer.alloc(bytes, 0xff) })).toBe('no key')
    expect(call({ x: x.subarray(1) })).toBe('no key')
    expect(call({ y: Buffer.concat([Buffer.of(0), y]) })).toBe('no key')
  })

  it('takes a SubjectPublicKeyInfo of this curve, with the whole point', () => {
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    expect(call({ spki })).toBe('1')
    for (const other of ['P-256', 'P-384', 'P-521']) if (other !== curve) expect(call({ spki, curve: other })).toBe('no key')
    for (let i = 0; i < spki.length - 2 * bytes; i++) expect(call({ spki: flipped(spki, i) })).toBe('no key')
    for (let i = 1; i < spki.length; i++) expect(call({ spki: spki.subarray(0, i) })).toBe('no key')
    expect(call({ spki: Buffer.concat([spki, Buffer.of(0)]) })).toBe('no key')
    expect(call({ spki: spkiOfRsa() })).toBe('no key')
  })

  it('adds points that are equal, opposite and none, as with a key that is the generator', () => {
    for (const secret of [1n, 2n, 3n, order - 1n, order - 2n]) {
      const { x, y } = pointOf(opensslName, secret, bytes)
      const key = privateKeyOf(curve, secret, x, y, bytes)
      expect(createPublicKey(key).asymmetricKeyType).toBe('ec')
      for (let i = 0; i < 4; i++) {
        const text = noise(20, i)
        expect(call({ x, y, message: text, signature: signed(text, 'sha256', key) })).toBe('1')
        expect(call({ x, y, message: text })).toBe('0')
      }
    }
  })
})

function signed(message: Buffer, hash: string, key: KeyObject): Buffer {
  return sign(hash, message, { key, dsaEncoding: 'ieee-p1363' })
}

function coordinatesOf(key: KeyObject): { x: Buffer; y: Buffer } {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return { x: Buffer.from(x, 'base64url'), y: Buffer.from(y, 'base64url') }
}

function privateKeyOf(curve: string, secret: bigint, x: Buffer, y: Buffer, bytes: number): KeyObject {
  const d = bytesOf(secret, bytes)
  const text = (value: Buffer): string => value.toString('base64url')
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: curve, x: text(x), y: text(y), d: text(d) } })
}

interface Forged {
  readonly key: KeyObject
  readonly message: Buffer
  readonly signature: Buffer
}

/** A signature with a chosen s: of the nonce 12345, by the key that makes it hold. */
function signedWith(s: bigint, curve: string, opensslName: string, order: bigint, bytes: number): Forged {
  const message = noise(30, bytes)
  const nonce = 12345n
  const r = numberOf(pointOf(opensslName, nonce, bytes).x) % order
  const digest = numberOf(createHash('sha256').update(message).digest())
  const secret = ((((s * nonce - digest) * power(r, order - 2n, order)) % order) + order) % order
  const { x, y } = pointOf(opensslName, secret, bytes)
  const signature = Buffer.concat([bytesOf(r, bytes), bytesOf(s, bytes)])
  return { key: createPublicKey(privateKeyOf(curve, secret, x, y, bytes)), message, signature }
}

function pointOf(opensslName: string, secret: bigint, bytes: number): { x: Buffer; y: Buffer } {
  const ecdh = createECDH(opensslName)
  ecdh.setPrivateKey(bytesOf(secret, bytes))
  const point = ecdh.getPublicKey()
  return { x: point.subarray(1, 1 + bytes), y: point.subarray(1 + bytes) }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let bit = 1n << 1023n; bit; bit >>= 1n) {
    result = (result * result) % modulus
    if (exponent & bit) result = (result * base) % modulus
  }
  return result
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function bytesOf(number: bigint, bytes: number): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * bytes, '0'), 'hex')
}

function spkiOfRsa(): Buffer {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' })
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at % copy.length]! ^= 1
  return copy
}
