/** A repository of a registry as everything above sees it; one adapter speaks the protocol (http-repository.ts). */
import type { ImageStore } from '../image-store.ts'
import type { Descriptor } from '../types.ts'
import type { Reference } from './reference.ts'

/**
 * Errors of all calls: `SLUICE_REGISTRY_NETWORK`, `_ANSWER`, `_AUTH`, `_CREDENTIALS`, `_NOT_FOUND`, and
 * `SLUICE_OCI_DIGEST` for content that is not what its digest says.
 */
export interface RegistryPort extends ImageStore {
  /** Registry and repository; no tag, no digest. */
  readonly name: Reference
  hasBlob(digest: string): Promise<boolean>
  /** Takes a blob over from another repository of the same registry; false = it has to be uploaded. */
  mountBlob(digest: string, fromRepository: string): Promise<boolean>
  /** Tags in the registry's order. */
  listTags(): Promise<string[]>
  /** Of one kind when `artifactType` is given. */
  listReferrers(digest: string, artifactType?: string): Promise<Descriptor[]>
  /** Deletes a manifest with all its tags (digest), or one tag. */
  deleteManifest(key: string): Promise<void>
  /** Closes connections. */
  close(): Promise<void>
}
