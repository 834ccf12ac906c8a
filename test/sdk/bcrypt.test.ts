/** Passwords kept with bcrypt beside the package `bcryptjs`. */
import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest, noise } from './support/crypto-guest.ts'

const guest = await cryptoGuest('crypto')
const KEPT = bcrypt.hashSync('secret', '$2b$04$abcdefghijklmnopqrstuu')

function call(kept: string, password: string | Buffer): string {
  return guest.call('bcrypt', { hash: 'sha1', kept, key: Buffer.from(password) })
}

describe('bcrypt', () => {
  it('holds what bcryptjs made of passwords of every length', () => {
    for (let i = 0; i < shareOf(1500); i++) {
      const password = noise(i % 75, i)
        .toString('latin1')
        .replaceAll('\0', '.')
      const kept = bcrypt.hashSync(password, 4 + (i % 3))
      expect(call(kept, password)).toBe('1')
      expect(call(kept, `x${password}`)).toBe('0')
    }
  })

  it('holds what `htpasswd -B` of Apache 2.4 wrote, which counts 72 bytes too', () => {
    const first = `${'0123456789'.repeat(7)}ab`
    const kept = '$2y$04$QoHDxlEHJMDbrgmbui9Q7.ccRJ5mu37F/4AhGrpZ/lfETFmRSkdce'
    expect(call(kept, `${first}cdefg`)).toBe('1')
    expect(call(kept, `${first}zzz`)).toBe('1')
    expect(call(kept, first.slice(0, -1))).toBe('0')
    expect(call('$2y$05$4k6QBw.K2WCvpMCbr.BqbuJHhRt6cG20NXsgxu9l3dEeDiNCHBx7.', 'bcrypt-pass')).toBe('1')
  })

  it('takes the prefixes of today', () => {
    for (const start of ['$2a$', '$2b$', '$2y$']) expect(call(start + KEPT.slice(4), 'secret')).toBe('1')
    for (const start of ['$2$', '$2x$', '$2c$', '$1$', '2b$', '']) expect(call(start + KEPT.slice(4), 'secret')).toBe('no hash')
  })

  it('counts the first 72 bytes of a password, as others do', () => {
    const kept = bcrypt.hashSync('a'.repeat(72), 4)
    expect(call(kept, 'a'.repeat(72))).toBe('1')
    expect(call(kept, 'a'.repeat(80))).toBe('1')
    expect(call(kept, 'a'.repeat(71))).toBe('0')
  })

  it('holds no password with a NUL', () => {
    expect(call(bcrypt.hashSync('', 4), '')).toBe('1')
    expect(call(bcrypt.hashSync('', 4), '\0')).toBe('0')
    expect(call(KEPT, 'secret\0')).toBe('0')
  })

  it('compares all of the digest', () => {
    for (let i = 29; i < 59; i++) {
      const other = KEPT[i] === 'A' ? 'B' : 'A'
      expect(call(KEPT.slice(0, i) + other + KEPT.slice(i + 1), 'secret')).toBe('0')
    }
  })

  it('refuses texts of another form', () => {
    expect(call(KEPT.slice(0, -1), 'secret')).toBe('no hash')
    expect(call(`${KEPT}A`, 'secret')).toBe('no hash')
    for (const cost of ['03', '32', '4$', '+4', '  ']) expect(call(`$2b$${cost}${KEPT.slice(6)}`, 'secret')).toBe('no hash')
    expect(call(KEPT.replace('$04$', '$04.'), 'secret')).toBe('no hash')
    // Digits that are none, and bits behind the last byte of the salt and of the digest.
    for (const [at, digit] of [
      [10, '*'],
      [28, 'v'],
      [40, '='],
      [59, 'f'],
    ] as const) {
      expect(call(KEPT.slice(0, at) + digit + KEPT.slice(at + 1), 'secret')).toBe('no hash')
    }
  })
})
