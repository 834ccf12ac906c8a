/** Modules that a configuration names on other machines: noted at a first reading, fetched, given out at a second one. */
import type { BootstrapConfig, RemoteSource } from '../config/index.ts'
import { SluiceError } from '../errors.ts'
import type { RegistryAccess } from '../oci/registry/access.ts'
import { ModuleStore } from '../oci/remote/module-store.ts'
import { remoteModule, type RemoteModule, type RemoteOptions } from '../oci/remote/remote-module.ts'
import { sharedCopy } from './shared-copy.ts'

/** A module's bytes, or why there are none. */
type Outcome = RemoteModule | SluiceError

export class RemoteModules {
  readonly #sources = new Map<string, RemoteSource>()
  readonly #outcomes = new Map<string, Outcome>()

  /** Modules that nobody fetched yet have no bytes. */
  note(source: RemoteSource): Uint8Array {
    this.#sources.set(keyOfSource(source), source)
    return new Uint8Array(0)
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0
  }

  /** Fetches all at once; what fails is told when it is read. */
  async fetch(config: BootstrapConfig, access: RegistryAccess): Promise<void> {
    const endpointsOf: RemoteOptions['endpointsOf'] = (cluster) =>
      config.clusters.find(({ name }) => name === cluster)?.value.endpoints ?? []
    const options = { access, store: new ModuleStore(), endpointsOf }
    await Promise.all([...this.#sources].map(async ([key, source]) => this.#outcomes.set(key, await outcomeOf(source, options))))
  }

  /** Throws the `SluiceError` of a module that could not be fetched. */
  read(source: RemoteSource): Uint8Array {
    const outcome = this.#outcomes.get(keyOfSource(source))
    if (outcome instanceof SluiceError) throw outcome
    return outcome?.bytes ?? new Uint8Array(0)
  }

  /** For the workers. */
  bytesBySource(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#sources].map(([key, source]) => [key, this.read(source)]))
  }

  /** How many were fetched now, and how many were known from before. */
  get loads(): { readonly fetched: number; readonly cached: number } {
    const modules = [...this.#outcomes.values()].filter((outcome): outcome is RemoteModule => !(outcome instanceof SluiceError))
    const cached = modules.filter(({ isCached }) => isCached).length
    return { fetched: modules.length - cached, cached }
  }
}

/** What tells modules of other machines apart. */
export function keyOfSource({ uri, sha256, cluster, isAlwaysPulled }: RemoteSource): string {
  return JSON.stringify([uri, sha256, cluster, isAlwaysPulled])
}

async function outcomeOf(source: RemoteSource, options: RemoteOptions): Promise<Outcome> {
  try {
    const { bytes, isCached } = await remoteModule(source, options)
    return { bytes: sharedCopy(bytes), isCached }
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
}
