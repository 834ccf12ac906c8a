/** Compiles the modules of `bench/guests`. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { goModule } from '../test/support/go-module.ts'
import { rustModule } from '../test/support/rust-module.ts'
import { root } from '../tools/checks/sources.ts'

/** How a guest is written: AssemblyScript on raw imports or the SDK, or the SDK of another language. */
export type GuestKind = 'raw' | 'sdk' | 'rust' | 'go'

/** On raw imports, without a garbage collector: what a hand-written filter costs. */
const RAW = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--exportStart', '_initialize']
/** As the suite's filters, on the SDK. */
const SDK = ['--config', 'filters/asconfig.json']

/** A module of `bench/guests` compiled into `folder`, or its twin of `bench/twins` in another language; its path. */
export function guestModule(name: string, kind: GuestKind, folder: string): Promise<string> {
  if (kind === 'rust') return rustModule(join(root, 'bench/twins/rust'), `${name}-twin`)
  if (kind === 'go') return goModule(join(root, 'bench/twins/go'), `${name}-twin`)
  return Promise.resolve(compileGuest(name, kind, folder))
}

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
