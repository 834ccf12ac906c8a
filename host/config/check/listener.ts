/** Rules of a listener and of the network filters in it. */
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { unpackAs } from '../any.ts'
import { WasmAccessLogSchema } from '../gen/envoy/extensions/access_loggers/wasm/v3/wasm_pb.ts'
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.ts'
import { WasmSchema } from '../gen/envoy/extensions/filters/http/wasm/v3/wasm_pb.ts'
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import type {
  HttpConnectionManager,
  HttpFilter,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import { TcpProxySchema } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts'
import { WasmSchema as NetworkWasmSchema } from '../gen/envoy/extensions/filters/network/wasm/v3/wasm_pb.ts'
import type { AccessLog } from '../gen/envoy/config/accesslog/v3/accesslog_pb.ts'
import { ProxyProtocolSchema } from '../gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts'
import type { Filter, FilterChain, ListenerFilter } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { Listener } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import { checkAddress } from './address.ts'
import { judgeMatches } from './filter-chains.ts'
import { judgeOptions } from './manager-options.ts'
import { judgeRoutes } from './route.ts'
import { judgeDownstreamSocket } from './tls.ts'
import { checkUnique } from './unique.ts'
import { judgePlugin } from './wasm.ts'

/** Adds what is wrong with a listener beyond its single fields; `clusters` null = any cluster may be named. */
export function judgeListener(listener: Listener, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  if (listener.address === undefined)
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Listener without address', path, wanted: 'address' })
  else checkAddress(listener.address, [...path, 'address'], faults)
  for (const [index, { address }] of listener.additionalAddresses.entries()) {
    const at = [...path, 'additional_addresses', index, 'address']
    if (address === undefined) faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Field is missing', path: at })
    else checkAddress(address, at, faults)
  }
  judgeListenerFilters(listener.listenerFilters, [...path, 'listener_filters'], faults)
  judgeLogs(listener.accessLog, path, clusters, faults)
  judgeChains(listener, path, clusters, faults)
}

function judgeChains(listener: Listener, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  const chains = [...path, 'filter_chains']
  const last = listener.defaultFilterChain
  if (listener.filterChains.length === 0 && last === undefined) return void faults.push(noChain(chains))
  judgeMatches(listener.filterChains, chains, faults)
  for (const [index, chain] of listener.filterChains.entries()) judgeChain(chain, [...chains, index], clusters, faults)
  const at = [...path, 'default_filter_chain']
  if (last !== undefined) judgeChain(last, at, clusters, faults)
  if (last?.filterChainMatch === undefined) return
  const message = 'The default filter chain takes what no other takes'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...at, 'filter_chain_match'], wanted: 'no match' })
}

function judgeChain(chain: FilterChain, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  judgeDownstreamSocket(chain.transportSocket, [...path, 'transport_socket'], faults)
  judgeNetworkFilters(chain.filters, [...path, 'filters'], clusters, faults)
}

/** The PROXY header stands before the hello. */
function judgeListenerFilters(filters: readonly ListenerFilter[], path: ConfigPath, faults: Fault[]): void {
  const types = filters.map(({ configType }) => configType.value)
  for (const [index, type] of types.entries())
    if (type === undefined) faults.push(noType([...path, index, 'typed_config'], 'TlsInspector or ProxyProtocol'))
  const names = types.map((type) => type?.typeUrl ?? '')
  checkUnique('listener filter', names, path, ['typed_config'], faults)
  const header = types.findIndex((type) => unpackAs(type, ProxyProtocolSchema) !== null)
  if (header <= 0) return
  const message = 'The PROXY header is what a connection begins with'
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message,
    path: [...path, header],
    wanted: 'ProxyProtocol as the first listener filter',
  })
}

