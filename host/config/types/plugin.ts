/** Proxy-Wasm plugins. See ../types.ts. */

/** `extensions.wasm.v3.PluginConfig`, module bytes included. */
export interface PluginConfig {
  readonly name: string
  readonly rootId: string
  readonly vmId: string
  /** `v8`, `wasmtime`; '' = default engine. */
  readonly runtime: string
  readonly code: Uint8Array
  /** File or `inline`, for messages. */
  readonly codeSource: string
  /** The file `<code>.map`, which leads traps to lines of source; null = there is none. */
  readonly sourceMap: Uint8Array | null
  readonly vmConfiguration: Uint8Array
  readonly configuration: Uint8Array
  readonly failurePolicy: 'FAIL_CLOSED' | 'FAIL_OPEN' | 'FAIL_RELOAD'
  /** `reload_config.backoff.base_interval`; default 1000. */
  readonly reloadBackoff: number
  readonly allowOnHeadersStopIteration: boolean
  /** Null = everything allowed. */
  readonly allowedCapabilities: ReadonlySet<string> | null
  /** WASI environment. */
  readonly environment: ReadonlyMap<string, string>
  /** Distinguishes plugins of one VM: hash over root id, configuration, name, direction and listener metadata. */
  readonly pluginKey: string
  /** Distinguishes VMs: hash over vm_id, VM configuration, code and runtime. */
  readonly vmKey: string
}
