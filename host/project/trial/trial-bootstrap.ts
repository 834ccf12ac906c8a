/** The Envoy configuration of a trial: two listeners to one upstream, one of them without the filter. */
import { anyMessage, type PluginMessage } from './plugin-message.ts'
import type { TrialChain } from './trial-chain.ts'

/** Ports on 127.0.0.1. */
export interface TrialPorts {
  readonly up: number
  /** Of the clusters that the filters call. */
  readonly clusters: ReadonlyMap<string, number>
}

export const WITH = 'with'
export const WITHOUT = 'without'
/** A cluster of the filters may be called `up`. */
const UP = 'sluice-run-upstream'

/** A bootstrap whose listeners and admin interface take any free port. */
export function trialBootstrap({ plugins, isTcp }: TrialChain, ports: TrialPorts): object {
  const filters = plugins.map((plugin) => wasmFilter(plugin, isTcp))
  return {
    admin: { address: addressOf(0) },
    static_resources: {
      listeners: [listenerOf(WITHOUT, [], isTcp), listenerOf(WITH, filters, isTcp)],
      clusters: [clusterOf(UP, ports.up), ...[...ports.clusters].map(([name, port]) => clusterOf(name, port))],
    },
  }
}

function wasmFilter(config: PluginMessage, isTcp: boolean): object {
  const typed = anyMessage(`envoy.extensions.filters.${isTcp ? 'network' : 'http'}.wasm.v3.Wasm`, { config })
  return { name: config.name, typed_config: typed }
}

function listenerOf(name: string, filters: readonly object[], isTcp: boolean): object {
  const chain = isTcp ? [...filters, tcpProxy(name)] : [connectionManager(name, filters)]
  return { name, address: addressOf(0), filter_chains: [{ filters: chain }] }
}

function tcpProxy(name: string): object {
  const typed = anyMessage('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: name, cluster: UP })
  return { name: 'envoy.filters.network.tcp_proxy', typed_config: typed }
}

function connectionManager(name: string, filters: readonly object[]): object {
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: anyMessage('envoy.extensions.filters.http.router.v3.Router', {}),
  }
  const routes = [{ match: { prefix: '/' }, route: { cluster: UP } }]
  const typed = anyMessage('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
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
