/**
 * The configuration on its way to the workers: the checked message as bytes, and the files that it names as the main
 * thread read them, so that all threads run the same code even when a file changes meanwhile.
 */
import { readFileSync } from 'node:fs'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  BootstrapSchema,
  buildConfiguration,
  readConfiguration,
  type BootstrapConfig,
  type BuildInput,
  type Configuration,
  type ConfigText,
} from '../config/index.ts'
import type { EngineName } from '../vm/engines.ts'

/** Goes through `workerData`. */
export interface ConfigHandle {
  readonly bootstrap: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Runs every plugin; null = the engine that each plugin names. */
  readonly engine: EngineName | null
}

/** A configuration with what workers need to have the same. */
export interface SharedConfiguration extends Configuration {
  readonly handle: ConfigHandle
}

/** Reads and checks the texts. Throws `SluiceErrors`. */
export function loadConfiguration(texts: readonly ConfigText[], engine: EngineName | null): SharedConfiguration {
  const files = new Map<string, Uint8Array>()
  const readFile = (path: string): Uint8Array => {
    const bytes = shared(readFileSync(path))
    files.set(path, bytes)
    return bytes
  }
  const configuration = readConfiguration(texts, { readFile, environment: process.env, engine })
  return { ...configuration, handle: { bootstrap: toBinary(BootstrapSchema, configuration.message), files, engine } }
}

/** The same configuration in a worker. */
export function restoreConfiguration({ bootstrap, files, engine }: ConfigHandle): BootstrapConfig {
  const input: BuildInput = { readFile: (path) => files.get(path) ?? readFileSync(path), environment: process.env, engine }
  return buildConfiguration(fromBinary(BootstrapSchema, bootstrap), input).config
}

/** Module code can be large; workers need no copies of it. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
