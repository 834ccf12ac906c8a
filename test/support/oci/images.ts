/** Small images for tests of registries. */
import { blobOf } from '../../../host/oci/digest.ts'
import { MEDIA_TYPES } from '../../../host/oci/media-types.ts'
import type { Blob, Descriptor } from '../../../host/oci/types.ts'

/** An image in memory, readable as a place of images. */
export class MemoryImage {
  readonly root: Blob
  readonly contents: readonly Blob[]
  readonly #byDigest: ReadonlyMap<string, Blob>

  constructor(root: Blob, contents: readonly Blob[]) {
    this.root = root
    this.contents = contents
    this.#byDigest = new Map(contents.map((blob) => [blob.descriptor.digest, blob]))
  }

  get digest(): string {
    return this.root.descriptor.digest
  }

  getManifest(key: string): Promise<Blob> {
    return Promise.resolve(this.#byDigest.get(key)!)
  }

  listReferrers(): Promise<Descriptor[]> {
    return Promise.resolve([])
  }

  getBlob({ digest }: Descriptor): Promise<Uint8Array> {
    return Promise.resolve(this.#byDigest.get(digest)!.bytes)
  }
}

/** One image with these layers; bytes that are no module will do for a registry. */
export function imageOf(layers: readonly (string | Uint8Array)[], extra: object = {}): MemoryImage {
  const config = blobOf(
    MEDIA_TYPES.ociConfig,
    Buffer.from('{"architecture":"wasm","os":"wasip1","rootfs":{"type":"layers","diff_ids":[]}}'),
  )
  const blobs = layers.map((layer) => blobOf(MEDIA_TYPES.ociLayerTarGzip, Buffer.from(layer as string)))
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: config.descriptor,
    layers: blobs.map(({ descriptor }) => descriptor),
    ...extra,
  }
  const root = blobOf(MEDIA_TYPES.ociManifest, Buffer.from(JSON.stringify(manifest)))
  return new MemoryImage(root, [root, config, ...blobs])
}

/** An index of images. */
export function indexOf(images: readonly MemoryImage[]): MemoryImage {
  const manifests = images.map(({ root }) => ({ ...root.descriptor, platform: { os: 'linux', architecture: 'amd64' } }))
  const text = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests })
  const root = blobOf(MEDIA_TYPES.ociIndex, Buffer.from(text))
  return new MemoryImage(root, [root, ...images.flatMap(({ contents }) => contents)])
}
