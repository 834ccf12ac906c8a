/** Envoy's PluginConfig message as JSON: the form in which harness, host and Envoy are told of a trial's filters. */
import { existsSync } from 'node:fs'
import type { PluginConfig } from '../../config/types.ts'
import { fromByteString } from '../../util/bytes.ts'

export interface PluginMessage {
  readonly name: string
  /** All that `extensions.wasm.v3.PluginConfig` has. */
  readonly [field: string]: unknown
}

/** A module that is tried with the least that a proxy needs to know. */
export interface TrialModule {
  /** Path. */
  readonly module: string
  /** Of the plugin; also its vm_id. */
  readonly name: string
  readonly rootId: string
  /** The plugin configuration as text; null = none. */
  readonly config: string | null
}

export function anyMessage(type: string, fields: object): object {
  return { '@type': `type.googleapis.com/${type}`, ...fields }
}

export function pluginOfModule({ module: filename, name, rootId, config }: TrialModule): PluginMessage {
  return {
    name,
    root_id: rootId,
    vm_config: { vm_id: name, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename } } },
    ...(config === null ? {} : { configuration: anyMessage('google.protobuf.StringValue', { value: config }) }),
  }
}

/** The same plugin as one of a configuration that was read; its module may have come from another machine. */
export function pluginOfConfig(plugin: PluginConfig): PluginMessage {
  const { failurePolicy, allowOnHeadersStopIteration, allowedCapabilities, reloadBackoff } = plugin
  const capabilities = Object.fromEntries([...(allowedCapabilities ?? [])].map((name) => [name, {}]))
  return {
    name: textOf(plugin.name),
    root_id: textOf(plugin.rootId),
    vm_config: vmMessage(plugin),
    configuration: bytesMessage(plugin.configuration),
    failure_policy: failurePolicy,
    reload_config: { backoff: { base_interval: `${reloadBackoff / 1000}s` } },
    allow_on_headers_stop_iteration: allowOnHeadersStopIteration,
    ...(allowedCapabilities === null ? {} : { capability_restriction_config: { allowed_capabilities: capabilities } }),
  }
}

function vmMessage({ vmId, vmConfiguration, environment, code, codeSource }: PluginConfig): object {
  const variables = Object.fromEntries([...environment].map(([name, value]) => [textOf(name), textOf(value)]))
  return {
    vm_id: textOf(vmId),
    runtime: 'envoy.wasm.runtime.v8',
    // By its name a source map is found beside it.
    code: { local: existsSync(codeSource) ? { filename: codeSource } : { inline_bytes: base64(code) } },
    configuration: bytesMessage(vmConfiguration),
    ...(environment.size === 0 ? {} : { environment_variables: { key_values: variables } }),
  }
}

function bytesMessage(bytes: Uint8Array): object {
  return anyMessage('google.protobuf.BytesValue', { value: base64(bytes) })
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function textOf(byteString: string): string {
  return fromByteString(byteString).toString('utf8')
}
