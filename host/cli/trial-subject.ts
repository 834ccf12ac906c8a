/** What `sluice run` tries: the project here, modules, a chain of both, or a chain of a proxy's configuration. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { SluiceError } from '../errors.ts'
import { filterName, projectPath, readProject, type Project } from '../project/project.ts'
import type { TrialModule } from '../project/trial/plugin-message.ts'
import { chainOfBootstrap, chainOfModules } from '../project/trial/trial-chain.ts'
import type { TrialSetup } from '../project/trial/trial.ts'
import { readTextFile } from './filter-files.ts'
import { accessOf } from './registry-options.ts'
import { trialAnswer, toCluster, type TrialFlags } from './trial-flags.ts'

export interface TrialSubject {
  /** Has to be compiled before; null = there is nothing to compile. */
  readonly project: Project | null
  /** What is read besides: modules and configurations. */
  readonly files: readonly string[]
  /** Reads them as they are now. */
  setup(): Promise<TrialSetup>
}

/** How the project here is called in a chain. */
const PROJECT = '.'
const BOOTSTRAP = /^([^=]+\.(?:ya?ml|json))(?:=(.+))?$/

/** Throws SLUICE_CLI_USAGE, SLUICE_PROJECT_INVALID. */
export async function trialSubject(module: string | undefined, flags: TrialFlags): Promise<TrialSubject> {
  const { chain, config = null } = flags
  if (chain === undefined) return modulesSubject([{ path: module ?? PROJECT, config }], flags)
  if (module !== undefined) {
    throw new SluiceError('SLUICE_CLI_USAGE', 'A module beside --chain', { seen: module, wanted: 'it in the chain' })
  }
  const [, bootstrap, listener] = chain.includes(',') ? [] : (BOOTSTRAP.exec(chain) ?? [])
  if (bootstrap !== undefined) return bootstrapSubject(bootstrap, listener ?? null, flags)
  return modulesSubject(chain.split(',').map(memberOf), flags)
}

/** An entry of a chain. */
interface Member {
  /** Of a module, or {@link PROJECT}. */
  readonly path: string
  readonly config: string | null
}

function memberOf(text: string): Member {
  const [, path, config] = /^([^=]+)(?:=(.+))?$/.exec(text) ?? []
  if (path !== undefined) return { path, config: config ?? null }
  const wanted = 'MODULE or MODULE=CONFIGURATION'
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad value of --chain', { seen: `'${text}'`, wanted })
}

function bootstrapSubject(file: string, listener: string | null, flags: TrialFlags): TrialSubject {
  const setup = async (): Promise<TrialSetup> => {
    const { clusters, ...chain } = await chainOfBootstrap({ name: file, text: readTextFile(file) }, listener, accessOf(flags))
    return { ...chain, ...surroundings(clusters, flags) }
  }
  return { project: null, files: [file], setup }
}

async function modulesSubject(members: readonly Member[], flags: TrialFlags): Promise<TrialSubject> {
  const project = members.some(({ path }) => path === PROJECT) ? await readProject(process.cwd()) : null
  const configs = members.map(({ path, config }) => (path === PROJECT && config === null ? configOf(project!) : config))
  const modules = members.map(({ path }) => path).filter((path) => path !== PROJECT)
  const setup = async (): Promise<TrialSetup> => {
    const chain = members.map(({ path }, index) => {
      const config = configs[index] === null ? null : readTextFile(configs[index]!)
      return path === PROJECT ? projectModule(project!, config) : moduleOf(path, config)
    })
    return { ...chainOfModules(chain), ...surroundings(project?.settings.clusters ?? [], flags) }
  }
  return { project, files: [...modules, ...configs.filter((path) => path !== null)], setup }
}

/** A project without a configuration file has a filter that needs none. */
function configOf(project: Project): string | null {
  const file = projectPath(project, 'config')
  return existsSync(file) ? file : null
}

function projectModule(project: Project, config: string | null): TrialModule {
  const name = filterName(project)
  const [rootId = name] = project.settings.rootIds
  return { module: projectPath(project, 'module'), name, rootId, config }
}

function moduleOf(path: string, config: string | null): TrialModule {
  const name = basename(path, '.wasm')
  return { module: path, name, rootId: name, config }
}

function surroundings(clusters: readonly string[], flags: TrialFlags): Pick<TrialSetup, 'clusters' | 'answer' | 'engine'> {
  return {
    clusters: new Map([...clusters.map(toCluster), ...flags.cluster]),
    answer: trialAnswer(flags),
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
  }
}
