/** AES-GCM of the SDK beside node:crypto, and all verdicts of Wycheproof. */
import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest, noise } from './support/crypto-guest.ts'
import { vectorGroups } from './support/wycheproof.ts'

const guest = await cryptoGuest('crypto')

interface Message {
  readonly key: Buffer
  readonly nonce: Buffer
  readonly message: Buffer
  readonly about: Buffer
}

function sealed({ key, nonce, message, about }: Message): Buffer {
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce)
  cipher.setAAD(about)
  return Buffer.concat([cipher.update(message), cipher.final(), cipher.getAuthTag()])
}

function messageOf(length: number, aboutLength: number, keyLength: number): Message {
  const seed = length * 1000 + aboutLength
  return {
    key: noise(keyLength, seed),
    nonce: noise(12, seed + 1),
    message: noise(length, seed + 2),
    about: noise(aboutLength, seed + 3),
  }
}

describe.each([16, 32])('AES-GCM with a key of %i bytes', (keyLength) => {
  it('equals node:crypto for all lengths around blocks', () => {
    for (let length = 0; length <= 70; length++) {
      for (const aboutLength of [0, 1, 15, 16, 17, 40]) {
        const inputs = messageOf(length, aboutLength, keyLength)
        const wanted = sealed(inputs)
        expect(guest.call('seal', { ...inputs })).toBe(wanted.toString('hex'))
        expect(guest.call('open', { ...inputs, message: wanted })).toBe(inputs.message.toString('hex'))
      }
    }
  })

  it('refuses what was changed in any bit', () => {
    const inputs = messageOf(37, 21, keyLength)
    const wanted = sealed(inputs)
    const flipped = (bytes: Buffer, bit: number): Buffer => {
      const copy = Buffer.from(bytes)
      copy[bit >> 3]! ^= 1 << (bit & 7)
      return copy
    }
    for (let bit = 0; bit < shareOf(wanted.length * 160) / 20; bit++) {
      const at = bit % (wanted.length * 8)
      expect(guest.call('open', { ...inputs, message: flipped(wanted, at) })).toBe('refused')
      expect(guest.call('open', { ...inputs, message: wanted, about: flipped(inputs.about, at % 168) })).toBe('refused')
      expect(guest.call('open', { ...inputs, message: wanted, nonce: flipped(inputs.nonce, at % 96) })).toBe('refused')
      expect(guest.call('open', { ...inputs, message: wanted, key: flipped(inputs.key, at % 128) })).toBe('refused')
    }
    expect(guest.call('open', { ...inputs, message: wanted.subarray(0, -1) })).toBe('refused')
    expect(guest.call('open', { ...inputs, message: wanted.subarray(0, 15) })).toBe('refused')
    expect(guest.call('open', { ...inputs, message: Buffer.alloc(0) })).toBe('refused')
    expect(guest.call('open', { ...inputs, message: wanted, nonce: inputs.nonce.subarray(1) })).toBe('refused')
  })
})

describe('AES-GCM', () => {
  it('takes no key of another length', () => {
    for (const length of [0, 1, 15, 17, 24, 31, 33, 64]) {
      expect(guest.call('seal', { key: noise(length, length), nonce: noise(12, 1), message: 'aa' })).toBe('no key')
    }
  })

  it('opens what Wycheproof calls valid, and nothing else', async () => {
    const groups = await vectorGroups('aes_gcm')
    const ours = groups.filter(({ keySize, ivSize, tagSize }) => keySize !== 192 && ivSize === 96 && tagSize === 128)
    const vectors = ours.flatMap(({ tests }) => tests)
    expect(vectors.length).toBeGreaterThan(100)
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of vectors) {
      const opened = guest.call('open', { key, nonce: iv, about: aad, message: ct + tag })
      expect({ tcId, opened }).toEqual({ tcId, opened: result === 'valid' ? msg : 'refused' })
      if (result === 'valid') expect(guest.call('seal', { key, nonce: iv, about: aad, message: msg })).toBe(ct + tag)
    }
  })
})
