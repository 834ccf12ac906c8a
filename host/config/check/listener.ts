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
import type { Filter } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { Listener } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import { checkAddress } from './address.ts'
import { judgeRoutes } from './route.ts'
import { checkUnique } from './unique.ts'
import { judgePlugin } from './wasm.ts'

/** Adds what is wrong with a listener beyond its single fields; `clusters` null = any cluster may be named. */
export function judgeListener(listener: Listener, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  if (listener.address === undefined)
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Listener without address', path, wanted: 'address' })
  else checkAddress(listener.address, [...path, 'address'], faults)
  const chains = [...path, 'filter_chains']
  if (listener.filterChains.length !== 1) return void faults.push(notSingle(listener.filterChains.length, chains))
  judgeChain(listener.filterChains[0]?.filters ?? [], [...chains, 0, 'filters'], clusters, faults)
}

/** The connection manager stands alone; before the TCP proxy, which is last, there may be Wasm filters. */
function judgeChain(filters: readonly Filter[], path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
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

function notSingle(seen: number, path: ConfigPath): Fault {
  const message = 'Exactly one filter chain is supported'
  return { code: 'SLUICE_CONFIG_INVALID', message, path, seen: String(seen), wanted: '1' }
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
  }
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
