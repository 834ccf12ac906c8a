/** The media types that are written or read. Sources: OCI image-spec 1.1, Docker image manifest v2 schema 2, the solo.io and CNCF Wasm image specifications. */
export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  /** The two bytes `{}`, where a manifest must have a config or a layer and has none. */
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayerTarGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerTarGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  /** The two layers of the solo.io artifact: runtime configuration, module. */
  moduleConfig: 'application/vnd.module.wasm.config.v1+json',
  moduleContent: 'application/vnd.module.wasm.content.layer.v1+wasm',
  /** The config of the CNCF Wasm artifact, and its one layer. */
  wasmConfig: 'application/vnd.wasm.config.v0+json',
  wasm: 'application/wasm',
  /** The config and the layer of the tool wasm-to-oci (2019-2021); read, never written. */
  oldWasmConfig: 'application/vnd.wasm.config.v1+json',
  oldWasmContent: 'application/vnd.wasm.content.layer.v1+wasm',
} as const

/** What a manifest may be, by its media type: for the header `Accept` and for dispatch. */
export const MANIFEST_TYPES: readonly string[] = [
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerManifestList,
]

/** True for a list of manifests, false for one image. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerManifestList
}
