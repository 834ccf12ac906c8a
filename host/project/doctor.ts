/** What a filter author's machine and project have, and what they lack. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SluiceError } from '../errors.ts'
import { inspectModule } from '../plugin/inspect-module.ts'
import { messageOf } from '../util/attempt.ts'
import { version } from '../util/version.ts'
import { V8Engine } from '../vm/v8.ts'
import { openWasmtime } from '../vm/wasmtime/engine.ts'
import { libraryPlaces, locateLibrary, WASMTIME_VERSION } from '../vm/wasmtime/locate.ts'
import { registryFindings } from './doctor-registries.ts'
import { findEnvoyProgram } from './find-envoy.ts'
import { isProject, projectPath, readProject, type Project } from './project.ts'
import { findTestRunner } from './test-runner.ts'

/** One thing that was looked at. */
export interface Diagnosis {
  readonly what: string
  /** `missing` is needed by some command only. */
  readonly state: 'good' | 'missing' | 'bad'
  readonly seen: string
  /** What to do about it. */
  readonly next?: string
}

/** Oldest Node that the package runs on. */
const LEAST_NODE = [22, 12] as const
const PACKAGES = ['assemblyscript', '@sluice/sdk']

/** Looks at the machine, and at the project in the folder if there is one. Nothing is asked of the network. */
export async function diagnose(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<Diagnosis[]> {
  const own = { what: 'sluice', state: 'good', seen: version() } as const
  const machine = [own, nodeFinding(), envoyFinding(environment), wasmtimeFinding()]
  const project = isProject(folder) ? await projectFindings(folder) : [noProject(folder)]
  return [...machine, ...(await registryFindings(await imageOf(folder), environment)), ...project]
}

/** Where the project's image goes; '' = nobody says. */
async function imageOf(folder: string): Promise<string> {
  if (!isProject(folder)) return ''
  const project = await readProject(folder).catch(() => null)
  return project?.settings.image ?? ''
}

function nodeFinding(): Diagnosis {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])
  const finding = { what: 'node', seen: process.versions.node }
  return isNew
    ? { ...finding, state: 'good' }
    : { ...finding, state: 'bad', next: `install Node ${LEAST_NODE.join('.')} or newer` }
}

/** For `sluice run --envoy`. */
function envoyFinding(environment: NodeJS.ProcessEnv): Diagnosis {
  const what = 'envoy'
  try {
    const program = findEnvoyProgram(environment)
    if (program === null)
      return { what, state: 'missing', seen: 'none', next: 'set ENVOY_BIN, or put envoy on PATH, for sluice run --envoy' }
    const text = execFileSync(program, ['--version'], { encoding: 'utf8' })
    return { what, state: 'good', seen: `${/\/(\d+\.\d+\.\d+[^/]*)\//.exec(text)?.[1] ?? 'unknown version'}, ${program}` }
  } catch (error) {
    return { what, state: 'bad', seen: textOf(error), next: 'see ENVOY_BIN' }
  }
}

/** For `--engine wasmtime`. */
function wasmtimeFinding(): Diagnosis {
  const what = 'wasmtime'
  try {
    openWasmtime()
    return { what, state: 'good', seen: `${WASMTIME_VERSION}, ${locateLibrary()}` }
  } catch (error) {
    const { seen = messageOf(error), next = '' } = error instanceof SluiceError ? error.detail : {}
    const isNamed = (process.env['WASMTIME_LIB'] ?? '') !== ''
    return { what, state: isNamed ? 'bad' : 'missing', seen: `${seen}; looked for: ${libraryPlaces().join(', ')}`, next }
  }
}

function noProject(folder: string): Diagnosis {
  return { what: 'project', state: 'missing', seen: `no package.json in ${folder}`, next: 'sluice init my-filter' }
}

async function projectFindings(folder: string): Promise<Diagnosis[]> {
  try {
    const project = await readProject(folder)
    const { name } = findTestRunner(folder)
    const installed = PACKAGES.map((one) => packageFinding(folder, one))
    return [
      { what: 'project', state: 'good', seen: project.folder },
      ...installed,
      { what: 'tests', state: 'good', seen: name },
      moduleFinding(project),
    ]
  } catch (error) {
    return [{ what: 'project', state: 'bad', seen: textOf(error) }]
  }
}

function packageFinding(folder: string, name: string): Diagnosis {
  try {
    const file = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`)
    const { version: seen } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
    return { what: name, state: 'good', seen }
  } catch {
    return { what: name, state: 'bad', seen: 'not installed', next: 'npm install' }
  }
}

function moduleFinding(project: Project): Diagnosis {
  const what = 'module'
  const path = projectPath(project, 'module')
  if (!existsSync(path)) return { what, state: 'missing', seen: `no ${project.settings.module}`, next: 'sluice build' }
  const { bytes, faults } = inspectModule(new V8Engine(), readFileSync(path), path)
  if (faults[0] === undefined) return { what, state: 'good', seen: `${project.settings.module}, ${bytes} bytes` }
  return { what, state: 'bad', seen: faults[0].message, next: `sluice inspect ${project.settings.module}` }
}

function textOf(error: unknown): string {
  return error instanceof SluiceError ? error.toString() : messageOf(error)
}
