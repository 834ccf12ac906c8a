/** Builds the module of an author's project: `build/plugin.wasm`, its source map, and what image tools want to know of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { writeRuntimeConfig } from '../oci/image/runtime-config.ts'
import { inspectModule } from '../plugin/inspect-module.ts'
import { version } from '../util/version.ts'
import { V8Engine } from '../vm/v8.ts'
import { isFresh, writeStamp } from './build-stamp.ts'
import { buildTools, Compiler, type BuildTarget } from './compiler.ts'
import { projectPath, type Project } from './project.ts'

export interface BuildOptions {
  /** Default `release`. */
  readonly target?: BuildTarget
  /** More arguments of asc. */
  readonly args?: readonly string[]
}

export interface BuiltModule {
  /** From the project's folder. */
  readonly path: string
  readonly bytes: number
  /** Hexadecimal: what `vm_config.code.remote.sha256` wants. */
  readonly sha256: string
  readonly millis: number
}

/** The file beside the module that says which root ids and ABI it has. */
const RUNTIME_CONFIG = 'runtime-config.json'

/** Builds once, with the compiler that the project has installed. */
export async function buildProject(project: Project, options: BuildOptions = {}): Promise<BuiltModule> {
  return buildWith(await Compiler.load(project.folder), project, options)
}

/** Builds unless the module is what a build would give: null = it is. */
export function ensureBuilt(project: Project, options: BuildOptions = {}): Promise<BuiltModule | null> {
  return isFresh(project, toolOf(project, options)) ? Promise.resolve(null) : buildProject(project, options)
}

/** Builds with a compiler that is loaded: a warm one needs a fraction of the time. */
export async function buildWith(compiler: Compiler, project: Project, options: BuildOptions = {}): Promise<BuiltModule> {
  const { target = 'release', args = [] } = options
  const { entry, module: output } = project.settings
  const started = performance.now()
  mkdirSync(dirname(projectPath(project, 'module')), { recursive: true })
  const inputs = await compiler.compile({ entry, output, target, args })
  writeStamp(project, toolOf(project, options), inputs)
  const { bytes, sha256 } = describeModule(project)
  return { path: output, bytes, sha256, millis: Math.round(performance.now() - started) }
}

/** All that decides on a module besides its sources. */
function toolOf({ folder, settings }: Project, { target = 'release', args = [] }: BuildOptions): string {
  const { entry, rootIds } = settings
  return JSON.stringify([version(), buildTools(folder), entry, rootIds, target, args])
}

/** Reads the module that was built, and writes its description beside it. */
function describeModule(project: Project): { bytes: number; sha256: string } {
  const path = projectPath(project, 'module')
  const report = inspectModule(new V8Engine(), readFileSync(path), path)
  const abiVersions = report.abiVersion === null ? [] : [report.abiVersion]
  writeFileSync(join(dirname(path), RUNTIME_CONFIG), writeRuntimeConfig({ abiVersions, rootIds: project.settings.rootIds }))
  return report
}
