/** What a trial sends its request through: modules in their order, or the filters of a proxy's configuration. */
import type { ConfigText } from '../../config/index.ts'
import type { BootstrapConfig, FilterChainConfig, FilterConfig } from '../../config/types.ts'
import { SluiceError } from '../../errors.ts'
import type { RegistryAccess } from '../../oci/registry/access.ts'
import { inspectModule } from '../../plugin/inspect-module.ts'
import { readOr } from '../../util/attempt.ts'
import { V8Engine } from '../../vm/v8.ts'
import { loadConfiguration } from '../../workers/thread-config.ts'
import { pluginOfConfig, pluginOfModule, type PluginMessage, type TrialModule } from './plugin-message.ts'

export interface TrialChain {
  readonly plugins: readonly PluginMessage[]
  /** Filters of connections, not of requests. */
  readonly isTcp: boolean
}

/** Modules one after the other. Throws what is wrong with one that no host takes, and for both kinds of filters in one chain. */
export function chainOfModules(modules: readonly TrialModule[]): TrialChain {
  const kinds = modules.map(({ module }) => hasConnections(module))
  const isTcp = kinds[0] ?? false
  const other = kinds.findIndex((kind) => kind !== isTcp)
  if (other < 0) return { plugins: modules.map(pluginOfModule), isTcp }
  const seen = 'a filter of connections and one of requests'
  throw new SluiceError('SLUICE_CLI_USAGE', 'No proxy has such a chain', {
    path: modules[other]!.module,
    seen,
    wanted: 'one kind',
  })
}

/** A chain of a bootstrap, and the clusters that its filters may call. */
export interface BootstrapChain extends TrialChain {
  readonly clusters: readonly string[]
}

/**
 * The Wasm filters of the listener or filter chain of that name, else of the only one that has any; routes stay behind.
 * Modules on other machines are fetched. Throws SluiceErrors with what is wrong in the text, SLUICE_CLI_USAGE when it is not
 * clear which chain is meant.
 */
export async function chainOfBootstrap(text: ConfigText, name: string | null, access: RegistryAccess): Promise<BootstrapChain> {
  const { config } = await loadConfiguration([text], null, access)
  const chain = chooseChain(config, name, text.name)
  return {
    plugins: filtersOf(chain).map(({ plugin }) => pluginOfConfig(plugin)),
    isTcp: chain.http === null,
    clusters: config.clusters.map((cluster) => cluster.name),
  }
}

function chooseChain({ listeners }: BootstrapConfig, name: string | null, path: string): FilterChainConfig {
  const all = listeners.flatMap((listener) => listener.value.chains.map((chain) => ({ listener: listener.name, chain })))
  const filtered = all.filter(({ chain }) => filtersOf(chain).length > 0)
  const fitting = filtered.filter(({ listener, chain }) => name === null || name === listener || name === chain.name)
  if (fitting.length === 1) return fitting[0]!.chain
  const seen = filtered.map(({ listener, chain }) => chain.name || listener).join(', ') || 'no Wasm filter'
  throw new SluiceError('SLUICE_CLI_USAGE', 'Cannot tell which chain', { path, seen, wanted: name ?? `one: ${path}=NAME` })
}

function filtersOf({ http, tcp }: FilterChainConfig): readonly FilterConfig[] {
  return (http ?? tcp).filters
}

/** Whether the module is a filter of connections. */
function hasConnections(path: string): boolean {
  const { callbacks, faults } = inspectModule(new V8Engine(), readOr('SLUICE_WASM_LOAD', 'Cannot read the module', path), path)
  if (faults[0] !== undefined) throw faults[0]
  return callbacks.includes('proxy_on_new_connection') || callbacks.includes('proxy_on_downstream_data')
}
