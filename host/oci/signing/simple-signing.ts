/**
 * Signatures under a tag of the image's digest (sigstore/cosign, specs/SIGNATURE_SPEC.md): one manifest per image, a layer per
 * signature. The layer is the signed payload (containers/image, docs/containers-signature.5.md), its annotation the signature.
 */
import type { KeyObject } from 'node:crypto'
import { blobOf, jsonBlob, splitDigest } from '../digest.ts'
import type { ImageStore } from '../image-store.ts'
import { readManifest } from '../image/read-manifest.ts'
import { MEDIA_TYPES } from '../media-types.ts'
import type { Descriptor, ImageConfig, Manifest } from '../types.ts'
import { makeSignature, type Signature } from './signature.ts'

const PAYLOAD = 'application/vnd.dev.cosign.simplesigning.v1+json'
const SIGNATURE = 'dev.cosignproject.cosign/signature'
/** Bytes; a payload has some hundred. What is longer is none. */
const MAX_PAYLOAD = 1024 * 1024
const TYPE = 'cosign container image signature'

interface Payload {
  readonly critical?: {
    readonly image?: { readonly 'docker-manifest-digest'?: unknown }
    readonly type?: unknown
  }
}

/** The tag under which the signatures of a manifest stand. */
export function signatureTag(digest: string): string {
  const { algorithm, hex } = splitDigest(digest)
  return `${algorithm}-${hex}.sig`
}

/** Adds a signature to those that the image has. `name` is what the signer calls the image; nobody checks it. */
export async function signSimply(store: ImageStore, digest: string, name: string, key: KeyObject): Promise<void> {
  const payload = payloadOf(digest, name)
  const annotations = { [SIGNATURE]: makeSignature(payload, key).toString('base64') }
  const layer = blobOf(PAYLOAD, payload, annotations)
  const layers = [...(await layersOf(store, digest)), layer.descriptor]
  const config = jsonBlob(MEDIA_TYPES.ociConfig, configOf(layers))
  const mediaType = MEDIA_TYPES.ociManifest
  const manifest: Manifest = { schemaVersion: 2, mediaType, config: config.descriptor, layers }
  for (const blob of [layer, config]) await store.putBlob(blob)
  await store.putManifest(signatureTag(digest), jsonBlob(mediaType, manifest))
}

/** The signatures that the image has in this form; layers of other kinds are passed over. */
export async function readSimpleSignatures(store: ImageStore, digest: string): Promise<Signature[]> {
  const signatures: Signature[] = []
  for (const layer of await layersOf(store, digest)) {
    const text = layer.annotations?.[SIGNATURE]
    if (layer.mediaType !== PAYLOAD || layer.size > MAX_PAYLOAD || text === undefined) continue
    const signed = await store.getBlob(layer)
    const claimed = digestIn(signed)
    if (claimed === null) continue
    signatures.push({ form: 'simple-signing', signed, signature: Buffer.from(text, 'base64'), digest: claimed })
  }
  return signatures
}

/** Of an image that nobody has signed: none. */
async function layersOf(store: ImageStore, digest: string): Promise<readonly Descriptor[]> {
  const tag = signatureTag(digest)
  if ((await store.resolve(tag)) === null) return []
  return readManifest((await store.getManifest(tag)).bytes, tag).layers
}

function payloadOf(digest: string, name: string): Uint8Array {
  const critical = { identity: { 'docker-reference': name }, image: { 'docker-manifest-digest': digest }, type: TYPE }
  return Buffer.from(JSON.stringify({ critical, optional: null }))
}

/** The digest that a payload speaks of; null when it is no payload of a signature. */
function digestIn(payload: Uint8Array): string | null {
  try {
    const { critical } = JSON.parse(Buffer.from(payload).toString()) as Payload
    const digest = critical?.image?.['docker-manifest-digest']
    return critical?.type === TYPE && typeof digest === 'string' ? digest : null
  } catch {
    return null
  }
}

/** The layers are no tars, but registries want an image that is consistent. */
function configOf(layers: readonly Descriptor[]): ImageConfig {
  return { architecture: '', os: '', rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } }
}
