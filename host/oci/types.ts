/** The shapes of OCI images as JSON (image-spec 1.1, descriptor.md, manifest.md, image-index.md, config.md). */

/** Points at content by digest. */
export interface Descriptor {
  readonly mediaType: string
  /** `sha256:` and 64 lower-case hex digits; `sha512:` is read too. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
  readonly annotations?: Annotations
  /** The kind of the manifest that a descriptor of an index points at. */
  readonly artifactType?: string
  readonly platform?: Platform
}

export type Annotations = Readonly<Record<string, string>>

export interface Platform {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
}

/** One image or artifact, of OCI or of Docker (version 2, schema 2). */
export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  /** The manifest that this one is about: makes it a referrer. */
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

/** Several manifests: of an image per platform, of a layout folder, or of an image's referrers. */
export interface Index {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

/** What a container image's config says; hosts of filters do not read it. */
export interface ImageConfig {
  readonly created?: string
  readonly architecture: string
  readonly os: string
  readonly config?: { readonly Labels?: Annotations }
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] }
  readonly history?: readonly { readonly created?: string; readonly created_by?: string; readonly comment?: string }[]
}

/** Bytes and what is said about them: what is written to a layout folder or a registry. */
export interface Blob {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}
