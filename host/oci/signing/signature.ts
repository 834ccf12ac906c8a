/** What a signature says, in whichever form it is stored. */
import { sign, verify, type KeyObject } from 'node:crypto'

/**
 * `simple-signing`: layers of the image with the tag `sha256-<hex>.sig`; cosign of every version, podman and admission
 * controllers read it. `bundle`: a referrer; what cosign 3 writes unless told otherwise. Once an image has a bundle, cosign 3
 * looks at bundles only.
 */
export const SIGNATURE_FORMS = ['simple-signing', 'bundle'] as const

export type SignatureForm = (typeof SIGNATURE_FORMS)[number]

export interface Signature {
  readonly form: SignatureForm
  /** The bytes that were signed. */
  readonly signed: Uint8Array
  /** ECDSA with SHA-256, in DER. */
  readonly signature: Uint8Array
  /** Digest of the manifest that the signed bytes speak of. */
  readonly digest: string
}

export function makeSignature(signed: Uint8Array, key: KeyObject): Buffer {
  return sign('sha256', signed, key)
}

/** True when the key has signed this, and it speaks of the digest. */
export function isValid({ signed, signature, digest }: Signature, key: KeyObject, manifestDigest: string): boolean {
  return digest === manifestDigest && verify('sha256', signed, key, signature)
}
