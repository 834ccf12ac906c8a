/** Compiles the modules of `bench/guests`. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../tools/checks/sources.ts'

/** On raw imports, without a garbage collector: what a hand-written filter costs. */
const RAW = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--exportStart', '_initialize']
/** As the suite's filters, on the SDK. */
const SDK = ['--config', 'filters/asconfig.json']

/** Writes `<folder>/<name>.wasm` and returns its path. */
export function compileGuest(name: string, kind: 'raw' | 'sdk', folder: string): string {
  const source = `bench/guests/${name}`
  const output = join(folder, `${name}.wasm`)
  const flags = kind === 'sdk' ? SDK : [...RAW, '--use', `abort=${source}/stop`]
  // The compiler as a program: its types would declare their own `console` for the whole repository.
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js')
  execFileSync(process.execPath, [compiler, `${source}.ts`, ...flags, '-o', output], { cwd: root, stdio: 'pipe' })
  return output
}
