/**
 * The plugins of one configuration in one thread, each once however many chains it stands in. A plugin that an earlier
 * configuration runs too goes on as it is.
 */
import type { PluginConfig } from '../config/types.ts'
import { SluiceError, SluiceErrors } from '../errors.ts'
import type { Plugin } from '../plugin/plugin.ts'
import type { VmRegistry } from '../plugin/vm-registry.ts'

export class PluginSet {
  readonly #plugins = new Map<string, Plugin>()

  /** Starts all. Throws SluiceErrors with every refused plugin; then none of them is used by this set. */
  constructor(configs: readonly PluginConfig[], vms: VmRegistry) {
    const errors: SluiceError[] = []
    for (const config of configs) this.#start(config, vms, errors)
    if (errors.length === 0) return
    this.stop()
    throw new SluiceErrors(errors)
  }

  /** The plugin of a configuration that the set was made from. */
  get(config: PluginConfig): Plugin {
    return this.#plugins.get(pluginUse(config))!
  }

  /** Plugins that no other set uses end: on_done, on_delete. Harmless when repeated. */
  stop(): void {
    for (const plugin of this.#plugins.values()) plugin.stop()
    this.#plugins.clear()
  }

  #start(config: PluginConfig, vms: VmRegistry, errors: SluiceError[]): void {
    const key = pluginUse(config)
    if (this.#plugins.has(key)) return
    try {
      this.#plugins.set(key, vms.start(config))
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      errors.push(pluginError(config, error))
    }
  }
}

/** A refused plugin in Envoy's words. */
export function pluginError(plugin: PluginConfig, cause: SluiceError): SluiceError {
  return new SluiceError(cause.code, `Unable to create Wasm plugin ${plugin.name}: ${cause.message}`, cause.detail, cause)
}

/** Equal for equal uses of equal modules. */
export function pluginUse(plugin: PluginConfig): string {
  return `${plugin.vmKey} ${plugin.pluginKey}`
}
