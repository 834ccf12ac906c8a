/** The Envoy configuration of a trial: two listeners to one upstream, one of them without the filter. */
import type { TrialInput } from './trial.ts'

/** Ports on 127.0.0.1. */
export interface TrialPorts {
  readonly up: number
  /** Of the clusters that the filter calls. */
  readonly clusters: ReadonlyMap<string, number>
}

export const WITH = 'with'
export const WITHOUT = 'without'
const UP = 'up'

/** A bootstrap whose listeners and admin interface take any free port. */
export function trialBootstrap(input: TrialInput, isTcp: boolean, ports: TrialPorts): object {
  const filter = wasmFilter(input, isTcp)
  return {
    admin: { address: addressOf(0) },
    static_resources: {
      listeners: [listenerOf(WITHOUT, [], isTcp), listenerOf(WITH, [filter], isTcp)],
      clusters: [clusterOf(UP, ports.up), ...[...ports.clusters].map(([name, port]) => clusterOf(name, port))],
    },
  }
}

function any(type: string, fields: object): object {
  return { '@type': `type.googleapis.com/${type}`, ...fields }
}

function wasmFilter({ module: filename, name, rootId, config }: TrialInput, isTcp: boolean): object {
  const plugin = {
    name,
    root_id: rootId,
    vm_config: { vm_id: name, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename } } },
    ...(config === null ? {} : { configuration: any('google.protobuf.StringValue', { value: config }) }),
  }
  const typed = any(`envoy.extensions.filters.${isTcp ? 'network' : 'http'}.wasm.v3.Wasm`, { config: plugin })
  return { name, typed_config: typed }
}

function listenerOf(name: string, filters: readonly object[], isTcp: boolean): object {
  const chain = isTcp ? [...filters, tcpProxy(name)] : [connectionManager(name, filters)]
  return { name, address: addressOf(0), filter_chains: [{ filters: chain }] }
}

function tcpProxy(name: string): object {
  const typed = any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: name, cluster: UP })
  return { name: 'envoy.filters.network.tcp_proxy', typed_config: typed }
}

function connectionManager(name: string, filters: readonly object[]): object {
  const router = { name: 'envoy.filters.http.router', typed_config: any('envoy.extensions.filters.http.router.v3.Router', {}) }
  const routes = [{ match: { prefix: '/' }, route: { cluster: UP } }]
  const typed = any('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [...filters, router],
  })
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: typed }
}

function clusterOf(name: string, port: number): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: addressOf(port) } }] }]
  return { name, type: 'STATIC', load_assignment: { cluster_name: name, endpoints } }
}

function addressOf(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
