/**
 * What `sluice` knows about an author's project: the key `sluice` of its package.json, or a file `sluice.config.*` (json, js,
 * mjs, ts). Each setting has one name everywhere: a flag `--entry`, a variable `SLUICE_ENTRY`, a key `entry`, in this order.
 */
import { SluiceError } from '../errors.ts'

export interface ProjectSettings {
  /** Source that is compiled, from the project's folder. */
  readonly entry: string
  /** Module that is made of it. */
  readonly module: string
  /** JSON file with the plugin configuration, for `run` and `manifest`. */
  readonly config: string
  /** JSON schema of the plugin configuration. */
  readonly schema: string
  /** Where the image is published: `registry.example/team/filter`; empty = not known. */
  readonly image: string
  /** Root ids that the module knows; empty = it takes any. */
  readonly rootIds: readonly string[]
  /** Clusters that the filter calls: `run` plays them. */
  readonly clusters: readonly string[]
}

export const DEFAULT_SETTINGS: ProjectSettings = {
  entry: 'assembly/index.ts',
  module: 'build/plugin.wasm',
  config: 'config.json',
  schema: 'schema.json',
  image: '',
  rootIds: [],
  clusters: [],
}

type Key = keyof ProjectSettings

/** Settings of one source: flags, variables, or a file. */
export type PartialSettings = { readonly [K in Key]?: ProjectSettings[K] | undefined }

/** The first source that has a setting decides; what none has is the default. */
export function mergeSettings(...sources: readonly PartialSettings[]): ProjectSettings {
  const known = sources.map((source) => Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)))
  return Object.assign({}, DEFAULT_SETTINGS, ...known.toReversed()) as ProjectSettings
}

/** Reads `SLUICE_<SETTING>`; lists are joined by commas. */
export function settingsOfEnvironment(environment: NodeJS.ProcessEnv): PartialSettings {
  const entries = Object.entries(DEFAULT_SETTINGS).flatMap(([key, standard]) => {
    const text = environment[variableOf(key)]
    if (text === undefined || text === '') return []
    return [[key, Array.isArray(standard) ? text.split(',') : text]]
  })
  return Object.fromEntries(entries) as PartialSettings
}

/** Checks what a file says; `file` is the place in errors. */
export function settingsOfFile(value: unknown, file: string): PartialSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SluiceError('SLUICE_PROJECT_INVALID', 'Not settings', { path: file, seen: typeof value, wanted: 'an object' })
  }
  for (const [key, setting] of Object.entries(value)) checkSetting(key, setting, file)
  return value
}

function checkSetting(key: string, value: unknown, file: string): void {
  const standard = (DEFAULT_SETTINGS as unknown as Record<string, unknown>)[key]
  const path = `${file}: ${key}`
  if (standard === undefined) {
    const wanted = `one of ${Object.keys(DEFAULT_SETTINGS).join(', ')}`
    throw new SluiceError('SLUICE_PROJECT_INVALID', 'Unknown setting', { path, seen: key, wanted })
  }
  const isRight = Array.isArray(standard) ? isTexts(value) : typeof value === 'string'
  const wanted = Array.isArray(standard) ? 'a list of texts' : 'a text'
  if (!isRight) throw new SluiceError('SLUICE_PROJECT_INVALID', 'Bad setting', { path, seen: JSON.stringify(value), wanted })
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** `rootIds` → `SLUICE_ROOT_IDS`. */
function variableOf(key: string): string {
  return `SLUICE_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
