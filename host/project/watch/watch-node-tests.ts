/** `node --test` again and again: the process of the next run has loaded the harness before anything changes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { projectPath, type Project } from '../project.ts'
import { Repeater } from './repeater.ts'

const PREPARED_RUN = new URL(`prepared-run${import.meta.filename.slice(-3)}`, import.meta.url)
/** One process loads the harness for all test files; Node 22 knows the option by this name only. */
const ARGUMENTS = ['--import', PREPARED_RUN.href, '--test', '--experimental-test-isolation=none']
/** Folders of a project, beside hidden ones, where changes mean nothing to tests. */
const UNWATCHED = ['node_modules', 'coverage']

/** Runs them now, and after each change in the project: a change of the sources is one of the module soon after. Never resolves. */
export async function watchNodeTests(project: Project, args: readonly string[]): Promise<never> {
  let next = prepare(project, args)
  const runs = new Repeater(async () => {
    await next()
    next = prepare(project, args)
  })
  const onChange = (): void => runs.onChange()
  watch(project.folder, onChange)
  for (const folder of testFolders(project)) watch(folder, { recursive: true }, onChange)
  // Beside the module a build writes files that tests do not read.
  const module = projectPath(project, 'module')
  watch(dirname(module), (_event, name) => name === basename(module) && onChange())
  await runs.run()
  return new Promise(() => {})
}

/** Starts a process that waits; what is returned lets it run, and resolves at its end. */
function prepare({ folder }: Project, args: readonly string[]): () => Promise<unknown> {
  const command = [...ARGUMENTS, ...args]
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  return () => {
    // One that could not even load the harness has said so, and takes no message.
    child.send('begin', () => {})
    return ended
  }
}

/** Where tests stand and what they read: all but sources and modules. */
function testFolders(project: Project): string[] {
  const built = [dirname(projectPath(project, 'entry')), dirname(projectPath(project, 'module'))]
  return readdirSync(project.folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !UNWATCHED.includes(entry.name))
    .map(({ name }) => join(project.folder, name))
    .filter((path) => !built.includes(path))
}
