/** Which program runs the tests of a project: its vitest, else that of Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface TestRunner {
  readonly name: 'vitest' | 'node'
  /** Arguments of `node` that run all tests once, or again after each change. */
  command(isWatching: boolean): readonly string[]
}

/** One thread loads the harness for all test files: hosts are apart from each other without processes of their own. */
const QUICK = ['--no-isolate', '--pool=threads']

/** Finds the runner of a project. */
export function findTestRunner(folder: string): TestRunner {
  const vitest = vitestProgram(folder)
  if (vitest === null) return { name: 'node', command: (isWatching) => (isWatching ? ['--test', '--watch'] : ['--test']) }
  return { name: 'vitest', command: (isWatching) => (isWatching ? [vitest, 'watch', ...QUICK] : [vitest, 'run']) }
}

export interface TestRun {
  /** More arguments of the runner. */
  readonly args: readonly string[]
  readonly isWatching: boolean
  /** More variables of the environment. */
  readonly variables?: NodeJS.ProcessEnv
}

/** Runs the tests in the foreground; resolves with the exit code of the runner. */
export async function runTests(folder: string, { args, isWatching, variables }: TestRun): Promise<number> {
  const command = [...findTestRunner(folder).command(isWatching), ...args]
  const child = spawn(process.execPath, command, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...variables } })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

function vitestProgram(folder: string): string | null {
  try {
    const manifest = createRequire(join(folder, 'package.json')).resolve('vitest/package.json')
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { vitest: string } }
    return join(dirname(manifest), bin.vitest)
  } catch {
    return null
  }
}
