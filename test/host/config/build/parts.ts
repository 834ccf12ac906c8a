/** The parts of the sample configuration that suites look at, as they were built. */
import type {
  ClusterConfig,
  HttpConnectionManagerConfig,
  ListenerConfig,
  PluginConfig,
  RouteConfig,
} from '../../../../host/config/types.ts'
import { HCM, read, ROUTER, sampleWith, wasmFilter } from '../sample.ts'
import type { Changes } from '../sample.ts'

export const listenerOf = (changes: Changes): ListenerConfig => read(sampleWith(changes)).config.listeners[0]!.value
export const managerOf = (changes: Changes): HttpConnectionManagerConfig => listenerOf(changes).chains[0]!.http!
export const routeOf = (changes: Changes): RouteConfig => managerOf(changes).routes.virtualHosts[0]!.routes[0]!
export const clusterOf = (changes: Changes): ClusterConfig => read(sampleWith(changes)).config.clusters[0]!.value
export const hcm = (options: object): Changes =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [`${HCM}.${key}`, value]))
export const NO_METADATA = { message: new Uint8Array(0), json: {} }
export const build = (config: object, listener: Changes = {}): PluginConfig =>
  managerOf({ ...listener, [`${HCM}.http_filters`]: [wasmFilter(config), ROUTER] }).filters[0]!.plugin
export const typed = (type: string, value: unknown): object => ({ '@type': `type.googleapis.com/google.protobuf.${type}`, value })
