/** Signatures of Ed25519 of the SDK beside node:crypto, and encodings that are not the only ones. */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest, noise, type Inputs } from './support/crypto-guest.ts'

/** Order of the generator. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const P = 2n ** 255n - 19n
const SIGN = 1n << 255n

/** Encodings of the eight points whose order divides 8, and those of two of them with a sign that they have not. */
const EIGHTH = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n
const SMALL_ORDER = [1n, 0n, P - 1n, EIGHTH, P - EIGHTH].flatMap((y) => [bytesOf(y), bytesOf(y + SIGN)])

const guest = await cryptoGuest('signatures')
const pair = keyPair(noise(32, 0))
const message = noise(40, 1)
const signature = sign(null, message, pair.privateKey)

function call(inputs: Inputs): string {
  return guest.call('eddsa', { x: pair.x, message, signature, ...inputs })
}

describe('Ed25519', () => {
  it('holds what node:crypto signed', () => {
    for (let i = 0; i < shareOf(4000); i++) {
      const { privateKey, x } = keyPair(noise(32, i))
      const text = noise(i % 300, i)
      const good = sign(null, text, privateKey)
      expect(call({ x, message: text, signature: good })).toBe('1')
      expect(call({ x, message: text, signature: flipped(good, i) })).toBe('0')
      expect(call({ x, message: Buffer.concat([text, Buffer.of(0)]), signature: good })).toBe('0')
    }
  })

  it('takes signatures of 64 bytes', () => {
    expect(call({ signature: signature.subarray(0, 63) })).toBe('0')
    expect(call({ signature: Buffer.concat([signature, Buffer.of(0)]) })).toBe('0')
    expect(call({ signature: Buffer.alloc(0) })).toBe('0')
  })

  it('takes S below the order only', () => {
    const s = numberOf(signature.subarray(32))
    for (const wrong of [s + L, s + 8n * L, L, 2n ** 256n - 1n]) {
      expect(call({ signature: Buffer.concat([signature.subarray(0, 32), bytesOf(wrong)]) })).toBe('0')
    }
  })

  it('takes a SubjectPublicKeyInfo', () => {
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' })
    expect(call({ spki })).toBe('1')
    for (let i = 0; i < spki.length - 32; i++) expect(call({ spki: flipped(spki, i * 8) })).toBe('no key')
    for (let i = 1; i < spki.length; i++) expect(call({ spki: spki.subarray(0, i) })).toBe('no key')
    expect(call({ spki: Buffer.concat([spki, Buffer.of(0)]) })).toBe('no key')
  })

  it('takes keys that are points, in their only encoding', () => {
    expect(call({ x: pair.x.subarray(1) })).toBe('no key')
    expect(call({ x: Buffer.concat([pair.x, Buffer.of(0)]) })).toBe('no key')
    expect(call({ x: bytesOf(2n) })).toBe('no key')
    for (const y of [P, P + 1n, 2n ** 255n - 1n]) expect(call({ x: bytesOf(y) })).toBe('no key')
  })

  it('takes no keys of small order, for which node:crypto holds nothing either', () => {
    const forgeries = SMALL_ORDER.map((r) => Buffer.concat([r, bytesOf(0n)]))
    for (const x of SMALL_ORDER) {
      for (let i = 0; i < 8; i++) {
        const text = noise(10, i)
        expect(call({ x, message: text })).toBe('no key')
        for (const forged of forgeries) expect(verify(null, text, publicKeyOf(x), forged)).toBe(false)
      }
    }
  })
})

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly x: Buffer
}

/** The key of a seed (RFC 8410 7: what stands before it is always the same). */
function keyPair(seed: Buffer): KeyPair {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  return { privateKey, publicKey, x: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url') }
}

function publicKeyOf(x: Buffer): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') } })
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
}

function bytesOf(number: bigint): Buffer {
  return Buffer.from(Buffer.from(number.toString(16).padStart(64, '0'), 'hex').toReversed())
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7)
  return copy
}
