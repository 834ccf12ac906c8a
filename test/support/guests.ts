/** Compiles guests that only tests use; the result is cached by the hash of the source. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { wat } from '../host/vm/wat.ts'
import { cached } from './cache.ts'

const run = promisify(execFile)
const compiler = join(import.meta.dirname, '../../node_modules/assemblyscript/bin/asc.js')

/** Path of the module of an AssemblyScript file, which exports its abort function as `abort_`. */
export async function compileGuest(source: string): Promise<string> {
  const hash = hashOf(source)
  const name = basename(source, '.ts')
  const folder = await cached(`guest-${name}-${hash}`, async (target) => {
    const options = ['-O', '--runtime', 'incremental', '--exportStart', '_initialize', '--use', `abort=${name}/abort_`]
    await run(process.execPath, [compiler, basename(source), ...options, '--outFile', join(target, `${name}.wasm`)], {
      cwd: dirname(source),
    })
  })
  return join(folder, `${name}.wasm`)
}

/** Path of the module of a file in the text format. */
export async function assembleGuest(source: string): Promise<string> {
  const name = basename(source, '.wat')
  const folder = await cached(`guest-${name}-${hashOf(source)}`, async (target) => {
    await writeFile(join(target, `${name}.wasm`), wat(readFileSync(source, 'utf8')))
  })
  return join(folder, `${name}.wasm`)
}

/** Of a source and of the files beside it that it imports. */
function hashOf(source: string): string {
  const text = readFileSync(source, 'utf8')
  const sum = createHash('sha256').update(text)
  for (const [, name] of text.matchAll(/ from '\.\/([\w-]+)'/g)) sum.update(readFileSync(join(dirname(source), `${name}.ts`)))
  return sum.digest('hex').slice(0, 16)
}
