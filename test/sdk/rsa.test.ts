/** RSA signatures of the SDK beside node:crypto, and forgeries that have the right encoding almost. */
import { constants, createHash, generateKeyPairSync, privateEncrypt, sign, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cryptoGuest, noise, type Inputs } from './support/crypto-guest.ts'

const HASHES = ['sha1', 'sha256', 'sha384', 'sha512'] as const
const guest = await cryptoGuest('signatures')

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly numbers: { n: Buffer; e: Buffer }
}

function keyPair(modulusLength: number, publicExponent = 65537): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return { privateKey, publicKey, numbers: { n: Buffer.from(n, 'base64url'), e: Buffer.from(e, 'base64url') } }
}

const pair = keyPair(2048)

/** A signature over whatever block is given, with padding or not. */
function rawSignature(block: Buffer): Buffer {
  return privateEncrypt({ key: pair.privateKey, padding: constants.RSA_NO_PADDING }, block)
}

function pkcs1(inputs: Inputs, key = pair): string {
  return guest.call('rsa-pkcs1', { ...key.numbers, hash: 'sha256', ...inputs })
}

function pss(inputs: Inputs, key = pair): string {
  return guest.call('rsa-pss', { ...key.numbers, hash: 'sha256', ...inputs })
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1 << (at & 7)
  return copy
}

describe.each([
  [2048, 65537],
  [2048, 3],
  [2049, 65537],
  [2055, 17],
  [3072, 65537],
  [4096, 65537],
])('a key of %i bits with exponent %i', (bits, exponent) => {
  const key = keyPair(bits, exponent)

  it.each(HASHES)('holds what node:crypto signed with %s, PKCS#1 v1.5', (hash) => {
    for (let i = 0; i < 5; i++) {
      const message = noise(i * 40, bits + i)
      const signature = sign(hash, message, key.privateKey)
      expect(pkcs1({ hash, message, signature }, key)).toBe('1')
      expect(pkcs1({ hash, message, signature: flipped(signature, i * 50) }, key)).toBe('0')
      expect(pkcs1({ hash, message: Buffer.concat([message, Buffer.of(0)]), signature }, key)).toBe('0')
    }
  })

  it.each(HASHES)('holds what node:crypto signed with %s, PSS', (hash) => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    for (const [i, saltLength] of [constants.RSA_PSS_SALTLEN_DIGEST, 0, 7].entries()) {
      const message = noise(i * 40, bits + i)
      const signature = sign(hash, message, { key: key.privateKey, padding, saltLength })
      const salt = saltLength < 0 ? {} : { 'salt-bytes': saltLength }
      expect(pss({ hash, message, signature, ...salt }, key)).toBe('1')
      expect(pss({ hash, message, signature: flipped(signature, i * 50), ...salt }, key)).toBe('0')
      expect(pss({ hash, message, signature, 'salt-bytes': 8 }, key)).toBe('0')
    }
  })
})

describe('a signature of RSA', () => {
  const message = noise(50, 1)
  const signature = sign('sha256', message, pair.privateKey)
  const modulus = BigInt(`0x${pair.numbers.n.toString('hex')}`)

  it('has the length of the modulus', () => {
    expect(pkcs1({ message, signature })).toBe('1')
    expect(pkcs1({ message, signature: Buffer.concat([Buffer.of(0), signature]) })).toBe('0')
    expect(pkcs1({ message, signature: signature.subarray(1) })).toBe('0')
    expect(pkcs1({ message, signature: Buffer.alloc(0) })).toBe('0')
  })

  it('is below the modulus', () => {
    const larger = BigInt(`0x${signature.toString('hex')}`) + modulus
    if (larger < 1n << 2048n) expect(pkcs1({ message, signature: bytesOf(larger) })).toBe('0')
    expect(pkcs1({ message, signature: bytesOf(modulus) })).toBe('0')
    expect(pkcs1({ message, signature: Buffer.alloc(256, 0xff) })).toBe('0')
    expect(pkcs1({ message, signature: Buffer.alloc(256) })).toBe('0')
  })

  it('is of the hash that is asked for', () => {
    for (const hash of ['sha1', 'sha384', 'sha512']) expect(pkcs1({ hash, message, signature })).toBe('0')
  })

  it('is of the kind that is asked for', () => {
    expect(pss({ message, signature })).toBe('0')
  })

  it.each(forgedBlocks(message))('is refused with %s', (_, block) => {
    expect(pkcs1({ message, signature: rawSignature(block) })).toBe('0')
  })

  it('is held with the one encoding that there is', () => {
    expect(pkcs1({ message, signature: rawSignature(encoded(message)) })).toBe('1')
  })
})

