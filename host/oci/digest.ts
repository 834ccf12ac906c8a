/** Digests of content: how they are made, read and held against bytes (image-spec 1.1, descriptor.md). */
import { createHash } from 'node:crypto'
import { SluiceError } from '../errors.ts'
import type { Annotations, Blob, Descriptor } from './types.ts'

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export type DigestAlgorithm = 'sha256' | 'sha512'

/** `sha256:…` of some bytes: the only form that is written. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** True for a digest that can be checked: sha256 or sha512 in lower-case hex. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

/** The two parts of a digest that {@link isDigest} takes. */
export function splitDigest(digest: string): { algorithm: DigestAlgorithm; hex: string } {
  const colon = digest.indexOf(':')
  // isDigest has said that nothing else stands here.
  return { algorithm: digest.slice(0, colon) as DigestAlgorithm, hex: digest.slice(colon + 1) }
}

/** Bytes together with what describes them. */
export function blobOf(mediaType: string, bytes: Uint8Array, annotations?: Annotations): Blob {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  return { descriptor: annotations === undefined ? descriptor : { ...descriptor, annotations }, bytes }
}

/** JSON that is written once: what is hashed is what is stored. */
export function jsonBlob(mediaType: string, json: object): Blob {
  return blobOf(mediaType, Buffer.from(JSON.stringify(json)))
}

/** Throws `SLUICE_OCI_DIGEST` unless the bytes are what the descriptor says, by size and digest. `place` names them. */
export function verifyContent(descriptor: Pick<Descriptor, 'digest' | 'size'>, bytes: Uint8Array, place: string): void {
  verifySize(descriptor, bytes.length, place)
  verifyDigest(descriptor.digest, bytes, place)
}

/** Throws `SLUICE_OCI_DIGEST` unless there are as many bytes as the descriptor says. `place` names them. */
export function verifySize({ size }: Pick<Descriptor, 'size'>, seen: number, place: string): void {
  if (seen === size) return
  throw new SluiceError('SLUICE_OCI_DIGEST', 'The content has another size than its descriptor says', {
    path: place,
    seen: `${seen} bytes`,
    wanted: `${size} bytes`,
  })
}

/** Throws `SLUICE_OCI_DIGEST` unless the bytes have the digest. `place` names them. */
export function verifyDigest(digest: string, bytes: Uint8Array, place: string): void {
  if (!isDigest(digest)) {
    const wanted = 'sha256: and 64, or sha512: and 128 lower-case hex digits'
    throw new SluiceError('SLUICE_OCI_DIGEST', 'Not a digest that can be checked', { path: place, seen: `"${digest}"`, wanted })
  }
  const { algorithm, hex } = splitDigest(digest)
  const seen = createHash(algorithm).update(bytes).digest('hex')
  if (seen === hex) return
  throw new SluiceError('SLUICE_OCI_DIGEST', 'The content is not what its digest says', {
    path: place,
    seen: `${algorithm}:${seen}`,
    wanted: digest,
  })
}
