/** A manifest as a registry sends it: bytes, a type, a digest, which have to agree. */
import { SluiceError } from '../../errors.ts'
import { digestOf, isDigest, verifyDigest } from '../digest.ts'
import { manifestTypeOf } from '../image/read-manifest.ts'
import { MANIFEST_TYPES } from '../media-types.ts'
import type { Blob } from '../types.ts'
import type { Answer } from './transport.ts'

/** Without this header old registries convert images, or say that they have none. */
export const ACCEPT = MANIFEST_TYPES.join(', ')

/** The type that the header names, without parameters. */
export function contentTypeOf({ header }: Pick<Answer, 'header'>): string {
  return (header('content-type') ?? '').split(';')[0]!.trim()
}

/** The manifest in an answer to a tag or digest. Throws `SLUICE_OCI_DIGEST`, `SLUICE_OCI_MANIFEST`, `SLUICE_REGISTRY_ANSWER`. */
export function manifestBlob(answer: Answer, key: string, place: string): Blob {
  const { bytes } = answer
  const said = answer.header('docker-content-digest')
  if (isDigest(key)) verifyDigest(key, bytes, place)
  if (said !== null && isDigest(said)) verifyDigest(said, bytes, place)
  const digest = isDigest(key) ? key : digestOf(bytes)
  return { descriptor: { mediaType: manifestType(answer, place), digest, size: bytes.length }, bytes }
}

/** One document must not be two things to two readers: what it says of itself is what its header says. */
function manifestType(answer: Answer, path: string): string {
  const inside = manifestTypeOf(answer.bytes, path)
  const outside = contentTypeOf(answer)
  if (inside === outside || !MANIFEST_TYPES.includes(outside)) return inside
  const detail = { path, seen: `${inside} in the document, ${outside} in the header`, wanted: 'the same type in both' }
  throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The manifest is of two types', detail)
}
