/** Files of Go modules: they are downloaded and verified by Go, and only what is asked for is kept. */
import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

/** Path of a copy of `file` of `module@version`; throws with the reason when it cannot be had. */
export async function goModuleFile(module: string, version: string, file: string): Promise<string> {
  const key = `${module.replaceAll('/', '-')}-${version}-${basename(file)}`
  const folder = await cached(key, async (target) => {
    const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `${module}@${version}`])
    const { Dir } = JSON.parse(stdout) as { Dir: string }
    await copyFile(join(Dir, file), join(target, basename(file)))
  })
  return join(folder, basename(file))
}
