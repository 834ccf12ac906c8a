/** Compiles guests that import the SDK; the result is cached by the hash of the SDK, the guest and the options. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../../support/cache.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const guests = join(import.meta.dirname, '../guests')

/** Bytes of `test/sdk/guests/<name>.ts`, compiled as filters are. */
export async function compileSdkGuest(name: string, ...options: string[]): Promise<Buffer> {
  return readFile(await sdkGuestModule(join(guests, `${name}.ts`), ...options))
}

/** Options for a build whose memory is guarded, counted, and filled when it is freed. */
export const CHECKED_MEMORY = ['--transform', './test/sdk/support/checked-memory.js']

/** Path of the module of one file that imports the SDK and files beside and below it, compiled as filters are. */
export async function sdkGuestModule(source: string, ...options: string[]): Promise<string> {
  const folder = await cached(`sdk-guest-${basename(source, '.ts')}-${inputHash(source, options)}`, async (target) => {
    await compileFile(source, join(target, 'guest.wasm'), ...options)
  })
  return join(folder, 'guest.wasm')
}

/** Runs asc with the SDK's configuration. Rejects with what the compiler printed. */
export async function compileFile(source: string, outFile: string, ...options: string[]): Promise<void> {
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const config = options.includes('--config') ? [] : ['--config', 'sdk/asconfig.json']
  const args = [compiler, source, ...config, '-o', outFile, '--noColors', ...options]
  await run(process.execPath, args, { cwd: root })
}

function inputHash(source: string, options: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(options))
  for (const file of sdkFiles()) hash.update(file).update(readFileSync(join(root, 'sdk', file)))
  for (const folder of sourceFolders(source)) {
    for (const file of filesBelow(folder)) hash.update(file).update(readFileSync(join(folder, file)))
  }
  hash.update(basename(source)).update(readFileSync(join(import.meta.dirname, 'checked-memory.js')))
  return hash
    .update(readFileSync(join(root, 'node_modules/assemblyscript/package.json')))
    .digest('hex')
    .slice(0, 16)
}

function sdkFiles(): string[] {
  const files = readdirSync(join(root, 'sdk'), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /\.(ts|js|json)$/.test(file)).toSorted()
}

/** Folders beside the SDK that the source may import from: its own and, for guests of the filters' tests, what filters share. */
function sourceFolders(source: string): string[] {
  const isOfFilters = source.startsWith(join(root, 'test/filters'))
  return isOfFilters ? [dirname(source), join(root, 'filters/common')] : [dirname(source)]
}

function filesBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.ts')).toSorted()
}
