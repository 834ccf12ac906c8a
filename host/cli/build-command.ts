/** `sluice build`: from the project's AssemblyScript to a module. */
import type { BuildOptions, BuiltModule } from '../project/build.ts'
import { buildProject } from '../project/build.ts'
import type { PartialSettings } from '../project/settings.ts'
import { watchProject } from '../project/watch/watch-project.ts'
import type { Project } from '../project/project.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { addProjectFlags, projectHere } from './project-flags.ts'

interface BuildFlags extends PartialSettings {
  readonly debug: boolean
  readonly watch: boolean
}

export const addBuildCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('build')
    .description("compile the project's filter with the compiler and the SDK that it has installed")
    .argument('[args...]', 'more arguments of asc, after --')
    .option('--debug', "compile fast, with the source's names; not for shipping", false)
    .option('-w, --watch', 'compile again whenever a source changes (implies --debug)', false)
  addProjectFlags(command).action(async (args: readonly string[], { debug, watch, ...settings }: BuildFlags) => {
    const project = await projectHere(settings)
    if (watch) return watchUntilInterrupted(project, { args }, output)
    printBuilt(await buildProject(project, { args, target: debug ? 'debug' : 'release' }), output)
  })
}

async function watchUntilInterrupted(project: Project, options: BuildOptions, output: CommandOutput): Promise<void> {
  await watchProject(project, (built, error) => (built === null ? output.errors(error) : printBuilt(built, output)), options)
  output.note(`watching ${project.settings.entry} and what stands beside it; Ctrl-C ends`)
}

function printBuilt(built: BuiltModule, output: CommandOutput): void {
  output.result(built, `${built.path}: ${built.bytes} bytes, sha256 ${built.sha256}`)
  output.note(`built in ${(built.millis / 1000).toFixed(1)} s`)
}
