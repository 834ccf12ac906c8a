/** Modules that a configuration names on other machines (`vm_config.code.remote`). */
import type { RemoteSource } from '../../config/index.ts'
import type { EndpointConfig } from '../../config/types.ts'
import type { RegistryAccess } from '../registry/access.ts'
import { clusterModule } from './cluster-module.ts'
import { imageModule } from './image-module.ts'
import type { ModuleStore } from './module-store.ts'

export interface RemoteModule {
  readonly bytes: Uint8Array
  /** Nothing was sent for it. */
  readonly isCached: boolean
}

export interface RemoteOptions {
  readonly access: RegistryAccess
  readonly store: ModuleStore
  /** Of a cluster of the configuration. */
  readonly endpointsOf: (cluster: string) => readonly EndpointConfig[]
}

/** Fetches a module and holds it against the digest. Throws `SluiceError`. */
export function remoteModule(source: RemoteSource, { access, store, endpointsOf }: RemoteOptions): Promise<RemoteModule> {
  const timed = source.timeout > 0 ? { ...access, limits: { ...access.limits, requestMillis: source.timeout } } : access
  if (source.uri.startsWith('oci://')) return imageModule(source, timed, store)
  return clusterModule(source, endpointsOf(source.cluster), timed, store)
}
