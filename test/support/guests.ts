/** Compiles guests that only tests use; the result is cached by the hash of the source. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)
const compiler = join(import.meta.dirname, '../../node_modules/assemblyscript/bin/asc.js')

/** Path of the module of one AssemblyScript file that needs no other; it exports its abort function as `abort_`. */
export async function compileGuest(source: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const name = basename(source, '.ts')
  const folder = await cached(`guest-${name}-${hash}`, async (target) => {
    const options = ['-O', '--runtime', 'incremental', '--exportStart', '_initialize', '--use', `abort=${name}/abort_`]
    await run(process.execPath, [compiler, basename(source), ...options, '--outFile', join(target, `${name}.wasm`)], {
      cwd: dirname(source),
    })
  })
  return join(folder, `${name}.wasm`)
}
