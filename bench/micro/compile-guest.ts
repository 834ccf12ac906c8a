import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const guests = fileURLToPath(new URL('./guests', import.meta.url))
/** The compiler as a program: its types would declare their own `console` for the whole repository. */
const compiler = fileURLToPath(new URL('../../node_modules/assemblyscript/bin/asc.js', import.meta.url))

/** Compiles `bench/micro/guests/<name>.ts` as filters are compiled. */
export function compileGuest(name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'))
  const output = join(folder, 'guest.wasm')
  const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--exportStart', '_initialize']
  try {
    execFileSync(process.execPath, [compiler, `${name}.ts`, ...flags, '--use', `abort=${name}/stop`, '-o', output], {
      cwd: guests,
    })
    return readFileSync(output)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
