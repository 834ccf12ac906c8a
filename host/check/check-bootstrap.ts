/** A whole configuration: what the proxy refuses, every plugin in it, and the order of its chains. */
import { basename, dirname, join } from 'node:path'
import type { ConfigText } from '../config/index.ts'
import { chainsOf } from '../config/chains-of.ts'
import type { FilterChainConfig, FilterConfig, PluginConfig } from '../config/types.ts'
import { SluiceErrors } from '../errors.ts'
import type { RegistryAccess } from '../oci/registry/access.ts'
import { loadConfiguration } from '../workers/thread-config.ts'
import { checkChain, type ChainMember } from './chain-order.ts'
import { checkModule, type ModuleLimits } from './check-module.ts'
import { checkPluginUse } from './check-plugin-use.ts'
import { configFaults, type FilterSchema } from './filter-config.ts'
import { findSchema } from './find-schema.ts'
import { checkPathRules } from './path-rules.ts'
import { toFindings, warningFinding, type CheckFinding } from './check-finding.ts'

/** A plugin and where it stands. */
interface PlacedPlugin {
  readonly place: string
  readonly plugin: PluginConfig
}

/** The plugins of a filter chain; `http` is null for those of bytes. */
interface PlacedChain {
  readonly http: FilterChainConfig['http']
  readonly plugins: readonly PlacedPlugin[]
}

/** Modules on other machines are fetched. */
export async function checkBootstrapText(
  text: ConfigText,
  limits: ModuleLimits,
  access: RegistryAccess,
): Promise<CheckFinding[]> {
  try {
    const { listeners, services } = (await loadConfiguration([text], null, access)).config
    const chains = listeners.flatMap(({ name, value }) => chainsOf(value).map((chain) => chainOf(name, chain)))
    const placed = services.map(({ plugin }) => ({ place: `bootstrap_extensions ${plugin.name}`, plugin }))
    return [
      ...[...chains.flatMap(({ plugins }) => plugins), ...placed].flatMap((one) => pluginFindings(one, limits)),
      ...chains.flatMap(chainFindings),
    ]
  } catch (error) {
    if (!(error instanceof SluiceErrors)) throw error
    return toFindings(error.errors)
  }
}

function chainOf(listener: string, { http, tcp }: FilterChainConfig): PlacedChain {
  const filters: readonly FilterConfig[] = (http ?? tcp).filters
  return { http, plugins: filters.map(({ name, plugin }) => ({ place: `${listener} ${name}`, plugin })) }
}

function chainFindings({ http, plugins }: PlacedChain): CheckFinding[] {
  const filters = plugins.flatMap(chainFilters)
  return [...nameFindings(plugins), ...checkChain(filters), ...(http === null ? [] : checkPathRules(http, filters))]
}

function pluginFindings({ place, plugin }: PlacedPlugin, limits: ModuleLimits): CheckFinding[] {
  const module = checkModule(plugin.code, plugin.codeSource, limits)
  if (module.some(({ level }) => level === 'error')) return module
  const text = configText(plugin)
  const use = { module: plugin.code, place, rootIds: null, rootId: plugin.rootId, schema: schemaBeside(plugin, null) }
  const entries = entryFindings({ place, plugin })
  // The bundle would refuse the same once more, in fewer words.
  const findings = entries.length > 0 ? entries : checkPluginUse(text === '' ? use : { ...use, config: text })
  return [...module, ...placeFindings(place, plugin), ...findings]
}

/** The configurations of a bundle's filters, by their own schemas. */
function entryFindings({ place, plugin }: PlacedPlugin): CheckFinding[] {
  const entries = bundleOf(plugin) ?? []
  return entries.flatMap(({ name, configuration }, index) => {
    const schema = configuration === undefined ? null : schemaBeside(plugin, name)
    const faults = schema === null ? [] : configFaults(schema, configuration, `${place} [${index}]`)
    return toFindings(faults)
  })
}

/** Of the module, or of another filter whose module would lie beside it; null for code that is no file. */
function schemaBeside({ codeSource }: PluginConfig, name: string | null): FilterSchema | null {
  if (!codeSource.endsWith('.wasm') || codeSource.includes('://')) return null
  return findSchema(name === null ? codeSource : join(dirname(codeSource), `${name}.wasm`))
}

/** The VM's configuration is for `proxy_on_vm_start`; filters look at the plugin's. */
function placeFindings(path: string, { configuration, vmConfiguration }: PluginConfig): CheckFinding[] {
  if (configuration.length > 0 || vmConfiguration.length === 0) return []
  const detail = { path, seen: 'vm_config.configuration only', wanted: 'configuration beside vm_config' }
  return [warningFinding('SLUICE_CHECK_CONFIG_FORM', 'The configuration stands where most filters do not look', detail)]
}

/** Log lines and counters of plugins are told apart by it. */
function nameFindings(chain: readonly PlacedPlugin[]): CheckFinding[] {
  const names = chain.map(({ plugin }) => plugin.name)
  const twice = chain.filter(({ plugin }, index) => names.indexOf(plugin.name) < index)
  return twice.map(({ place: path, plugin }) => {
    const detail = { path, seen: `"${plugin.name}"`, wanted: 'a name for each plugin of a chain' }
    return warningFinding('SLUICE_CHECK_PLUGIN_NAME', 'Two plugins of one name', detail)
  })
}

/** A bundle is as many filters as its configuration lists. */
function chainFilters({ place, plugin }: PlacedPlugin): ChainMember[] {
  const isFailOpen = plugin.failurePolicy === 'FAIL_OPEN'
  const entries = bundleOf(plugin)
  if (entries === null) return [{ kind: kindOf(plugin), path: place, config: parsed(configText(plugin)), isFailOpen }]
  return entries.map(({ name, configuration = null }, index) => {
    return { kind: name, path: `${place} [${index}]`, config: configuration, isFailOpen }
  })
}

/** By its module, as users name plugins as they like. */
function kindOf({ codeSource, rootId }: PluginConfig): string {
  return codeSource.endsWith('.wasm') ? basename(codeSource, '.wasm') : rootId
}

interface BundleEntry {
  readonly name: string
  readonly configuration?: unknown
}

/** Null for a plugin that is no bundle. */
function bundleOf(plugin: PluginConfig): readonly BundleEntry[] | null {
  const config = parsed(configText(plugin))
  const list: unknown = Array.isArray(config) ? config : (config as { filters?: unknown } | null)?.filters
  const isBundle = Array.isArray(list) && list.every((one) => typeof (one as Partial<BundleEntry> | null)?.name === 'string')
  return isBundle ? (list as BundleEntry[]) : null
}

function configText({ configuration }: PluginConfig): string {
  return Buffer.from(configuration).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
