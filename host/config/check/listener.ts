/** Rules of a listener and of the connection manager in it. */
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
  if (!isSingle('filter chain', listener.filterChains, chains, faults)) return
  const filters = [...chains, 0, 'filters']
  const list = listener.filterChains[0]?.filters ?? []
  if (!isSingle('network filter', list, filters, faults)) return
  const config = list[0]?.configType.value
  const at = [...filters, 0, 'typed_config']
  const manager = unpackAs(config, HttpConnectionManagerSchema)
  if (manager !== null) judgeManager(manager, at, clusters, faults)
  else if (config === undefined) faults.push(noType(at, 'HttpConnectionManager'))
}

function isSingle(what: string, list: readonly unknown[], path: ConfigPath, faults: Fault[]): boolean {
  if (list.length === 1) return true
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: `Exactly one ${what} is supported`,
    path,
    seen: String(list.length),
    wanted: '1',
  })
  return false
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
  judgeFilters(manager.httpFilters, [...path, 'http_filters'], faults)
  const upgrades = manager.upgradeConfigs.map((upgrade) => upgrade.upgradeType.toLowerCase())
  checkUnique('upgrade type', upgrades, [...path, 'upgrade_configs'], ['upgrade_type'], faults)
  for (const [index, log] of manager.accessLog.entries()) {
    const at = [...path, 'access_log', index, 'typed_config']
    if (log.configType.value === undefined) faults.push(noType(at, 'FileAccessLog or StdoutAccessLog'))
    const wasm = unpackAs(log.configType.value, WasmAccessLogSchema)
    if (wasm !== null) judgePlugin(wasm.config, [...at, 'config'], faults)
  }
  const routes = manager.routeSpecifier.value
  if (routes !== undefined) judgeRoutes(routes, [...path, 'route_config'], clusters, faults)
}

/** The router is there once, at the end; Envoy accepts a chain without one and never answers. */
function judgeFilters(filters: readonly HttpFilter[], path: ConfigPath, faults: Fault[]): void {
  const last = filters.length - 1
  for (const [index, filter] of filters.entries()) {
    const at = [...path, index, 'typed_config']
    const config = filter.configType.value
    if (config === undefined) faults.push(noType(at, 'Wasm or Router'))
    const isRouter = unpackAs(config, RouterSchema) !== null
    if (isRouter && index < last)
      faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Router is not the last HTTP filter', path: at })
    const wasm = unpackAs(config, WasmSchema)
    if (wasm !== null) judgePlugin(wasm.config, [...at, 'config'], faults)
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
