/** Files of Go modules: they are downloaded and verified by Go, and only what is asked for is kept. */
import { execFile } from 'node:child_process'
import { copyFile, cp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

/** Path of a copy of `file` of `module@version`; throws with the reason when it cannot be had. */
export async function goModuleFile(module: string, version: string, file: string): Promise<string> {
  const folder = await cached(keyOf(module, version, file), async (target) => {
    await copyFile(join(await download(module, version), file), join(target, basename(file)))
  })
  return join(folder, basename(file))
}

/** Path of a copy of a folder without folders in it, as {@link goModuleFile}. */
export async function goModuleFolder(module: string, version: string, folder: string): Promise<string> {
  return cached(keyOf(module, version, folder), async (target) => {
    await cp(join(await download(module, version), folder), target, { recursive: true })
  })
}

function keyOf(module: string, version: string, path: string): string {
  return [module, version, path].join('-').replaceAll('/', '-')
}

async function download(module: string, version: string): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `${module}@${version}`])
  return (JSON.parse(stdout) as { Dir: string }).Dir
}
