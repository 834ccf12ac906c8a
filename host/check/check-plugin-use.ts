/** A module with a configuration and a root id: whether the plugin starts. */
import { SluiceError, SluiceErrors } from '../errors.ts'
import { createTestHost, type GuestLine } from '../testing/index.ts'
import { configFaults, type FilterSchema } from './filter-config.ts'
import { errorFinding, toFindings, warningFinding, type CheckFinding } from './check-finding.ts'

/** A plugin as a proxy would make it. */
export interface PluginUse {
  readonly module: Uint8Array
  readonly place: string
  /** Null = any: the module's author says nothing. */
  readonly rootIds: readonly string[] | null
  readonly rootId: string
  /** Undefined = no configuration. */
  readonly config?: unknown
  readonly schema: FilterSchema | null
}

const GRAVE = ['warning', 'error', 'critical']
const BASE64 = /^[A-Za-z0-9+/]{16,}={0,2}$/

/** What is wrong with root id and configuration; the plugin is started only when nothing else is. */
export function checkPluginUse(use: PluginUse): CheckFinding[] {
  const faults = [...rootFindings(use), ...formFindings(use), ...schemaFindings(use)]
  return faults.some(({ level }) => level === 'error') ? faults : [...faults, ...startFindings(use)]
}

function rootFindings({ rootIds, rootId, place: path }: PluginUse): CheckFinding[] {
  if (rootIds === null || rootIds.length === 0 || rootIds.includes(rootId)) return []
  const detail = { path, seen: `"${rootId}"`, wanted: rootIds.join(', ') }
  return [errorFinding('SLUICE_CHECK_ROOT_ID', 'The module does not know the root id', detail)]
}

/** Text that somebody encoded once more than the filter decodes. */
function formFindings({ config, place: path }: PluginUse): CheckFinding[] {
  const seen = typeof config === 'string' ? encodingOf(config) : null
  if (seen === null) return []
  const detail = { path: `${path} configuration`, seen, wanted: 'the text that the filter reads' }
  return [warningFinding('SLUICE_CHECK_CONFIG_FORM', 'The configuration looks encoded once too often', detail)]
}

function encodingOf(text: string): string | null {
  if (isJson(text, 'string')) return 'a JSON text inside a JSON text'
  const decoded = BASE64.test(text) ? Buffer.from(text, 'base64').toString() : ''
  return isJson(decoded, 'object') ? 'base64 of JSON' : null
}

function isJson(text: string, type: 'string' | 'object'): boolean {
  try {
    return typeof JSON.parse(text) === type
  } catch {
    return false
  }
}

function schemaFindings({ schema, config, place }: PluginUse): CheckFinding[] {
  return schema === null || config === undefined ? [] : toFindings(configFaults(schema, config, place))
}

/** Runs the module as far as a proxy does before it serves: start, configuration. */
function startFindings({ module, place, rootId, config }: PluginUse): CheckFinding[] {
  const lines: GuestLine[] = []
  const filter = { wasm: module, rootId, ...(config === undefined ? {} : { config: config as object | string }) }
  try {
    createTestHost({ filters: [filter], onLog: (line) => void lines.push(line) }).close()
    return []
  } catch (error) {
    return toFindings(errorsOf(error).map((one) => withReason(one, place, lines)))
  }
}

function errorsOf(error: unknown): readonly SluiceError[] {
  if (error instanceof SluiceErrors) return error.errors
  if (error instanceof SluiceError) return [error]
  throw error
}

/** The plugin's own words say more than the host's. */
function withReason({ code, message, detail }: SluiceError, path: string, lines: readonly GuestLine[]): SluiceError {
  const reason = lines.findLast(({ level }) => GRAVE.includes(level))?.text
  return new SluiceError(code, message, { ...detail, path, ...(reason === undefined ? {} : { seen: reason }) })
}
