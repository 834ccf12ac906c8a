/** Digests, HMAC and PBKDF2 of the SDK beside node:crypto, and the vectors of their RFCs. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest, noise, type Inputs } from './support/crypto-guest.ts'

const HASHES = ['sha1', 'sha256', 'sha384', 'sha512'] as const
const guest = await cryptoGuest('crypto')

/** What a function of the guest says about this hash. */
function call(name: string, hash: string, inputs: Inputs): string {
  return guest.call(name, { hash, ...inputs })
}

describe.each(HASHES)('%s', (hash) => {
  it('equals node:crypto for every length up to three blocks', () => {
    for (let length = 0; length <= 400; length++) {
      const message = noise(length, length)
      expect(call('digest', hash, { message })).toBe(createHash(hash).update(message).digest('hex'))
    }
  })

  it('equals node:crypto as HMAC, for keys below, at and above a block', () => {
    for (let i = 0; i < shareOf(6000); i++) {
      const key = noise(i % 200, i)
      const message = noise((i * 7) % 300, i + 1)
      expect(call('hmac', hash, { key, message })).toBe(createHmac(hash, key).update(message).digest('hex'))
    }
  })

  it('takes the whole code only', () => {
    const key = noise(32, 1)
    const message = noise(50, 2)
    const code = createHmac(hash, key).update(message).digest()
    const flipped = Buffer.from(code)
    flipped[code.length - 1]! ^= 1
    expect(call('hmac-verify', hash, { key, message, code })).toBe('1')
    expect(call('hmac-verify', hash, { key, message, code: flipped })).toBe('0')
    expect(call('hmac-verify', hash, { key, message, code: code.subarray(0, -1) })).toBe('0')
    expect(call('hmac-verify', hash, { key, message, code: Buffer.concat([code, Buffer.of(0)]) })).toBe('0')
    expect(call('hmac-verify', hash, { key, message, code: Buffer.alloc(0) })).toBe('0')
  })

  it('equals node:crypto as PBKDF2', () => {
    for (let i = 0; i < shareOf(2000); i++) {
      const key = noise(i % 150, i)
      const message = noise(i % 70, i + 1)
      const iterations = 1 + (i % 20)
      const length = 1 + ((i * 13) % 150)
      const wanted = pbkdf2Sync(key, message, iterations, length, hash).toString('hex')
      expect(call('pbkdf2', hash, { key, message, iterations, length })).toBe(wanted)
    }
  })

  it('makes no key of PBKDF2 without iterations, empty or too long', () => {
    const inputs = { key: noise(8, 1), message: noise(8, 2), iterations: 1, length: 20 }
    expect(call('pbkdf2', hash, { ...inputs, iterations: 0 })).toBe('')
    expect(call('pbkdf2', hash, { ...inputs, length: 0 })).toBe('')
    expect(call('pbkdf2', hash, { ...inputs, length: 1025 })).toBe('')
  })
})

describe('the vectors', () => {
  it.each([
    ['sha256', '0b'.repeat(20), '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      'sha256',
      '4a656665',
      '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
  ])('of RFC 4231 hold: %s, key %s', (hash, key, message, wanted) => {
    const inputs = { key: Buffer.from(key, 'hex'), message: Buffer.from(message, 'hex') }
    expect(call('hmac', hash, inputs)).toBe(wanted)
  })

  it.each([
    ['sha1', 'password', 'salt', 1, 20, '0c60c80f961f0e71f3a9b524af6012062fe037a6'],
    ['sha1', 'password', 'salt', 4096, 20, '4b007901b765489abead49d926f721d065a429c1'],
  ])('of RFC 6070 hold: %s, %s, %s, %i iterations', (hash, password, salt, iterations, length, wanted) => {
    const inputs = { key: Buffer.from(password), message: Buffer.from(salt), iterations, length }
    expect(call('pbkdf2', hash, inputs)).toBe(wanted)
  })
})
