/**
 * Takes the module out of an image of any layout, as the meshes' agents do: the manifest's type decides, then the last
 * layer, then the artifact of two layers. What they refuse and others write (one raw layer) is taken too.
 */
import { SluiceError } from '../../errors.ts'
import { digestOf, splitDigest, verifyContent, verifyDigest } from '../digest.ts'
import type { ImageStore } from '../image-store.ts'
import { MANIFEST_TYPES, MEDIA_TYPES, isIndexType } from '../media-types.ts'
import type { Descriptor, Manifest, Platform } from '../types.ts'
import { DEFAULT_PLATFORM, LAYER_FILES } from './build-image.ts'
import { MAX_LAYER_BYTES, decompress, readLayer } from './layer.ts'
import { manifestTypeOf, readIndex, readManifest } from './read-manifest.ts'
import { readRuntimeConfig, type RuntimeConfig } from './runtime-config.ts'

/** The layouts that are read: those of {@link LAYOUTS}, and the one raw layer that wasm-to-oci wrote. */
export type ReadLayout = 'oci' | 'docker' | 'artifact' | 'wasm' | 'wasm-to-oci'

/** Gets content by its descriptor, a manifest of an index included; the bytes are checked by the caller of this function. */
export type GetBlob = (descriptor: Descriptor) => Promise<Uint8Array>

export interface ExtractedModule {
  readonly layout: ReadLayout
  readonly module: Uint8Array
  /** Of the module, in hex: for `vm_config.code.remote.sha256` of a module that is served as it is. */
  readonly moduleSha256: string
  /** Of the image's manifest, that of an index's child where there is an index: what `oci://` references pin. */
  readonly manifestDigest: string
  readonly manifest: Manifest
  /** Null when the image does not say. */
  readonly runtimeConfig: RuntimeConfig | null
  /** JSON schema of the plugin configuration; null when the image has none. */
  readonly schema: string | null
}

export interface ExtractOptions {
  /** Where the image is, for errors: a reference or a folder. */
  readonly place: string
  /** Digest that the manifest must have; null = whatever comes. An index has its own. */
  readonly digest?: string | null
  /** Of the child of an index; {@link DEFAULT_PLATFORM}, as Istio's agent, Envoy Gateway and Higress look for, unless given. */
  readonly platform?: Platform
}

const WASM_MAGIC = Buffer.from('\0asm', 'latin1')
/** A header without any section. */
const SMALLEST_MODULE = 8
/**
 * The module of the image whose manifest or index is given, with all that is said of it checked: digests and sizes of manifest and
 * layers, gzip, tar, 256 MiB when decompressed, the module's magic. Throws SLUICE_OCI_DIGEST, _MANIFEST, _LAYER, _MODULE.
 */
export async function extractModule(bytes: Uint8Array, getBlob: GetBlob, options: ExtractOptions): Promise<ExtractedModule> {
  const { place, digest = null } = options
  if (digest !== null) verifyDigest(digest, bytes, place)
  const checked: GetBlob = async (descriptor) => {
    if (descriptor.size > MAX_LAYER_BYTES) throw tooLarge(descriptor, place)
    const content = await getBlob(descriptor)
    verifyContent(descriptor, content, `${place} ${descriptor.digest}`)
    return content
  }
  if (!isIndexType(manifestTypeOf(bytes, place))) return extractFrom(bytes, checked, place)
  const child = childFor(readIndex(bytes, place).manifests, options.platform ?? DEFAULT_PLATFORM, place)
  return extractFrom(await checked(child), checked, `${place} ${child.digest}`)
}

/** Gets what an {@link ExtractedModule} is made of out of a folder or repository. */
export function contentGetter(store: ImageStore): GetBlob {
  return async (descriptor) => {
    if (!MANIFEST_TYPES.includes(descriptor.mediaType)) return store.getBlob(descriptor)
    return (await store.getManifest(descriptor.digest)).bytes
  }
}

async function extractFrom(bytes: Uint8Array, getBlob: GetBlob, place: string): Promise<ExtractedModule> {
  const manifest = readManifest(bytes, place)
  const content = await contentOf(manifest, getBlob, place)
  checkModule(content.module, place)
  const moduleSha256 = splitDigest(digestOf(content.module)).hex
  return { ...content, moduleSha256, manifestDigest: digestOf(bytes), manifest }
}

type Content = Pick<ExtractedModule, 'layout' | 'module' | 'runtimeConfig' | 'schema'>

