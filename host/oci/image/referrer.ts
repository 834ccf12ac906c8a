/** Manifests about another manifest (image-spec, manifest.md, "Guidelines for Artifact Usage"): one layer, no config, a subject. */
import { jsonBlob } from '../digest.ts'
import type { ImageStore } from '../image-store.ts'
import { MEDIA_TYPES } from '../media-types.ts'
import type { Annotations, Blob, Descriptor } from '../types.ts'
import { readManifest } from './read-manifest.ts'

/** Bytes; what is longer is passed over. */
const MAX_CONTENT = 32 * 1024 * 1024
const EMPTY = jsonBlob(MEDIA_TYPES.ociEmpty, {})

/** Attaches content to the manifest of a digest. Its media type is the kind of the referrer. Returns the referrer. */
export async function attach(
  store: ImageStore,
  subject: Descriptor,
  content: Blob,
  annotations: Annotations,
): Promise<Descriptor> {
  const { mediaType, digest, size } = subject
  const manifest = jsonBlob(MEDIA_TYPES.ociManifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: content.descriptor.mediaType,
    config: EMPTY.descriptor,
    layers: [content.descriptor],
    subject: { mediaType, digest, size },
    annotations,
  })
  for (const blob of [EMPTY, content]) await store.putBlob(blob)
  await store.putManifest(manifest.descriptor.digest, manifest)
  return manifest.descriptor
}

/** The contents of one kind that are attached to a manifest. */
export async function readAttached(store: ImageStore, digest: string, artifactType: string): Promise<Uint8Array[]> {
  const contents: Uint8Array[] = []
  for (const referrer of await store.listReferrers(digest)) {
    if (referrer.artifactType !== artifactType) continue
    const { layers } = readManifest((await store.getManifest(referrer.digest)).bytes, referrer.digest)
    for (const layer of layers) {
      if (layer.mediaType === artifactType && layer.size <= MAX_CONTENT) contents.push(await store.getBlob(layer))
    }
  }
  return contents
}
