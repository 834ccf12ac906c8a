/** `sluice test`: compiles the filter and runs the project's tests. */
import { ensureBuilt, type BuiltModule } from '../project/build.ts'
import type { BuildTarget } from '../project/compiler.ts'
import { runTestsWithCoverage } from '../project/test-coverage.ts'
import { runTests } from '../project/test-runner.ts'
import type { PartialSettings } from '../project/settings.ts'
import { watchProject } from '../project/watch/watch-project.ts'
import { watchTests } from '../project/watch/watch-tests.ts'
import type { Project } from '../project/project.ts'
import { Option } from 'commander'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { addProjectFlags, projectHere } from './project-flags.ts'

interface TestFlags extends PartialSettings {
  readonly debug: boolean
  readonly watch: boolean
  readonly coverage: boolean
}

export const addTestCommand: AddCommand = (program, cli) => {
  const command = program
    .command('test')
    .description("compile the project's filter and run its tests, with vitest if the project has it, else with node --test")
    .argument('[args...]', 'arguments of the test runner; after -- those that sluice has as well')
    .option('--debug', 'test a build without optimization: a trap shows the exact line of the filter', false)
    .option('-w, --watch', 'compile and test again whenever a source changes', false)
    .addOption(
      new Option('--coverage', 'show which lines and branches of the AssemblyScript have run, and write coverage/lcov.info')
        .default(false)
        .conflicts('watch'),
    )
    .allowUnknownOption()
  addProjectFlags(command).action(async (args: readonly string[], { debug, watch, coverage, ...settings }: TestFlags) => {
    const project = await projectHere(settings)
    const test = watch ? testAndWatch : coverage ? testWithCoverage : debug ? testDebugBuild : testOnce
    cli.exit(await test(project, args, cli.output))
  })
}

function testOnce(project: Project, args: readonly string[], output: CommandOutput): Promise<number> {
  return testBuild('release', project, args, output)
}

function testDebugBuild(project: Project, args: readonly string[], output: CommandOutput): Promise<number> {
  return testBuild('debug', project, args, output)
}

async function testBuild(target: BuildTarget, project: Project, args: readonly string[], output: CommandOutput): Promise<number> {
  const built = await ensureBuilt(project, { target })
  if (built !== null) noteBuilt(built, output)
  return runTests(project.folder, args)
}

async function testWithCoverage(project: Project, args: readonly string[], output: CommandOutput): Promise<number> {
  const { code, table, file } = await runTestsWithCoverage(project, args)
  output.result({ lcov: file }, table.trimEnd())
  output.note(`wrote ${file}`)
  return code
}

async function testAndWatch(project: Project, args: readonly string[], output: CommandOutput): Promise<number> {
  const watch = await watchProject(project, (built, error) => (built === null ? output.errors(error) : noteBuilt(built, output)))
  try {
    return await watchTests(project, args)
  } finally {
    await watch.stop()
  }
}

function noteBuilt({ path, bytes, millis }: BuiltModule, output: CommandOutput): void {
  output.note(`built ${path}: ${bytes} bytes in ${(millis / 1000).toFixed(1)} s`)
}
