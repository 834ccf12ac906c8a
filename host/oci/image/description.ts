/** What an image says about its filter, apart from the module's bytes. */
import type { Annotations } from '../types.ts'

export interface FilterDescription {
  /** Of the filter, and the title of the image. */
  readonly name: string
  readonly version?: string
  readonly description?: string
  /** An SPDX expression. */
  readonly license?: string
  /** Where the source code is. */
  readonly source?: string
  readonly documentation?: string
  readonly vendor?: string
  /** The npm package that the module comes from, `name@version`. */
  readonly npmPackage?: string
  /** The root ids that the module knows; empty = unknown, or it takes any. */
  readonly rootIds: readonly string[]
  /** Versions of the Proxy-Wasm ABI that the module speaks, `0.2.1`. */
  readonly abiVersions: readonly string[]
  /** JSON schema of the plugin configuration, as text. */
  readonly schema?: string
}

/** Keys of the annotations that are our own. */
export const ANNOTATIONS = {
  /** Of the module itself: what `vm_config.code.remote.sha256` wants. */
  moduleSha256: 'sluice.module.sha256',
  /** Joined by commas. */
  rootIds: 'sluice.filter.root-ids',
  schemaSha256: 'sluice.filter.schema.sha256',
  npmPackage: 'sluice.npm.package',
} as const

/**
 * The description as annotations: `org.opencontainers.image.*` (image-spec, annotations.md), `module.wasm.*` (solo.io's
 * image specification and its tool wasme), and {@link ANNOTATIONS}. Nothing that is unknown is written.
 */
export function annotationsOf(description: FilterDescription): Annotations {
  const { name, version, license, source, documentation, vendor, npmPackage, rootIds, abiVersions } = description
  return defined({
    'module.wasm.runtime/abi_version': abiVersions.join(',') || undefined,
    'module.wasm.runtime/type': 'envoy_proxy',
    'org.opencontainers.image.description': description.description,
    'org.opencontainers.image.documentation': documentation,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.source': source,
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.vendor': vendor,
    'org.opencontainers.image.version': version,
    [ANNOTATIONS.npmPackage]: npmPackage,
    [ANNOTATIONS.rootIds]: rootIds.join(',') || undefined,
  })
}

function defined(all: Readonly<Record<string, string | undefined>>): Annotations {
  const known = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
  return Object.fromEntries(known)
}
