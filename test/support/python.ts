/** Python and its pip, which carry test tools that npm does not have. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs Python; throws `cannot get <what>` with the reason. */
export async function python(args: readonly string[], what: string): Promise<void> {
  try {
    await run('python3', [...args], { timeout: 600_000 })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`cannot get ${what} with pip: ${(stderr || message).trim().split('\n').at(-1)}`, { cause: error })
  }
}
