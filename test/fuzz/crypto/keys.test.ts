/**
 * Mutated keys (JWK, PEM, SubjectPublicKeyInfo, RSAPublicKey) beside node:crypto: none traps, and none verifies what it does not verify
 * there.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { cryptoGuest } from '../../sdk/support/crypto-guest.ts'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'
import { encoded, formsOf, KEYS, type KeyForm, type KeyMaterial } from './key-material.ts'
import { mutatedBytes } from './mutated-bytes.ts'
import { mutatedJwk } from './mutated-jwk.ts'

/** Mutations of all keys; those of sets are the others. */
const MUTATIONS = shareOf(900_000)
const PUBLIC = new Set(['kty', 'crv', 'n', 'e', 'x', 'y'])
const PEM = /^\s*-----BEGIN PUBLIC KEY-----([\w+/=\s]*)-----END PUBLIC KEY-----\s*$/

const guest = await cryptoGuest('signatures')
const subjects = KEYS.flatMap((key) => formsOf(key).map((form) => ({ key, form, bytes: encoded(key, form) })))

/**
 * The key as node:crypto reads it: of a JWK the public members, since what else it has is not looked at; of PEM the DER, since
 * OpenSSL wants lines of one length, which RFC 7468 3 leaves open.
 */
function keyOf(form: KeyForm, bytes: Buffer): KeyObject {
  if (form === 'jwk') {
    const members = Object.entries(JSON.parse(bytes.toString()) as object).filter(([name]) => PUBLIC.has(name))
    return createPublicKey({ key: Object.fromEntries(members), format: 'jwk' })
  }
  if (form !== 'pem') return createPublicKey({ key: bytes, format: 'der', type: form })
  const [, base64 = ''] = PEM.exec(bytes.toString('latin1')) ?? []
  return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
}

function verifiesInNode({ publicKey, call, message, signature }: KeyMaterial, form: KeyForm, bytes: Buffer): boolean {
  try {
    const key = keyOf(form, bytes)
    const hash = call === 'eddsa' ? null : 'sha256'
    return key.equals(publicKey) && verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}

/** One to three changes; few are none at all. */
function mutated({ form, bytes }: { form: KeyForm; bytes: Buffer }, dice: Dice): Buffer {
  const others = subjects.filter((other) => other.form === form)
  let one = bytes
  for (let changes = dice.pick([0, 1, 1, 1, 1, 1, 2, 3]); changes > 0; changes--) {
    const other = dice.pick(others).bytes
    one = form === 'jwk' && dice.roll(3) > 0 ? mutatedJwk(one, other, dice) : mutatedBytes(one, other, dice)
  }
  return one
}

test.each(subjects.map((subject) => [subject.key.kind, subject.form, subject] as const))(
  '%s, %s',
  { timeout: 600_000 },
  (kind, form, subject) => {
    const { key } = subject
    const count = (MUTATIONS * key.share) / formsOf(key).length
    const dice = new Dice(11)
    let passed = 0
    for (let i = 0; i < count; i++) {
      const bytes = mutated(subject, dice)
      const verdict = verdictOf(key, form, bytes)
      if (verdict !== '1') continue
      passed++
      if (!verifiesInNode(key, form, bytes)) throw new Error(`${kind} ${form} verifies: ${bytes.toString('latin1')}`)
    }
    expect(passed).toBeGreaterThan(count / 10)
  },
)

function verdictOf({ call, inputs }: KeyMaterial, form: KeyForm, bytes: Buffer): string {
  try {
    return guest.call(call, { ...inputs, [form]: bytes })
  } catch (error) {
    throw new Error(`trap for ${form} ${bytes.toString('hex')}`, { cause: error })
  }
}
