/** The Python library oras, and scripts that use it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cached } from '../cache.ts'
import { python } from '../python.ts'

const VERSION = '0.2.43'
/** It tries for minutes when it gets no credentials. */
const LIMIT_MILLIS = 60_000

/** Folder for PYTHONPATH; throws with the reason when it cannot be had. */
export function orasLibrary(): Promise<string> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:']
  return cached(`oras-${VERSION}`, (folder) => python([...pip, '--target', folder, `oras==${VERSION}`], `oras ${VERSION}`))
}

/** Runs a script with the library; resolves with what it printed. */
export async function runOras(library: string, script: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, PYTHONPATH: library }
  const { stdout } = await promisify(execFile)('python3', ['-c', script, ...args], { cwd, env, timeout: LIMIT_MILLIS })
  return stdout.trim()
}
