/** Keys of every kind in every form, each with a signature that it verifies. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { Inputs } from '../../sdk/support/crypto-guest.ts'

/** How a key is handed over: the input of the guest, and what node:crypto calls it. */
export type KeyForm = 'jwk' | 'spki' | 'pem' | 'pkcs1'

export interface KeyMaterial {
  readonly kind: string
  /** The guest's function. */
  readonly call: string
  readonly publicKey: KeyObject
  readonly message: Buffer
  readonly signature: Buffer
  /** Further inputs of the guest. */
  readonly inputs: Inputs
  /** Its part of all mutations: large curves are slow. */
  readonly share: number
}

const message = Buffer.from('let me in')

type Pair = Pick<KeyMaterial, 'publicKey'> & { readonly privateKey: KeyObject }

function material(kind: string, call: string, pair: Pair, share: number, curve = ''): KeyMaterial {
  const hash = call === 'eddsa' ? null : 'sha256'
  const signature = sign(hash, message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    kind,
    call,
    publicKey: pair.publicKey,
    message,
    signature,
    inputs: { hash: 'sha256', message, signature, curve },
    share,
  }
}

const ec = (namedCurve: string, share: number): KeyMaterial =>
  material(namedCurve, 'ecdsa', generateKeyPairSync('ec', { namedCurve }), share, namedCurve)

export const KEYS: readonly KeyMaterial[] = [
  material('RSA', 'rsa-pkcs1', generateKeyPairSync('rsa', { modulusLength: 2048 }), 0.3),
  ec('P-256', 0.3),
  ec('P-384', 0.04),
  ec('P-521', 0.01),
  material('Ed25519', 'eddsa', generateKeyPairSync('ed25519'), 0.35),
]

export function formsOf({ kind }: KeyMaterial): readonly KeyForm[] {
  return kind === 'RSA' ? ['jwk', 'spki', 'pem', 'pkcs1'] : ['jwk', 'spki', 'pem']
}

export function encoded({ publicKey }: KeyMaterial, form: KeyForm): Buffer {
  if (form === 'jwk') return Buffer.from(JSON.stringify(publicKey.export({ format: 'jwk' })))
  if (form === 'pem') return Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))
  return publicKey.export({ format: 'der', type: form === 'pkcs1' ? 'pkcs1' : 'spki' })
}
