/** A program: `vitest watch` with its arguments in the project's folder, on prepared threads. */
import { importOfProject, urlOfProject } from '../project-module.ts'
import { preparedThreads } from './prepared-threads.ts'

const { parseCLI, startVitest } = (await importOfProject('vitest/node')) as typeof import('vitest/node')
const { filter, options } = parseCLI(['vitest', 'watch', ...process.argv.slice(2)])
// One thread loads the harness for all test files: hosts are apart from each other without processes of their own.
await startVitest(filter, { isolate: false, pool: preparedThreads(urlOfProject('sluice/testing')), ...options })
