/** Images as commands name them: in a layout folder (`oci-layout:FOLDER:TAG`), or in a registry. */
import { isFolderName, openFolderImage } from '../oci/image/image-name.ts'
import type { ImageStore } from '../oci/image-store.ts'
import { manifestKey, parseReference } from '../oci/registry/reference.ts'
import { withRepository, type RegistryFlags } from './registry-options.ts'

/** What commands say of the argument that names an image. */
export const IMAGE_ARGUMENT = 'the image: registry/repository:tag, registry/repository@digest, or oci-layout:FOLDER[:TAG]'

/** An image that commands work on. */
export interface NamedImage {
  readonly store: ImageStore
  /** Tag or digest. */
  readonly key: string
}

/** Lets `work` use the image that a name leads to, and closes what was opened for it. */
export async function withImage<T>(name: string, flags: RegistryFlags, work: (image: NamedImage) => Promise<T>): Promise<T> {
  if (isFolderName(name)) {
    const { folder, key } = await openFolderImage(name)
    return work({ store: folder, key })
  }
  const reference = parseReference(name)
  return withRepository(reference, flags, (store) => work({ store, key: manifestKey(reference) }))
}
