/** The filter chain that a stream was recorded in, as the options of a test host. */
import type { TraceJson } from '../../tap/trace-json.ts'
import type { ClusterKind } from '../clusters.ts'
import type { TestConfigOptions, TestFilter } from '../test-config.ts'
import { invalidRecording, type JsonMessage, type Recording } from './recording.ts'

/** Modules by plugin name, where the files that the recording names are not at hand. */
export type RecordedModules = Readonly<Record<string, string | Uint8Array>>

const CONNECTION_MANAGER = /\.HttpConnectionManager$/
const WASM = /\.http\.wasm\.v3\.Wasm$/
const PORTABLE = ['per_connection_buffer_limit_bytes', 'traffic_direction', 'metadata'] as const

/** `place` names the stream in errors. */
export function recordedChain(
  recording: Recording,
  stream: TraceJson,
  modules: RecordedModules,
  place: string,
): TestConfigOptions {
  const listener = recording.listeners.find(({ name }) => (name ?? '') === stream.listener)
  const manager = listener === undefined ? undefined : managerOf(listener)
  if (listener === undefined || manager === undefined) {
    throw invalidRecording(place, 'Cannot replay the stream', {
      seen: `listener ${stream.listener}`,
      wanted: 'its configuration in the recording',
    })
  }
  const { '@type': _type, http_filters: filters, access_log: _log, ...http } = manager
  return {
    filters: (filters as readonly TypedFilter[]).flatMap((filter) => filterOf(filter.typed_config, modules, place)),
    http,
    listener: Object.fromEntries(PORTABLE.filter((field) => field in listener).map((field) => [field, listener[field]])),
    clusters: Object.fromEntries(recording.clusters.map((cluster) => [String(cluster['name']), kindOf(cluster, stream)])),
  }
}

interface TypedFilter {
  readonly typed_config: JsonMessage
}

/** That of the first chain that has one. */
function managerOf(listener: JsonMessage): JsonMessage | undefined {
  const chains = (listener['filter_chains'] ?? []) as readonly { readonly filters?: readonly TypedFilter[] }[]
  const filters = chains.flatMap((chain) => chain.filters ?? [])
  return filters.map(({ typed_config: config }) => config).find((config) => CONNECTION_MANAGER.test(String(config['@type'])))
}

/** Nothing for the router. */
function filterOf(typed: JsonMessage, modules: RecordedModules, place: string): TestFilter[] {
  if (!WASM.test(String(typed['@type']))) return []
  const { name = '', vm_config: vmConfig, ...plugin } = typed['config'] as JsonMessage
  const { code, ...vm } = vmConfig as JsonMessage
  const file = (code as { readonly local?: { readonly filename?: string } } | undefined)?.local?.filename
  const wasm = modules[String(name)] ?? file
  if (wasm === undefined) {
    throw invalidRecording(place, 'Cannot replay the stream', {
      seen: `no file of the filter ${String(name)}`,
      wanted: 'its module in the option modules',
    })
  }
  return [{ wasm, name: String(name), plugin: { root_id: '', ...plugin }, vm }]
}

/** What nobody could connect to refuses here too. */
function kindOf(cluster: JsonMessage, stream: TraceJson): ClusterKind {
  const assignment = cluster['load_assignment'] as { readonly endpoints?: readonly unknown[] } | undefined
  if ((assignment?.endpoints ?? []).length === 0) return 'empty'
  if (stream.cluster === cluster['name'] && stream.upstream.length === 0 && stream.response_flags.split(',').includes('UF'))
    return 'refused'
  return JSON.stringify(cluster).includes('"http2_protocol_options"') ? 'http2' : 'upstream'
}