/** The connection manager stands alone; before the TCP proxy, which is last, there may be Wasm filters. */
function judgeNetworkFilters(
  filters: readonly Filter[],
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  const last = filters.length - 1
  if (last < 0) return void faults.push(noTerminal(path))
  for (const [index, filter] of filters.entries()) {
    const at = [...path, index, 'typed_config']
    const config = filter.configType.value
    if (config === undefined) faults.push(noType(at, 'HttpConnectionManager, Wasm or TcpProxy'))
    const manager = unpackAs(config, HttpConnectionManagerSchema)
    if (manager !== null) judgeManager(manager, at, clusters, faults)
    const proxy = unpackAs(config, TcpProxySchema)
    if (proxy !== null) judgeLogs(proxy.accessLog, at, clusters, faults)
    const wasm = unpackAs(config, NetworkWasmSchema)
    if (wasm !== null) judgePlugin(wasm.config, [...at, 'config'], clusters, faults)
    if (index < last && (manager !== null || proxy !== null)) faults.push(notLast(at))
    if (index === last && wasm !== null) faults.push(noTerminal(path))
    if (index > 0 && manager !== null) faults.push(notAlone(at))
  }
}

function noTerminal(path: ConfigPath): Fault {
  const message = 'Last network filter is neither the HTTP connection manager nor the TCP proxy'
  return { code: 'SLUICE_CONFIG_INVALID', message, path, wanted: 'HttpConnectionManager or TcpProxy at the end' }
}

function notLast(path: ConfigPath): Fault {
  return { code: 'SLUICE_CONFIG_INVALID', message: 'Network filter behind the one that ends its chain', path }
}

function notAlone(path: ConfigPath): Fault {
  const message = 'Network filters before the HTTP connection manager are not supported by sluice'
  return { code: 'SLUICE_CONFIG_INVALID', message, path, wanted: 'the HTTP connection manager alone, or the TCP proxy' }
}

function noChain(path: ConfigPath): Fault {
  return { code: 'SLUICE_CONFIG_INVALID', message: 'No filter chains specified', path, seen: '0', wanted: 'at least 1' }
}

function noType(path: ConfigPath, wanted: string): Fault {
  return { code: 'SLUICE_CONFIG_INVALID', message: 'Filter without configuration: its name alone says nothing', path, wanted }
}

function judgeManager(
  manager: HttpConnectionManager,
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  judgeFilters(manager.httpFilters, [...path, 'http_filters'], clusters, faults)
  const upgrades = manager.upgradeConfigs.map((upgrade) => upgrade.upgradeType.toLowerCase())
  checkUnique('upgrade type', upgrades, [...path, 'upgrade_configs'], ['upgrade_type'], faults)
  judgeLogs(manager.accessLog, path, clusters, faults)
  judgeOptions(manager, path, faults)
  const routes = manager.routeSpecifier.value
  if (routes !== undefined) judgeRoutes(routes, [...path, 'route_config'], clusters, faults)
}

/** `path` leads to the message that has the logs. */
function judgeLogs(logs: readonly AccessLog[], path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  for (const [index, log] of logs.entries()) {
    const at = [...path, 'access_log', index, 'typed_config']
    if (log.configType.value === undefined) faults.push(noType(at, 'FileAccessLog or StdoutAccessLog'))
    const wasm = unpackAs(log.configType.value, WasmAccessLogSchema)
    if (wasm !== null) judgePlugin(wasm.config, [...at, 'config'], clusters, faults)
    if (wasm !== null && log.filter !== undefined) faults.push(noFilter([...path, 'access_log', index, 'filter']))
  }
}

function noFilter(path: ConfigPath): Fault {
  const message = 'Filter of an access log that is a plugin is not supported by sluice'
  return { code: 'SLUICE_CONFIG_INVALID', message, path }
}

/** The router is there once, at the end; Envoy accepts a chain without one and never answers. */
function judgeFilters(
  filters: readonly HttpFilter[],
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  const last = filters.length - 1
  for (const [index, filter] of filters.entries()) {
    const at = [...path, index, 'typed_config']
    const config = filter.configType.value
    if (config === undefined) faults.push(noType(at, 'Wasm or Router'))
    const isRouter = unpackAs(config, RouterSchema) !== null
    if (isRouter && filter.disabled)
      faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'The router cannot be left out', path: at })
    if (isRouter && index < last)
      faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Router is not the last HTTP filter', path: at })
    const wasm = unpackAs(config, WasmSchema)
    if (wasm !== null) judgePlugin(wasm.config, [...at, 'config'], clusters, faults)
  }
  if (unpackAs(filters[last]?.configType.value, RouterSchema) === null) {
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Last HTTP filter is not the router',
      path,
      wanted: 'envoy.extensions.filters.http.router.v3.Router',
    })
  }
}
