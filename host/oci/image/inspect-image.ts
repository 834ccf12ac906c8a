/** What can be said of an image without running it. */
import type { ImageStore } from '../image-store.ts'
import { isIndexType } from '../media-types.ts'
import type { Annotations, Descriptor } from '../types.ts'
import { signatureTag } from '../signing/simple-signing.ts'
import { contentGetter, extractModule, type ReadLayout } from './extract-module.ts'
import { loadersOf, type Loader } from './loaders.ts'
import { readManifest } from './read-manifest.ts'

export interface ImageReport {
  /** Of what the tag leads to. */
  readonly digest: string
  readonly isIndex: boolean
  /** Of the image that meshes take and pins name; that of `digest` unless it is an index. */
  readonly manifestDigest: string
  readonly layout: ReadLayout
  readonly layers: readonly Descriptor[]
  readonly annotations: Annotations
  readonly moduleSha256: string
  /** As the image says; empty = it does not. */
  readonly abiVersions: readonly string[]
  readonly rootIds: readonly string[]
  readonly hasSchema: boolean
  /** Signatures under the image's tag `sha256-….sig`. Whether any of them is valid, `verify` says. */
  readonly signatures: number
  /** Bills of materials, provenance, bundles. */
  readonly referrers: readonly Descriptor[]
  readonly loaders: readonly Loader[]
}

export interface InspectedImage {
  readonly report: ImageReport
  readonly module: Uint8Array
}

/** Describes the image of a tag or digest; throws what is wrong with one that cannot be read. `place` names it. */
export async function inspectImage(store: ImageStore, key: string, place: string): Promise<InspectedImage> {
  const { descriptor, bytes } = await store.getManifest(key)
  const isIndex = isIndexType(descriptor.mediaType)
  const image = await extractModule(bytes, contentGetter(store), { place })
  const { manifest, manifestDigest, layout, moduleSha256, runtimeConfig, schema, module } = image
  const report = {
    digest: descriptor.digest,
    isIndex,
    manifestDigest,
    layout,
    layers: manifest.layers,
    annotations: manifest.annotations ?? {},
    moduleSha256,
    abiVersions: runtimeConfig?.abiVersions ?? [],
    rootIds: runtimeConfig?.rootIds ?? [],
    hasSchema: schema !== null,
    signatures: await countSignatures(store, descriptor.digest),
    referrers: await store.listReferrers(descriptor.digest),
    loaders: loadersOf(image, isIndex),
  }
  return { report, module }
}

async function countSignatures(store: ImageStore, digest: string): Promise<number> {
  const tag = signatureTag(digest)
  if ((await store.resolve(tag)) === null) return 0
  return readManifest((await store.getManifest(tag)).bytes, tag).layers.length
}
