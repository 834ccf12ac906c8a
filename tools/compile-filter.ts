/** Compiles one module: `asc` with the flags of filters/asconfig.json or the filter's own and tools/shrink.js, the source map beside the module. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { root } from './checks/sources.ts'

/** The compiler's entry, as far as it is used: its own types would put the globals of AssemblyScript into every file. */
interface Compiler {
  main(
    args: readonly string[],
    options: { readFile(name: string, folder: string): string | null },
  ): Promise<{ error: Error | null; stdout: { toString(): string }; stderr: { toString(): string } }>
}

const compiler = (await import(import.meta.resolve('assemblyscript/asc'))) as Compiler

/** What a compilation came to. */
export interface Compilation {
  /** The compiler's faults, or null. */
  readonly fault: string | null
  /** Every path that the compiler asked for, by path from the root; one that is not there could come and change the module. */
  readonly inputs: readonly string[]
}

/** Compiles a source of the repository, by paths from its root. */
export async function compileFilter(source: string, output: string): Promise<Compilation> {
  const own = join(dirname(source), 'asconfig.json')
  const config = existsSync(join(root, own)) ? own : 'filters/asconfig.json'
  const inputs = new Set<string>([own])
  const readFile = (name: string, folder: string): string | null => {
    const path = relative(root, join(folder, name))
    inputs.add(path)
    return readText(path)
  }
  const args = [source, '--config', config, '--transform', './tools/shrink.js', '--sourceMap', '-o', output, '--baseDir', root]
  const { error, stdout, stderr } = await compiler.main(args, { readFile })
  return { fault: error === null ? null : `${output}: ${stdout}${stderr}`, inputs: [...inputs] }
}

/** The text of a file, by path from the root; null when there is none. */
export function readText(path: string): string | null {
  try {
    return readFileSync(resolve(root, path), 'utf8')
  } catch {
    return null
  }
}
