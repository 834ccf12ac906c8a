/**
 * Brings an image from where it is to a repository: blobs first, then manifests by digest, tags last, each read again.
 * Until the last step nothing that has a name has changed.
 */
import { SluiceError } from '../../errors.ts'
import type { Image } from '../image/build-image.ts'
import { readIndex, readManifest } from '../image/read-manifest.ts'
import type { ImageStore } from '../image-store.ts'
import { isIndexType } from '../media-types.ts'
import type { Blob, Descriptor } from '../types.ts'
import type { RegistryPort } from './port.ts'
import { nameText, type Reference } from './reference.ts'
import { expectBytes } from './traffic.ts'

/** Where an image comes from. */
export type ImageSource = Pick<ImageStore, 'getManifest' | 'getBlob' | 'listReferrers'> & {
  /** Set for a repository: a registry may take blobs over from its own. */
  readonly name?: Reference
}

/** What was done, by digest. */
export interface TransferReport {
  readonly digest: string
  readonly uploaded: readonly string[]
  readonly mounted: readonly string[]
  /** Were there already. */
  readonly present: readonly string[]
}

/** Copies the image or index `root`, with its signatures and other referrers if wanted, and sets the tags. Throws what source and target throw, and `SLUICE_REGISTRY_CONFLICT`. */
export async function transferImage(
  source: ImageSource,
  root: Blob,
  target: RegistryPort,
  tags: readonly string[],
  withReferrers = false,
): Promise<TransferReport> {
  const transfer = new Transfer(source, target)
  await transfer.manifest(root)
  if (withReferrers) await transfer.referrers(root.descriptor.digest)
  for (const tag of tags) await setTag(target, tag, root)
  return { digest: root.descriptor.digest, ...transfer }
}

/** What {@link transferImage} would send: the same walk, and nothing written. */
export async function missingContent(
  source: ImageSource,
  root: Blob,
  target: RegistryPort,
): Promise<Pick<TransferReport, 'uploaded' | 'present'>> {
  const uploaded: string[] = []
  const present: string[] = []
  const visit = async ({ descriptor, bytes }: Blob): Promise<void> => {
    for (const child of childrenOf(descriptor, bytes)) await visit(await source.getManifest(child.digest))
    for (const { digest } of blobsOf(descriptor, bytes)) ((await target.hasBlob(digest)) ? present : uploaded).push(digest)
  }
  await visit(root)
  return { uploaded: [...new Set(uploaded)], present: [...new Set(present)] }
}

/** Points a tag at a manifest that is in the repository; throws `SLUICE_REGISTRY_CONFLICT` when it then points elsewhere. */
export async function setTag(target: RegistryPort, tag: string, manifest: Blob): Promise<void> {
  await target.putManifest(tag, manifest)
  const seen = (await target.resolve(tag))?.digest ?? 'nothing'
  const { digest: wanted } = manifest.descriptor
  if (seen === wanted) return
  const path = `${nameText(target.name)}:${tag}`
  throw new SluiceError('SLUICE_REGISTRY_CONFLICT', 'The tag leads elsewhere right after it was set', { path, seen, wanted })
}

class Transfer {
  readonly uploaded: string[] = []
  readonly mounted: string[] = []
  readonly present: string[] = []
  readonly #source: ImageSource
  readonly #target: RegistryPort

  constructor(source: ImageSource, target: RegistryPort) {
    this.#source = source
    this.#target = target
  }

  /** What a manifest points at, then the manifest under its digest, read again. */
  async manifest(manifest: Blob): Promise<void> {
    const { descriptor, bytes } = manifest
    for (const child of childrenOf(descriptor, bytes)) await this.manifest(await this.#source.getManifest(child.digest))
    const missing = await this.#missing(blobsOf(descriptor, bytes))
    this.#expect(missing)
    for (const blob of missing) await this.#upload(blob)
    await this.#target.putManifest(descriptor.digest, manifest)
    // The digest holds what comes back against what was sent.
    await this.#target.getManifest(descriptor.digest)
  }

  /** Also those of referrers: the signature of a bill of materials. */
  async referrers(digest: string): Promise<void> {
    for (const referrer of await this.#source.listReferrers(digest)) {
      await this.manifest(await this.#source.getManifest(referrer.digest))
      await this.referrers(referrer.digest)
    }
  }

  /** Those that are neither there nor can be taken over. */
  async #missing(blobs: readonly Descriptor[]): Promise<Descriptor[]> {
    const missing: Descriptor[] = []
    for (const blob of blobs) {
      if (await this.#target.hasBlob(blob.digest)) this.present.push(blob.digest)
      else if (await this.#mount(blob.digest)) this.mounted.push(blob.digest)
      else missing.push(blob)
    }
    return missing
  }

  /** What is in a repository comes in before it goes out. */
  #expect(blobs: readonly Descriptor[]): void {
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0)
    expectBytes(this.#source.name === undefined ? bytes : 2 * bytes)
  }

  async #upload(descriptor: Descriptor): Promise<void> {
    await this.#target.putBlob({ descriptor, bytes: await this.#source.getBlob(descriptor) })
    this.uploaded.push(descriptor.digest)
  }

  async #mount(digest: string): Promise<boolean> {
    const from = this.#source.name
    const isSameRegistry = from !== undefined && from.registry === this.#target.name.registry
    return isSameRegistry && from.repository !== this.#target.name.repository && this.#target.mountBlob(digest, from.repository)
  }
}

/** The images of an index. */
function childrenOf({ mediaType, digest }: Descriptor, bytes: Uint8Array): readonly Descriptor[] {
  return isIndexType(mediaType) ? readIndex(bytes, digest).manifests : []
}

/** Config and layers of an image, each once. */
function blobsOf({ mediaType, digest }: Descriptor, bytes: Uint8Array): readonly Descriptor[] {
  if (isIndexType(mediaType)) return []
  const { config, layers } = readManifest(bytes, digest)
  return [...new Map([config, ...layers].map((one) => [one.digest, one])).values()]
}

/** An image that was just built. */
export function sourceOfImage({ manifest, blobs }: Image): ImageSource {
  const all = new Map([manifest, ...blobs].map((blob) => [blob.descriptor.digest, blob]))
  const get = (digest: string): Promise<Blob> => Promise.resolve(all.get(digest)!)
  return {
    getManifest: get,
    getBlob: async ({ digest }) => (await get(digest)).bytes,
    listReferrers: () => Promise.resolve([]),
  }
}
