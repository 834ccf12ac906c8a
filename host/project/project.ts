/** An author's project: a folder with a package.json and settings. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '../errors.ts'
import { attempt, messageOf } from '../util/attempt.ts'
import { mergeSettings, settingsOfEnvironment, settingsOfFile, type PartialSettings, type ProjectSettings } from './settings.ts'

const CONFIG_FILES = ['sluice.config.json', 'sluice.config.js', 'sluice.config.mjs', 'sluice.config.ts']

/** The fields of a package.json that are used. */
export interface PackageJson {
  readonly name?: string
  readonly version?: string
  readonly description?: string
  readonly license?: string
  readonly homepage?: string
  readonly author?: string | { readonly name?: string }
  readonly repository?: string | { readonly url?: string }
  readonly sluice?: unknown
}

export interface Project {
  /** Absolute. */
  readonly folder: string
  readonly packageJson: PackageJson
  readonly settings: ProjectSettings
}

/** Reads the project in a folder; throws SLUICE_PROJECT_INVALID when there is none, or its settings are wrong. */
export async function readProject(
  folder: string,
  flags: PartialSettings = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Project> {
  const packageJson = readPackageJson(folder)
  const file = await readSettings(folder, packageJson)
  return { folder: resolve(folder), packageJson, settings: mergeSettings(flags, settingsOfEnvironment(environment), file) }
}

/** Whether a folder has a package.json. */
export function isProject(folder: string): boolean {
  return existsSync(join(folder, 'package.json'))
}

/** Absolute path of a file that a setting names. */
export function projectPath(project: Project, setting: 'entry' | 'module' | 'config' | 'schema'): string {
  return resolve(project.folder, project.settings[setting])
}

/** The filter's name: that of the package, without its scope. */
export function filterName({ packageJson, folder }: Pick<Project, 'packageJson' | 'folder'>): string {
  return (packageJson.name ?? folder).split('/').at(-1)!
}

function readPackageJson(folder: string): PackageJson {
  const path = join(folder, 'package.json')
  const next = 'run it in the folder of a project, or make one: sluice init my-filter'
  return attempt('SLUICE_PROJECT_INVALID', 'Cannot read the project', { path, next }, () => {
    return JSON.parse(readFileSync(path, 'utf8')) as PackageJson
  })
}

async function readSettings(folder: string, packageJson: PackageJson): Promise<PartialSettings> {
  const files = CONFIG_FILES.filter((name) => existsSync(join(folder, name)))
  const places = [...(packageJson.sluice === undefined ? [] : ['package.json: sluice']), ...files]
  if (places.length > 1) {
    const wanted = 'one of them'
    throw new SluiceError('SLUICE_PROJECT_INVALID', 'Several settings', { path: folder, seen: places.join(', '), wanted })
  }
  const [name] = files
  if (name === undefined) return settingsOfFile(packageJson.sluice ?? {}, places[0] ?? '')
  return settingsOfFile(await loadConfigFile(join(folder, name)), name)
}

async function loadConfigFile(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8'))
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default
  } catch (cause) {
    throw new SluiceError('SLUICE_PROJECT_INVALID', 'Cannot read the settings', { path, seen: messageOf(cause) }, cause)
  }
}
