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

/** Goes through `workerData`. */
export interface ConfigHandle {
  readonly bootstrap: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** A configuration with what workers need to have the same. */
export interface SharedConfiguration extends Configuration {
  readonly handle: ConfigHandle
}

/** Reads and checks the texts. Throws `SluiceErrors`. */
export function loadConfiguration(texts: readonly ConfigText[]): SharedConfiguration {
  const files = new Map<string, Uint8Array>()
  const readFile = (path: string): Uint8Array => {
    const bytes = shared(readFileSync(path))
    files.set(path, bytes)
    return bytes
  }
  const configuration = readConfiguration(texts, { readFile, environment: process.env })
  return { ...configuration, handle: { bootstrap: toBinary(BootstrapSchema, configuration.message), files } }
}

/** The same configuration in a worker. */
export function restoreConfiguration({ bootstrap, files }: ConfigHandle): BootstrapConfig {
  const input: BuildInput = { readFile: (path) => files.get(path) ?? readFileSync(path), environment: process.env }
  return buildConfiguration(fromBinary(BootstrapSchema, bootstrap), input).config
}

/** Module code can be large; workers need no copies of it. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
