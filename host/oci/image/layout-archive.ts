/** An image layout as one file, a tar: what skopeo calls `oci-archive`. Equal images give equal bytes. */
import type { Image } from './build-image.ts'
import { packLayer } from './layer.ts'
import { EMPTY_INDEX, INDEX_FILE, LAYOUT_MARKER, blobPath, withManifest } from './layout-index.ts'

/** The archive of one image under a tag. */
export function packArchive(image: Image, tag: string): Promise<Uint8Array> {
  const index = withManifest(EMPTY_INDEX, tag, image.manifest)
  const blobs = [...image.blobs, image.manifest].map(({ descriptor, bytes }) => ({ name: blobPath(descriptor.digest), bytes }))
  const files = [
    { name: LAYOUT_MARKER.name, bytes: Buffer.from(LAYOUT_MARKER.text) },
    { name: INDEX_FILE, bytes: Buffer.from(JSON.stringify(index)) },
    ...blobs.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  ]
  return packLayer(files, new Date(0))
}
