/** Makes an image of a module, in one of the layouts that proxies and tools take. Equal input gives equal bytes. */
import { blobOf, digestOf, jsonBlob, splitDigest } from '../digest.ts'
import { MEDIA_TYPES } from '../media-types.ts'
import type { Annotations, Blob, Descriptor, ImageConfig, Manifest, Platform } from '../types.ts'
import { ANNOTATIONS, annotationsOf, type FilterDescription } from './description.ts'
import { gzipLayer, packLayer, type LayerFile } from './layer.ts'
import { writeRuntimeConfig } from './runtime-config.ts'

/**
 * `oci`: a container image (solo.io's "compat" variant); what every mesh takes. `docker`: the same with Docker's media types.
 * `artifact`: runtime configuration and module as two raw layers (solo.io's first form). `wasm`: the CNCF's Wasm artifact.
 */
export const LAYOUTS = ['oci', 'docker', 'artifact', 'wasm'] as const

export type Layout = (typeof LAYOUTS)[number]

export interface ImageInput {
  readonly module: Uint8Array
  readonly description: FilterDescription
  /** Further annotations; they win over those of the description. */
  readonly annotations?: Annotations
  /** What the config of a container image claims to run on; {@link DEFAULT_PLATFORM} unless given. */
  readonly platform?: Platform
  /** The time that the image bears (`SOURCE_DATE_EPOCH`); null = none, so that only content changes the digest. */
  readonly created: Date | null
}

/** A manifest and everything that it points at. */
export interface Image {
  readonly manifest: Blob
  readonly blobs: readonly Blob[]
}

/** Names inside the layer of a container image. */
export const LAYER_FILES = { module: 'plugin.wasm', runtimeConfig: 'runtime-config.json', schema: 'schema.json' } as const

/**
 * A module runs anywhere, but container runtimes unpack only images of their own platform, and meshes that look at it look
 * for this one (docs/RATIONALE.md).
 */
export const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' }

const EPOCH = new Date(0)

/** Builds the image. Its digest is that of the manifest: `image.manifest.descriptor.digest`. */
export async function buildImage(layout: Layout, input: ImageInput): Promise<Image> {
  switch (layout) {
    case 'oci':
      return containerImage(input, MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociConfig, MEDIA_TYPES.ociLayerTarGzip)
    case 'docker':
      return containerImage(input, MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerConfig, MEDIA_TYPES.dockerLayerTarGzip)
    case 'artifact':
      return moduleArtifact(input)
    case 'wasm':
      return wasmArtifact(input)
  }
}

async function containerImage(input: ImageInput, manifestType: string, configType: string, layerType: string): Promise<Image> {
  const tar = await packLayer(filesOf(input), input.created ?? EPOCH)
  const layer = blobOf(layerType, gzipLayer(tar))
  const annotations = { 'module.wasm.image/variant': 'compat', ...allAnnotations(input) }
  const config = jsonBlob(configType, imageConfig(input, digestOf(tar), annotations))
  // Docker's manifests have no annotations: there they stand as labels only.
  const noted = manifestType === MEDIA_TYPES.ociManifest ? annotations : undefined
  return imageOf(manifestType, config, [layer], noted)
}

function filesOf({ module, description }: ImageInput): LayerFile[] {
  const runtimeConfig = { name: LAYER_FILES.runtimeConfig, bytes: Buffer.from(writeRuntimeConfig(description)) }
  const files: LayerFile[] = [{ name: LAYER_FILES.module, bytes: module }, runtimeConfig]
  if (description.schema !== undefined) files.push({ name: LAYER_FILES.schema, bytes: Buffer.from(description.schema) })
  return files
}

function imageConfig({ created, platform = DEFAULT_PLATFORM }: ImageInput, diffId: string, labels: Annotations): ImageConfig {
  const time = timeText(created ?? EPOCH)
  return {
    created: time,
    ...platform,
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created: time, created_by: 'sluice pack' }],
  }
}

function moduleArtifact(input: ImageInput): Image {
  const runtimeConfig = blobOf(MEDIA_TYPES.moduleConfig, Buffer.from(writeRuntimeConfig(input.description)))
  const module = blobOf(MEDIA_TYPES.moduleContent, input.module)
  return imageOf(MEDIA_TYPES.ociManifest, runtimeConfig, [runtimeConfig, module], allAnnotations(input))
}

function wasmArtifact(input: ImageInput): Image {
  const module = blobOf(MEDIA_TYPES.wasm, input.module)
  const config = jsonBlob(MEDIA_TYPES.wasmConfig, {
    created: timeText(input.created ?? EPOCH),
    architecture: 'wasm',
    os: 'wasip1',
    layerDigests: [module.descriptor.digest],
  })
  return imageOf(MEDIA_TYPES.ociManifest, config, [module], allAnnotations(input))
}

function imageOf(mediaType: string, config: Blob, layers: readonly Blob[], annotations: Annotations | undefined): Image {
  const descriptors: Descriptor[] = layers.map(({ descriptor }) => descriptor)
  const bare: Manifest = { schemaVersion: 2, mediaType, config: config.descriptor, layers: descriptors }
  const manifest = jsonBlob(mediaType, annotations === undefined ? bare : { ...bare, annotations })
  const blobs = new Map([config, ...layers].map((blob) => [blob.descriptor.digest, blob]))
  return { manifest, blobs: [...blobs.values()] }
}

function allAnnotations({ module, description, annotations, created }: ImageInput): Annotations {
  const hashes: Record<string, string> = { [ANNOTATIONS.moduleSha256]: sha256Of(module) }
  if (description.schema !== undefined) hashes[ANNOTATIONS.schemaSha256] = sha256Of(Buffer.from(description.schema))
  const time: Annotations = created === null ? {} : { 'org.opencontainers.image.created': timeText(created) }
  return sortedByKey({ ...annotationsOf(description), ...hashes, ...time, ...annotations })
}

function sha256Of(bytes: Uint8Array): string {
  return splitDigest(digestOf(bytes)).hex
}

function sortedByKey(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** RFC 3339 in whole seconds. */
function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
