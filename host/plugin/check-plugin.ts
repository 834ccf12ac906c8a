import type { PluginConfig } from '../config/types.ts'
import type { Services } from '../hostcalls/services.ts'
import { VmRegistry, type VmRegistryOptions } from './vm-registry.ts'

/**
 * The canary: loads the module in a VM of its own, starts and configures a root context, and drops both without
 * on_done, as Envoy does. Throws SluiceError when the plugin is refused; what it did to shared data stays.
 */
export function checkPlugin(config: PluginConfig, services: Services, options: Omit<VmRegistryOptions, 'services'> = {}): void {
  const plugin = new VmRegistry({ ...options, services }).start(config)
  plugin.drop()
}
