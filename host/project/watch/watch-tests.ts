/** Runs the tests of a project again whenever its module, a test or what tests read has changed. */
import { fileURLToPath } from 'node:url'
import type { Project } from '../project.ts'
import { findTestRunner, runNode } from '../test-runner.ts'
import { watchNodeTests } from './watch-node-tests.ts'

const VITEST = new URL(`watch-vitest${import.meta.filename.slice(-3)}`, import.meta.url)

/** In the foreground; resolves with the exit code of vitest. Watched tests of Node end with the process. */
export function watchTests(project: Project, args: readonly string[]): Promise<number> {
  const { name } = findTestRunner(project.folder)
  return name === 'node' ? watchNodeTests(project, args) : runNode(project.folder, [fileURLToPath(VITEST), ...args])
}