/** As in Istio's agent: Docker's manifests have Docker's layers, others the layer of OCI, or the artifact's two. */
async function contentOf(manifest: Manifest, getBlob: GetBlob, place: string): Promise<Content> {
  const { layers } = manifest
  const isDocker = manifest.mediaType === MEDIA_TYPES.dockerManifest
  const last = layers.at(-1)
  const layerType = isDocker ? MEDIA_TYPES.dockerLayerTarGzip : MEDIA_TYPES.ociLayerTarGzip
  if (last?.mediaType === layerType) return containerContent(isDocker ? 'docker' : 'oci', last, getBlob, place)
  const raw = layers.find(({ mediaType }) => mediaType === MEDIA_TYPES.moduleContent)
  if (raw !== undefined && layers.length === 2 && !isDocker) return artifactContent(layers, raw, getBlob)
  const lone = layers.length === 1 && !isDocker ? loneLayout(layers[0]?.mediaType) : null
  if (lone !== null && last !== undefined) return rawContent(lone, await getBlob(last))
  throw unknownLayout(manifest, place)
}

async function containerContent(layout: ReadLayout, layer: Descriptor, getBlob: GetBlob, place: string): Promise<Content> {
  const layerPlace = `${place} ${layer.digest}`
  const tar = await decompress(await getBlob(layer), layerPlace)
  const names: readonly string[] = Object.values(LAYER_FILES)
  const files = await readLayer(tar, (name) => names.includes(baseName(name)), layerPlace)
  const find = (name: string): Uint8Array | undefined => files.find((file) => baseName(file.name) === name)?.bytes
  const module = find(LAYER_FILES.module)
  if (module === undefined) throw moduleFault(layerPlace, 'no such file', `a file ${LAYER_FILES.module} in the last layer`)
  const runtimeConfig = find(LAYER_FILES.runtimeConfig)
  const schema = find(LAYER_FILES.schema)
  return {
    layout,
    module,
    runtimeConfig: runtimeConfig === undefined ? null : readRuntimeConfig(textOf(runtimeConfig)),
    schema: schema === undefined ? null : textOf(schema),
  }
}

async function artifactContent(layers: readonly Descriptor[], raw: Descriptor, getBlob: GetBlob): Promise<Content> {
  const config = layers.find(({ mediaType }) => mediaType === MEDIA_TYPES.moduleConfig)
  const text = config === undefined ? '' : textOf(await getBlob(config))
  return { ...rawContent('artifact', await getBlob(raw)), runtimeConfig: readRuntimeConfig(text) }
}

function rawContent(layout: ReadLayout, module: Uint8Array): Content {
  return { layout, module, runtimeConfig: null, schema: null }
}

function loneLayout(mediaType: string | undefined): ReadLayout | null {
  if (mediaType === MEDIA_TYPES.wasm) return 'wasm'
  if (mediaType === MEDIA_TYPES.oldWasmContent) return 'wasm-to-oci'
  return mediaType === MEDIA_TYPES.moduleContent ? 'artifact' : null
}

/** As Istio's agent chooses: a child that names no platform fits every one. */
function childFor(children: readonly Descriptor[], { os, architecture }: Platform, place: string): Descriptor {
  const child = children.find(
    ({ platform }) => platform == null || (platform.os === os && platform.architecture === architecture),
  )
  if (child !== undefined) return child
  const names = children.map(({ platform }) => `${platform?.os}/${platform?.architecture}`)
  throw new SluiceError('SLUICE_OCI_LAYOUT', 'The index has no image for the platform', {
    path: place,
    seen: names.join(', ') || 'an empty index',
    wanted: `${os}/${architecture}`,
    next: 'publish one image instead of an index',
  })
}

function unknownLayout({ mediaType, layers }: Manifest, place: string): SluiceError {
  const isDocker = mediaType === MEDIA_TYPES.dockerManifest
  const wanted = isDocker
    ? `a last layer of type ${MEDIA_TYPES.dockerLayerTarGzip}`
    : `a last layer of type ${MEDIA_TYPES.ociLayerTarGzip}, or two layers of which one is ${MEDIA_TYPES.moduleContent}`
  return new SluiceError('SLUICE_OCI_LAYOUT', 'No layout of a Wasm image', {
    path: place,
    seen: layers.map((layer) => layer.mediaType).join(', ') || 'no layers',
    wanted,
  })
}

function checkModule(module: Uint8Array, place: string): void {
  const head = Buffer.from(module.subarray(0, WASM_MAGIC.length))
  if (module.length >= SMALLEST_MODULE && head.equals(WASM_MAGIC)) return
  throw moduleFault(
    place,
    `${module.length} bytes that begin with ${head.toString('hex') || 'nothing'}`,
    'a module, which begins with 0061736d',
  )
}

function moduleFault(path: string, seen: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_OCI_MODULE', 'The image holds no module', { path, seen, wanted })
}

function tooLarge({ digest, size }: Descriptor, place: string): SluiceError {
  return new SluiceError('SLUICE_OCI_LAYER', 'The layer is too large', {
    path: `${place} ${digest}`,
    seen: `${size} bytes`,
    wanted: 'at most 256 MiB',
  })
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
