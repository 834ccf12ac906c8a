/** Which program runs the tests of a project: its vitest, else that of Node. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface TestRunner {
  readonly name: 'vitest' | 'node'
  /** Arguments of `node` that run all tests once. */
  readonly command: readonly string[]
}

/** Finds the runner of a project. */
export function findTestRunner(folder: string): TestRunner {
  const vitest = vitestProgram(folder)
  return vitest === null ? { name: 'node', command: ['--test'] } : { name: 'vitest', command: [vitest, 'run'] }
}

/** Runs the tests in the foreground, with more arguments of the runner and more variables of the environment; resolves with its exit code. */
export function runTests(folder: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<number> {
  return runNode(folder, [...findTestRunner(folder).command, ...args], variables)
}

/** Runs Node in the foreground; resolves with its exit code. */
export async function runNode(folder: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...variables } })
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
