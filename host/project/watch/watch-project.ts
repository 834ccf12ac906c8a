/** Builds again whenever a source changes. */
import { watch } from 'node:fs'
import { dirname } from 'node:path'
import { buildWith, type BuildOptions, type BuiltModule } from '../build.ts'
import { Compiler } from '../compiler.ts'
import { projectPath, type Project } from '../project.ts'
import { Repeater } from './repeater.ts'

export interface Watch {
  /** Ends the watch; a build that runs ends first. */
  stop(): Promise<void>
}

/** What came of one build: the module, or what was thrown. */
export type OnBuilt = (built: BuiltModule | null, error: unknown) => void

/**
 * Builds now, and after each change in the folder of the entry: with the target `debug` unless the options say else, so that the
 * result is there in less than a second. Resolves when the first build has ended.
 */
export async function watchProject(project: Project, onBuilt: OnBuilt, options: BuildOptions = {}): Promise<Watch> {
  const compiler = await Compiler.load(project.folder)
  const build = (): Promise<BuiltModule> => buildWith(compiler, project, { target: 'debug', ...options })
  const builds = new Repeater(() =>
    build().then(
      (built) => onBuilt(built, null),
      (error: unknown) => onBuilt(null, error),
    ),
  )
  const watcher = watch(dirname(projectPath(project, 'entry')), { recursive: true }, () => builds.onChange())
  await builds.run()
  return {
    stop: async () => {
      watcher.close()
      await builds.stop()
    },
  }
}
