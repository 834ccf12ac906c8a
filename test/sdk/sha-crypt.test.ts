/** Passwords kept with SHA-crypt beside `openssl passwd`. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest, noise } from './support/crypto-guest.ts'

const guest = await cryptoGuest('crypto')

/** What openssl keeps of a password, which it reads as a line. */
function kept(kind: '5' | '6', salt: string, password: string): string {
  const options = { input: `${password}\n`, encoding: 'latin1' } as const
  return execFileSync('openssl', ['passwd', `-${kind}`, '-stdin', '-salt', salt], options).trim()
}

function call(hash: string, password: string): string {
  return guest.call('sha-crypt', { hash: 'sha1', kept: hash, key: Buffer.from(password, 'latin1') })
}

/** What `htpasswd -2` and `-5` of Apache 2.4 wrote, and `crypt` of glibc. */
const WRITTEN: readonly (readonly [hash: string, password: string])[] = [
  ['$5$rounds=1000$PXTPml45u3xrz4T8$sX5SDbVKvXLh8JQpx2yO2kjldmQI6Ene.VKjTh5Fke6', 'five-pass'],
  ['$6$9fMQnjvvrfVvaje5$/wniODV/0gsnM7VzV88VrxcLNQb3PaFng16DbDMBaMF0EGPqzALBRxobVlFwmE.YuxPEC7s196DOZTKWwDVRV0', 'six-pass'],
  ['$5$saltstring$FdNfA4gXqvCeO6iZs7G/.wwwoywYZqo0l1pwmfWaBA7', ''],
  ['$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA', 'Hello world!'],
  [
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
    'Hello world!',
  ],
]

describe('SHA-crypt', () => {
  it('holds what openssl made of passwords of every length', () => {
    for (let i = 0; i < shareOf(600); i++) {
      const letters = Buffer.from(noise(1 + (i % 140), i).map((byte) => (byte % 255) + 1))
      const password = letters.toString('latin1').replaceAll(/[\r\n]/g, '.')
      const salt = noise(1 + (i % 8), i).toString('hex')
      const hash = kept(i % 2 ? '5' : '6', i % 3 ? `rounds=${1000 + i}$${salt}` : salt, password)
      expect(call(hash, password), hash).toBe('1')
      expect(call(hash, `${password}x`), hash).toBe('0')
    }
  })

  it('holds what others wrote', () => {
    for (const [hash, password] of WRITTEN) {
      expect(call(hash, password), hash).toBe('1')
      expect(call(hash, `${password}x`), hash).toBe('0')
    }
  })

  it('compares all of the digest', () => {
    const [hash] = WRITTEN[0]!
    for (let at = hash.lastIndexOf('$') + 1; at < hash.length; at++) {
      const other = hash[at] === 'A' ? 'B' : 'A'
      expect(call(hash.slice(0, at) + other + hash.slice(at + 1), 'five-pass')).toBe('0')
    }
  })

  it('holds no password whose length would cost as much as many rounds', () => {
    expect(call(kept('5', 'a', 'x'.repeat(256)), 'x'.repeat(256))).toBe('1')
    expect(call(kept('5', 'a', 'x'.repeat(256)), 'x'.repeat(257))).toBe('0')
    expect(call(kept('5', 'a', 'x'.repeat(257)), 'x'.repeat(257))).toBe('0')
  })

  it('refuses texts of another form', () => {
    const [hash] = WRITTEN[0]!
    const salt = 'PXTPml45u3xrz4T8'
    for (const other of [
      '',
      '$5$',
      hash.slice(1),
      hash.slice(0, -1),
      `${hash}A`,
      hash.replace('$5$', '$6$'),
      hash.replace('$5$', '$7$'),
      hash.replace(salt, `${salt}x`),
      hash.replace(`${salt}$`, salt),
      hash.replace('sX5S', 'sX5*'),
      hash.replace('sX5S', 'sX5-'),
      ...['999', '1000000000', '1e4', '', '-1'].map((rounds) => hash.replace('1000', rounds)),
      hash.replace('rounds=1000$', 'rounds=1000'),
      hash.replace('rounds=', 'rounds'),
    ]) {
      expect(call(other, 'five-pass'), other).toBe('no hash')
    }
  })
})
