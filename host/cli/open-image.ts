/** Images as commands name them: in a layout folder (`oci-layout:FOLDER:TAG`), or in a registry. */
import type { Command } from 'commander'
import { isFolderName, openFolderImage } from '../oci/image/image-name.ts'
import type { ImageStore } from '../oci/image-store.ts'
import type { RegistryAccess } from '../oci/registry/access.ts'
import { openRepository } from '../oci/registry/http-repository.ts'
import { manifestKey, parseReference } from '../oci/registry/reference.ts'

/** What commands say of the argument that names an image. */
export const IMAGE_ARGUMENT =
  'an image: oci-layout:FOLDER[:TAG], or a reference: registry/repository:tag, registry/repository@digest'

/** An image that commands work on. */
export interface NamedImage {
  readonly store: ImageStore
  /** Tag or digest. */
  readonly key: string
}

/** Flags of {@link addRegistryFlags}. */
export type RegistryFlags = Pick<RegistryAccess, 'plainHttp' | 'insecure' | 'caFile'>

/** Adds the flags that say how a registry is reached. */
export function addRegistryFlags(command: Command): Command {
  return command
    .option('--plain-http', 'reach the registry without TLS; the default for loopback addresses')
    .option('--insecure', 'do not check the certificate of the registry')
    .option('--ca-file <file>', 'certificate authorities to trust beside those of the system, PEM')
}

/** Lets `use` work on the image that a name leads to, and closes what was opened for it. */
export async function withImage<T>(name: string, flags: RegistryFlags, use: (image: NamedImage) => Promise<T>): Promise<T> {
  if (isFolderName(name)) {
    const { folder, key } = await openFolderImage(name)
    return use({ store: folder, key })
  }
  const reference = parseReference(name, 'image')
  const store = openRepository(reference, flags)
  try {
    return await use({ store, key: manifestKey(reference) })
  } finally {
    await store.close()
  }
}
