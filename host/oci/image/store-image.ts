/** Puts an image into a folder or repository: what a manifest points at before the manifest, so that no tag leads to half of one. */
import type { ImageStore } from '../image-store.ts'
import type { Image } from './build-image.ts'

/** Stores the image under a tag. */
export async function storeImage(store: ImageStore, { manifest, blobs }: Image, tag: string): Promise<void> {
  for (const blob of blobs) await store.putBlob(blob)
  await store.putManifest(tag, manifest)
}
