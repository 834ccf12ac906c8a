/** Wycheproof's verdicts on signatures and codes of the SDK. */
import { describe, expect, it } from 'vitest'
import { cryptoGuest, type CryptoGuest, type Inputs } from './support/crypto-guest.ts'
import { vectorGroups, type Vector, type VectorGroup } from './support/wycheproof.ts'

const signatures = await cryptoGuest('signatures')
const codes = await cryptoGuest('crypto')

/** Hash functions that the SDK has. */
const HASHES = new Set(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])

const RSA_PKCS1 = ['256', '384', '512'].flatMap((sha) => ['2048', '3072', '4096'].map((bits) => `${bits}_sha${sha}`))
const ECDSA = ['256r1_sha256', '256r1_sha512', '384r1_sha256', '384r1_sha384', '384r1_sha512', '521r1_sha512']
const ECDSA_RAW = ECDSA.filter((name) => name !== '384r1_sha256')
const PSS = [
  ...['sha1_mgf1_20', 'sha256_mgf1_0', 'sha256_mgf1_32', 'sha384_mgf1_48'].map((name) => `2048_${name}`),
  '3072_sha256_mgf1_32',
  ...['sha256_mgf1_32', 'sha384_mgf1_48', 'sha512_mgf1_32', 'sha512_mgf1_64'].map((name) => `4096_${name}`),
  'misc',
]
const PSS_KEYS = ['2048_sha256_mgf1_32', '3072_sha256_mgf1_32', '4096_sha512_mgf1_64'].map((name) => `rsa_pss_${name}_params`)
/** Longer ones take minutes. */
const MOST_ITERATIONS = 10_000

/** Vectors whose verdict is not ours. */
function differences(groups: readonly VectorGroup[], holds: (group: VectorGroup, vector: Vector) => string): string[] {
  const pairs = groups.flatMap((group) => group.tests.map((vector) => ({ group, vector })))
  expect(pairs.length).toBeGreaterThanOrEqual(20)
  return pairs
    .map(({ group, vector }) => ({ vector, ours: holds(group, vector) }))
    .filter(({ vector, ours }) => ours !== (vector.result === 'valid' ? '1' : '0'))
    .map(({ vector, ours }) => `${vector.tcId} ${vector.comment} ${vector.flags.join()}: ${vector.result}, ${ours}`)
}

function verdict(guest: CryptoGuest, name: string, group: VectorGroup, vector: Vector, more: Inputs = {}): string {
  return guest.call(name, {
    hash: (group.sha ?? '').toLowerCase().replace('-', ''),
    spki: Buffer.from(group.publicKeyDer, 'hex'),
    message: Buffer.from(vector.msg, 'hex'),
    signature: Buffer.from(vector.sig, 'hex'),
    ...more,
  })
}

describe('signatures of RSA, PKCS#1 v1.5', () => {
  it.each(RSA_PKCS1)('%s', async (name) => {
    // "Acceptable" is an encoding without NULL, which is not the one that RFC 8017 makes.
    const groups = await vectorGroups(`rsa_signature_${name}`)
    expect(differences(groups, (group, vector) => verdict(signatures, 'rsa-pkcs1', group, vector))).toEqual([])
  })
})

describe('signatures of RSA, PSS', () => {
  it.each(PSS)('%s', async (name) => {
    const all = await vectorGroups(`rsa_pss_${name}`)
    const groups = all.filter(({ sha = '', mgfSha }) => HASHES.has(sha) && mgfSha === sha)
    expect(
      differences(groups, (group, vector) => verdict(signatures, 'rsa-pss', group, vector, { 'salt-bytes': group.sLen ?? 0 })),
    ).toEqual([])
  })
})

describe('keys of RSA that are none here', () => {
  it.each(['rsa_signature_8192_sha256', 'rsa_signature_8192_sha384', 'rsa_signature_8192_sha512', ...PSS_KEYS])(
    '%s',
    async (name) => {
      // More than 4096 bits, or with the identifier of RSASSA-PSS (RFC 4055), which JOSE does not have.
      const groups = await vectorGroups(name)
      const verdicts = groups.flatMap((group) => group.tests.map((vector) => verdict(signatures, 'rsa-pss', group, vector)))
      expect(new Set(verdicts)).toEqual(new Set(['no key']))
    },
  )
})

describe('signatures of ECDSA', () => {
  const curveOf = (name: string): string => `P-${name.slice(0, 3)}`

  it.each(ECDSA)('secp%s, DER', async (name) => {
    const groups = await vectorGroups(`ecdsa_secp${name}`)
    const curve = curveOf(name)
    expect(differences(groups, (group, vector) => verdict(signatures, 'ecdsa-der', group, vector, { curve }))).toEqual([])
  })

  it.each(ECDSA_RAW)('secp%s, r and s', async (name) => {
    const groups = await vectorGroups(`ecdsa_secp${name}_p1363`)
    const curve = curveOf(name)
    expect(differences(groups, (group, vector) => verdict(signatures, 'ecdsa', group, vector, { curve }))).toEqual([])
  })
})

describe('signatures of EdDSA', () => {
  it('ed25519', async () => {
    const groups = await vectorGroups('ed25519')
    expect(differences(groups, (group, vector) => verdict(signatures, 'eddsa', group, vector))).toEqual([])
  })
})

describe('HMAC', () => {
  it.each(['sha1', 'sha256', 'sha384', 'sha512'])('%s, whole and truncated', async (hash) => {
    const groups = await vectorGroups(`hmac_${hash}`)
    const holds = ({ tagSize }: VectorGroup, { key, msg, tag }: Vector): string => {
      const code = codes.call('hmac', { hash, key: Buffer.from(key, 'hex'), message: Buffer.from(msg, 'hex') })
      return code.slice(0, tagSize / 4) === tag ? '1' : '0'
    }
    expect(differences(groups, holds)).toEqual([])
  })
})

describe('PBKDF2', () => {
  it.each(['sha1', 'sha256', 'sha384', 'sha512'])('with HMAC of %s', async (hash) => {
    const groups = await vectorGroups(`pbkdf2_hmac${hash}`)
    const vectors = groups.flatMap(({ tests }) => tests).filter(({ iterationCount }) => iterationCount <= MOST_ITERATIONS)
    expect(vectors.length).toBeGreaterThanOrEqual(50)
    for (const { tcId, password, salt, iterationCount, dkLen, dk } of vectors) {
      const inputs = {
        key: Buffer.from(password, 'hex'),
        message: Buffer.from(salt, 'hex'),
        iterations: iterationCount,
        length: dkLen,
      }
      expect([tcId, codes.call('pbkdf2', { hash, ...inputs })]).toEqual([tcId, dk])
    }
  })
})
