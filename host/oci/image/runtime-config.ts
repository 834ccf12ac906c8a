/** `runtime-config.json`: what a Wasm image says of its module to a proxy's tools (solo.io's image specification, spec.md). */
import type { FilterDescription } from './description.ts'

export interface RuntimeConfig {
  readonly abiVersions: readonly string[]
  readonly rootIds: readonly string[]
}

/** The file's text. The specification names the versions in two ways; both are written. */
export function writeRuntimeConfig({ abiVersions, rootIds }: Pick<FilterDescription, 'abiVersions' | 'rootIds'>): string {
  const [first] = abiVersions
  const oldForm = first === undefined ? {} : { abi_version: first }
  return `${JSON.stringify({ type: 'envoy_proxy', abiVersions, ...oldForm, config: { root_ids: rootIds } })}\n`
}

/** Reads the file, in either way of naming versions; null when it is none. Nothing depends on it, so nothing is refused. */
export function readRuntimeConfig(text: string): RuntimeConfig | null {
  const json = parse(text)
  if (typeof json !== 'object' || json === null) return null
  const { abiVersions, abi_version: oldForm, config } = json as Record<string, unknown>
  const rootIds = (config as { root_ids?: unknown } | null | undefined)?.root_ids
  return { abiVersions: strings(abiVersions ?? [oldForm]), rootIds: strings(rootIds) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
