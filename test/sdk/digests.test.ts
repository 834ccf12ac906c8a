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

/** Number, key in hexadecimal, text, and the codes of SHA-256, SHA-384 and SHA-512; case 5 is of a code that is cut off. */
const RFC_4231: readonly (readonly [number, string, string, string, string, string])[] = [
  [
    1,
    '0b'.repeat(20),
    'Hi There',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
    '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
  ],
  [
    2,
    '4a656665',
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
  [
    3,
    'aa'.repeat(20),
    '\xdd'.repeat(50),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    '88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27',
    'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
  ],
  [
    4,
    '0102030405060708090a0b0c0d0e0f10111213141516171819',
    '\xcd'.repeat(50),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    '3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb',
    'b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd',
  ],
  [
    6,
    'aa'.repeat(131),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
    '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  ],
  [
    7,
    'aa'.repeat(131),
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    '6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e',
    'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
  ],
]

describe('the vectors', () => {
  it.each(RFC_4231)('of RFC 4231 hold: case %i', (_, key, text, ...wanted) => {
    const inputs = { key: Buffer.from(key, 'hex'), message: Buffer.from(text, 'latin1') }
    expect(['sha256', 'sha384', 'sha512'].map((hash) => call('hmac', hash, inputs))).toEqual(wanted)
  })

  it.each([
    ['sha1', 'password', 'salt', 1, 20, '0c60c80f961f0e71f3a9b524af6012062fe037a6'],
    ['sha1', 'password', 'salt', 4096, 20, '4b007901b765489abead49d926f721d065a429c1'],
  ])('of RFC 6070 hold: %s, %s, %s, %i iterations', (hash, password, salt, iterations, length, wanted) => {
    const inputs = { key: Buffer.from(password), message: Buffer.from(salt), iterations, length }
    expect(call('pbkdf2', hash, inputs)).toBe(wanted)
  })
})
