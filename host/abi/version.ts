/** ABI versions: which one a module speaks, and what that changes. */

/** Supported versions, oldest first; compare by index. */
export const ABI_VERSIONS = ['0.1.0', '0.2.0', '0.2.1'] as const

export type AbiVersion = (typeof ABI_VERSIONS)[number]

const MARKER = 'proxy_abi_version_'

/** The version of the first marker among the exported functions, or null when there is none that is known. */
export function abiVersionOf(exports: readonly { readonly name: string; readonly kind: string }[]): AbiVersion | null {
  for (const item of exports) {
    if (item.kind !== 'function' || !item.name.startsWith(MARKER)) continue
    const version = item.name.slice(MARKER.length).replaceAll('_', '.')
    const known = ABI_VERSIONS.find((candidate) => candidate === version)
    if (known !== undefined) return known
  }
  return null
}

/** True when `version` lies in `[since, until]`; null = open. */
export function isWithin(version: AbiVersion, since: AbiVersion, until: AbiVersion | null): boolean {
  const index = ABI_VERSIONS.indexOf(version)
  return index >= ABI_VERSIONS.indexOf(since) && (until === null || index <= ABI_VERSIONS.indexOf(until))
}
