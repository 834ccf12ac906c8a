/** Where images are: a layout folder, or a repository of a registry. What attaches, signs, verifies and inspects needs no more. */
import type { Blob, Descriptor } from './types.ts'

export interface ImageStore {
  /** What a tag or digest leads to; null = nothing. */
  resolve(key: string): Promise<Descriptor | null>
  /** The manifest or index of a tag or digest, its bytes held against the digest. */
  getManifest(key: string): Promise<Blob>
  /** Content, held against its descriptor. */
  getBlob(descriptor: Descriptor): Promise<Uint8Array>
  putBlob(blob: Blob): Promise<void>
  /** Stores a manifest whose blobs are there, under a tag or its digest. One with a `subject` is found as its referrer from then on. */
  putManifest(key: string, manifest: Blob): Promise<void>
  /** The manifests whose `subject` has the digest, with their `artifactType` and annotations. */
  listReferrers(digest: string): Promise<readonly Descriptor[]>
}