describe('a public key of RSA', () => {
  const { n, e } = pair.numbers
  const wide = (bits: number): Buffer => bytesOf((1n << BigInt(bits)) - 1n, Math.ceil(bits / 8))

  it.each<[string, Buffer, Buffer]>([
    ['has 2048 bits at least', wide(2047), e],
    ['has 4096 bits at most', wide(4097), e],
    ['has a modulus', Buffer.alloc(0), e],
    ['has a modulus without leading zeros', Buffer.concat([Buffer.of(0), n]), e],
    ['has an odd modulus', Buffer.concat([n.subarray(0, -1), Buffer.of(0)]), e],
    ['has an exponent', n, Buffer.alloc(0)],
    ['has an exponent that is not 0', n, Buffer.of(0)],
    ['has an exponent that is not 1', n, Buffer.of(1)],
    ['has an odd exponent', n, Buffer.of(1, 0, 0)],
    ['has an exponent without leading zeros', n, Buffer.of(0, 1, 0, 1)],
    ['has an exponent of 32 bits at most', n, Buffer.of(1, 0, 0, 0, 1)],
  ])('%s', (_, modulus, exponent) => {
    expect(guest.call('rsa-pkcs1', { n: modulus, e: exponent })).toBe('no key')
  })

  it('may have 2048 to 4096 bits and any exponent of 32 bits', () => {
    expect(guest.call('rsa-pkcs1', { n: wide(2048), e })).toBe('0')
    expect(guest.call('rsa-pkcs1', { n: wide(4096), e: Buffer.of(3) })).toBe('0')
    expect(guest.call('rsa-pkcs1', { n, e: Buffer.of(255, 255, 255, 255) })).toBe('0')
  })
})

describe.each(['spki', 'pkcs1'] as const)('a public key of RSA in DER, %s', (type) => {
  const message = noise(50, 1)
  const signature = sign('sha256', message, pair.privateKey)
  const der = pair.publicKey.export({ format: 'der', type })
  const frameBytes = der.length - 257 - 5

  function verdict(key: Buffer): string {
    return guest.call('rsa-pkcs1', { hash: 'sha256', message, signature, [type]: key })
  }

  it('verifies', () => {
    expect(verdict(der)).toBe('1')
  })

  it('is refused when anything but its numbers differs', () => {
    for (let i = 0; i < frameBytes; i++) for (const bit of [0, 6, 7]) expect(verdict(changed(der, i, 1 << bit))).toBe('no key')
    // Tag and length of the exponent.
    for (const i of [der.length - 5, der.length - 4]) expect(verdict(changed(der, i, 1))).toBe('no key')
  })

  it('is refused when it is cut off or goes on', () => {
    for (let i = 1; i < der.length; i++) expect(verdict(der.subarray(0, i))).toBe('no key')
    expect(verdict(Buffer.concat([der, Buffer.of(0)]))).toBe('no key')
  })
})

function changed(bytes: Buffer, at: number, bits: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= bits
  return copy
}

function bytesOf(number: bigint, length = 256): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex')
}

const PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** The block of PKCS#1 v1.5 with SHA-256, with parts of it replaced. */
function encoded(message: Buffer, change: { start?: number[]; padding?: Buffer; prefix?: Buffer; end?: Buffer } = {}): Buffer {
  const { start = [0, 1], prefix = PREFIX, end = Buffer.alloc(0) } = change
  const digest = createHash('sha256').update(message).digest()
  const room = 256 - start.length - 1 - prefix.length - digest.length - end.length
  const padding = change.padding ?? Buffer.alloc(room, 0xff)
  const block = Buffer.concat([Buffer.from(start), padding, Buffer.of(0), prefix, digest, end])
  return Buffer.concat([block, noise(256 - block.length, 1)])
}

function forgedBlocks(message: Buffer): [string, Buffer][] {
  return [
    ['block type 2', encoded(message, { start: [0, 2] })],
    ['block type 0', encoded(message, { start: [0, 0] })],
    ['short padding and bytes behind the digest', encoded(message, { padding: Buffer.alloc(8, 0xff) })],
    ['no padding', encoded(message, { padding: Buffer.alloc(0) })],
    ['a zero in the padding', encoded(message, { padding: Buffer.concat([Buffer.alloc(100, 0xff), Buffer.alloc(102)]) })],
    ['a byte behind the digest', encoded(message, { end: Buffer.of(0) })],
    ['no NULL', encoded(message, { prefix: Buffer.from('302f300b06096086480165030402010420', 'hex') })],
    ['the OID of another hash', encoded(message, { prefix: flipped(PREFIX, 14) })],
    ['a long form of a length', encoded(message, { prefix: Buffer.from('308131300d060960864801650304020105000420', 'hex') })],
    ['the digest alone', encoded(message, { prefix: Buffer.alloc(0) })],
  ]
}
