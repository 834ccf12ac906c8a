/** What the files of an OCI image layout are called and hold (image-spec, image-layout.md); in a folder or in an archive. */
import { isDigest, splitDigest } from '../digest.ts'
import { MEDIA_TYPES, isIndexType } from '../media-types.ts'
import type { Blob, Descriptor, Index } from '../types.ts'
import { readIndex, readManifest } from './read-manifest.ts'

/** Says that a folder is a layout. */
export const LAYOUT_MARKER = { name: 'oci-layout', text: '{"imageLayoutVersion":"1.0.0"}' } as const
/** Lists the manifests, with their tags. */
export const INDEX_FILE = 'index.json'
export const EMPTY_INDEX: Index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] }

/** The annotation of a descriptor in index.json that names its tag. */
const TAG = 'org.opencontainers.image.ref.name'

/** The tag that an entry of index.json has; null = none. */
export function tagOf({ annotations }: Descriptor): string | null {
  return annotations?.[TAG] ?? null
}

/** Path of a blob in the layout, with slashes. */
export function blobPath(digest: string): string {
  const { algorithm, hex } = splitDigest(digest)
  return `blobs/${algorithm}/${hex}`
}

/** The index with one manifest more, under a tag or its digest. What had the tag before has none then, and is left out. */
export function withManifest(index: Index, key: string, manifest: Blob): Index {
  const tag = isDigest(key) ? null : key
  const entry = entryOf(manifest, tag)
  const isReplaced = (other: Descriptor): boolean => tagOf(other) === tag && (tag !== null || other.digest === entry.digest)
  return { ...index, manifests: [...index.manifests.filter((other) => !isReplaced(other)), entry] }
}

function entryOf({ descriptor, bytes }: Blob, tag: string | null): Descriptor {
  const { mediaType, digest, size } = descriptor
  const { artifactType } = isIndexType(mediaType) ? readIndex(bytes, digest) : readManifest(bytes, digest)
  const entry = artifactType === undefined ? { mediaType, digest, size } : { mediaType, digest, size, artifactType }
  return tag === null ? entry : { ...entry, annotations: { [TAG]: tag } }
}
