/** The AssemblyScript compiler of an author's project: its own `assemblyscript` and `@sluice/sdk`, none of ours. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '../errors.ts'
import { digestOfFile, type BuildInputs } from './build-stamp.ts'
import { buildErrors, type Diagnostic } from './diagnostics.ts'

/** `release` is what is shipped; `debug` compiles in a fraction of the time, and its names are the source's. */
export type BuildTarget = 'release' | 'debug'

/** One compilation; paths are relative to the project. */
export interface Compilation {
  readonly entry: string
  readonly output: string
  readonly target: BuildTarget
  /** More arguments of asc, which have the last word. */
  readonly args: readonly string[]
}

/** What is used of `assemblyscript/asc`. */
interface Asc {
  main(args: readonly string[], options: AscOptions): Promise<{ readonly error: Error | null }>
}

interface AscOptions {
  readonly stdout: TextSink
  readonly stderr: TextSink
  reportDiagnostic(diagnostic: Diagnostic): void
  /** Null for a file that is not there. */
  readFile(name: string, folder: string): string | null
}

interface TextSink {
  write(text: string | Uint8Array): boolean
}

/** The file of options that a project may have of its own. */
const OPTIONS_FILE = 'asconfig.json'

export class Compiler {
  readonly #asc: Asc
  readonly #folder: string
  readonly #optionsFile: string

  private constructor(asc: Asc, folder: string, optionsFile: string) {
    this.#asc = asc
    this.#folder = folder
    this.#optionsFile = optionsFile
  }

  /** Loads the project's compiler; throws SLUICE_BUILD_TOOL when it, or the SDK, is not installed. */
  static async load(folder: string): Promise<Compiler> {
    // Its entry can be imported only, so that its folder is found by another file.
    const file = join(packageFolder(folder, 'assemblyscript'), 'dist/asc.js')
    const asc = (await import(pathToFileURL(file).href)) as { default: Asc }
    const preset = join(packageFolder(folder, '@sluice/sdk'), OPTIONS_FILE)
    return new Compiler(asc.default, folder, existsSync(join(folder, OPTIONS_FILE)) ? OPTIONS_FILE : preset)
  }

  /** Writes the module and its source map, and says what it has read; throws SluiceErrors with everything that is wrong in the source. */
  async compile({ entry, output, target, args }: Compilation): Promise<BuildInputs> {
    const options = ['--baseDir', this.#folder, '--config', this.#optionsFile, '--target', target, '--sourceMap', '--noColors']
    const diagnostics: Diagnostic[] = []
    const inputs: Record<string, string | null> = {}
    let text = ''
    const sink = { write: (part: string | Uint8Array) => ((text += String(part)), true) }
    const { error } = await this.#asc.main([entry, '-o', output, ...options, ...args], {
      stdout: sink,
      stderr: sink,
      reportDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
      readFile: (name, folder) => {
        const path = resolve(folder, name)
        const digest = digestOfFile(path)
        inputs[relative(this.#folder, path)] = digest
        return digest === null ? null : readFileSync(path, 'utf8')
      },
    })
    if (error !== null) throw buildErrors(diagnostics, text, this.#folder)
    return inputs
  }
}

/** The compiler and the SDK that the project has installed, with their versions. Throws SLUICE_BUILD_TOOL. */
export function buildTools(folder: string): string {
  return ['assemblyscript', '@sluice/sdk']
    .map((name) => readFileSync(join(packageFolder(folder, name), 'package.json'), 'utf8'))
    .map((text) => JSON.parse(text) as { readonly name: string; readonly version: string })
    .map(({ name, version }) => `${name}@${version}`)
    .join(' ')
}

/** Where a package that the project needs is installed. */
function packageFolder(folder: string, name: string): string {
  try {
    return dirname(createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`))
  } catch (cause) {
    const next = 'npm install --save-dev assemblyscript @sluice/sdk'
    const detail = { path: folder, seen: `no package ${name}`, wanted: 'one that the project has installed', next }
    throw new SluiceError('SLUICE_BUILD_TOOL', 'Cannot build', detail, cause)
  }
}
