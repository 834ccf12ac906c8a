/** A small valid bootstrap and ways to change it, for tables of cases. */
import { readConfiguration } from '../../../host/config/index.ts'
import type { BuildInput, Configuration } from '../../../host/config/index.ts'
import { SluiceErrors } from '../../../host/errors.ts'
import type { SluiceError } from '../../../host/errors.ts'

const TYPE = 'type.googleapis.com/'
export const HCM_TYPE = `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`
export const ROUTER_TYPE = `${TYPE}envoy.extensions.filters.http.router.v3.Router`
export const WASM_TYPE = `${TYPE}envoy.extensions.filters.http.wasm.v3.Wasm`
export const NETWORK_WASM_TYPE = `${TYPE}envoy.extensions.filters.network.wasm.v3.Wasm`
export const TCP_TYPE = `${TYPE}envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`
export const STDOUT_TYPE = `${TYPE}envoy.extensions.access_loggers.stream.v3.StdoutAccessLog`
export const FILE_TYPE = `${TYPE}envoy.extensions.access_loggers.file.v3.FileAccessLog`
export const UPSTREAM = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** Paths of the sample that cases change most. */
export const LISTENER = 'static_resources.listeners[0]'
/** The network filters. */
export const FILTERS = `${LISTENER}.filter_chains[0].filters`
export const HCM = `${FILTERS}[0].typed_config`
export const TABLE = `${HCM}.route_config`
export const HOST = `${TABLE}.virtual_hosts[0]`
export const ROUTE = `${HOST}.routes[0]`
export const CLUSTER = 'static_resources.clusters[0]'

export function socketAddress(port: number, address = '127.0.0.1'): object {
  return { socket_address: { address, port_value: port } }
}

/** A wasm filter whose plugin has these members. */
export function wasmFilter(config: object): object {
  return { name: 'w', typed_config: { '@type': WASM_TYPE, config } }
}

/** A TCP proxy to the cluster `up`, as a network filter. */
export function tcpProxy(more: object = {}): object {
  return { name: 'tcp', typed_config: { '@type': TCP_TYPE, stat_prefix: 't', cluster: 'up', ...more } }
}

export function networkWasm(config: object): object {
  return { name: 'w', typed_config: { '@type': NETWORK_WASM_TYPE, config } }
}

export function endpoint(address: object): object {
  return { lb_endpoints: [{ endpoint: { address } }] }
}

export const ROUTER = { name: 'router', typed_config: { '@type': ROUTER_TYPE } }

function sample(): object {
  const virtualHost = { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] }
  const manager = { '@type': HCM_TYPE, stat_prefix: 's', route_config: { virtual_hosts: [virtualHost] }, http_filters: [ROUTER] }
  const listener = {
    name: 'l',
    address: socketAddress(0),
    filter_chains: [{ filters: [{ name: 'hcm', typed_config: manager }] }],
  }
  const cluster = { name: 'up', type: 'STATIC', load_assignment: { cluster_name: 'up', endpoints: [endpoint(socketAddress(1))] } }
  return { static_resources: { listeners: [listener], clusters: [cluster] } }
}

/** Path → new value; `undefined` removes. A path ends at an index one past the end to append. */
export type Changes = Readonly<Record<string, unknown>>

/** The sample as JSON text after changes. */
export function sampleWith(changes: Changes): string {
  const root = sample()
  for (const [path, value] of Object.entries(changes)) change(root, path, value)
  return JSON.stringify(root, null, 1)
}

function change(root: object, path: string, value: unknown): void {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
  const last = steps.pop()!
  let node = root as Record<string, unknown>
  for (const step of steps) node = (node[step] ??= {}) as Record<string, unknown>
  if (value === undefined) delete node[last]
  else node[last] = value
}

/** No file is read from disk: every module is the same three bytes, everything else is missing. */
export const TEST_INPUT: BuildInput = {
  readFile: (path) => {
    if (path.endsWith('.wasm')) return Uint8Array.of(1, 2, 3)
    throw new Error(`ENOENT: no such file, open '${path}'`)
  },
  readRemote: () => Uint8Array.of(1, 2, 3),
  environment: { SET: 'value' },
}

export function read(...texts: readonly string[]): Configuration {
  const named = texts.map((text, index) => ({ name: `text ${index}`, text }))
  return readConfiguration(named, TEST_INPUT)
}

/** The faults of a configuration; none when it is accepted. */
export function faultsOf(...texts: readonly string[]): readonly SluiceError[] {
  try {
    read(...texts)
    return []
  } catch (error) {
    if (error instanceof SluiceErrors) return error.errors
    throw error
  }
}
