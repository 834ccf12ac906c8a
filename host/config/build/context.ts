/** What building needs from outside, and the faults that only building can find. */
import { readFileSync } from 'node:fs'
import { SluiceError } from '../../errors.ts'
import type { EngineName } from '../../vm/engines.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { DataSource } from '../gen/envoy/config/core/v3/base_pb.ts'

/** Files and environment that a configuration refers to. */
export interface BuildInput {
  /** Throws as `readFileSync` does. */
  readonly readFile: (path: string) => Uint8Array
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Runs every plugin; null or absent = the engine that each plugin's `vm_config.runtime` names. */
  readonly engine?: EngineName | null
}

/** The files and the environment of this process. */
export const PROCESS_INPUT: BuildInput = { readFile: (path) => readFileSync(path), environment: process.env }

const NOTHING = new Uint8Array(0)

/** Reads data sources, each file once, and collects faults. */
export class BuildContext {
  readonly faults: Fault[] = []
  readonly environment: BuildInput['environment']
  readonly engine: EngineName | null
  readonly #readFile: BuildInput['readFile']
  readonly #files = new Map<string, Uint8Array>()
  readonly #optionalFiles = new Map<string, Uint8Array | null>()

  constructor(input: BuildInput) {
    this.environment = input.environment
    this.engine = input.engine ?? null
    this.#readFile = input.readFile
  }

  /** The bytes that a data source means; none when it is missing or has a fault. */
  bytes(source: DataSource | undefined, path: ConfigPath): Uint8Array {
    const specifier = source?.specifier
    if (specifier?.case === 'inlineBytes') return specifier.value
    if (specifier?.case === 'inlineString') return Buffer.from(specifier.value)
    if (specifier?.case === 'filename') return this.#file(specifier.value, [...path, 'filename'])
    if (specifier?.case === 'environmentVariable') return this.#variable(specifier.value, [...path, 'environment_variable'])
    return NOTHING
  }

  /** Runs the compiler of a format string or template; what it throws becomes a fault at `path`. */
  checkFormat(compile: () => unknown, path: ConfigPath): void {
    try {
      compile()
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      const { seen = '', wanted = '' } = error.detail
      this.faults.push({ code: error.code, message: error.message, path, seen, wanted })
    }
  }

  /** A file that may be missing. */
  optionalFile(name: string): Uint8Array | null {
    let bytes = this.#optionalFiles.get(name)
    if (bytes === undefined) {
      bytes = this.#readIfThere(name)
      this.#optionalFiles.set(name, bytes)
    }
    return bytes
  }

  #readIfThere(name: string): Uint8Array | null {
    try {
      return this.#readFile(name)
    } catch {
      return null
    }
  }

  #file(name: string, path: ConfigPath): Uint8Array {
    const known = this.#files.get(name)
    if (known !== undefined) return known
    try {
      const bytes = this.#readFile(name)
      this.#files.set(name, bytes)
      return bytes
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.faults.push({
        code: 'SLUICE_CONFIG_FILE',
        message: `Cannot read file (${reason})`,
        path,
        seen: name,
        wanted: 'a file that can be read',
      })
      return NOTHING
    }
  }

  #variable(name: string, path: ConfigPath): Uint8Array {
    const value = this.environment[name]
    if (value !== undefined) return Buffer.from(value)
    const wanted = 'the name of an environment variable that is set'
    this.faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message: 'Unknown environment variable', path, seen: show(name), wanted })
    return NOTHING
  }
}
