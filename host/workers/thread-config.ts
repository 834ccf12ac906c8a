/**
 * The configuration on its way to the workers: the checked message as bytes, and the files and modules that it names as the
 * main thread read and fetched them, so that all threads run the same code even when it changes meanwhile.
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
import type { RegistryAccess } from '../oci/registry/access.ts'
import type { EngineName } from '../vm/engines.ts'
import { keyOfSource, RemoteModules } from './remote-modules.ts'
import { sharedCopy } from './shared-copy.ts'

/** Goes through `workerData`. */
export interface ConfigHandle {
  readonly bootstrap: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Those of other machines, by {@link keyOfSource}. */
  readonly modules: ReadonlyMap<string, Uint8Array>
  /** Runs every plugin; null = the engine that each plugin names. */
  readonly engine: EngineName | null
}

/** A configuration with what workers need to have the same. */
export interface SharedConfiguration extends Configuration {
  readonly handle: ConfigHandle
  readonly remoteLoads: RemoteModules['loads']
}

/** Reads and checks the texts, and fetches what is on other machines. Rejects with `SluiceErrors`. */
export async function loadConfiguration(
  texts: readonly ConfigText[],
  engine: EngineName | null,
  access: RegistryAccess,
): Promise<SharedConfiguration> {
  const files = new Map<string, Uint8Array>()
  const readFile = (path: string): Uint8Array => {
    const bytes = sharedCopy(readFileSync(path))
    files.set(path, bytes)
    return bytes
  }
  const input = { readFile, environment: process.env, engine }
  const remote = new RemoteModules()
  const configuration = await withRemote(texts, input, remote, access)
  const handle = { bootstrap: toBinary(BootstrapSchema, configuration.message), files, modules: remote.bytesBySource(), engine }
  return { ...configuration, handle, remoteLoads: remote.loads }
}

/** The same configuration in a worker. */
export function restoreConfiguration({ bootstrap, files, modules, engine }: ConfigHandle): BootstrapConfig {
  const input: BuildInput = {
    readFile: (path) => files.get(path) ?? readFileSync(path),
    readRemote: (source) => modules.get(keyOfSource(source)) ?? new Uint8Array(0),
    environment: process.env,
    engine,
  }
  return buildConfiguration(fromBinary(BootstrapSchema, bootstrap), input).config
}

/** A first reading finds what has to be fetched, and every fault that makes fetching pointless. */
async function withRemote(
  texts: readonly ConfigText[],
  input: BuildInput,
  remote: RemoteModules,
  access: RegistryAccess,
): Promise<Configuration> {
  const draft = readConfiguration(texts, { ...input, readRemote: (source) => remote.note(source) })
  if (remote.isEmpty) return draft
  await remote.fetch(draft.config, access)
  return readConfiguration(texts, { ...input, readRemote: (source) => remote.read(source) })
}
