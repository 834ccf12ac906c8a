/**
 * The configuration in which both socket judges run a table: Envoy messages as plain objects. Each case is a listener
 * with its own plugin names and vm_id; clusters and statistics belong to the table.
 */
import { join } from 'node:path'
import type { Case, Table, TableCluster } from '../../../host/testing/cases/table.ts'
import { fillPlaceholders } from '../../../host/testing/cases/text.ts'

/** Where `filters/dist` and the guests of tests are looked for. */
export type ModulePath = (filter: string) => string

/** Modules of the suite. */
export const suiteModule: ModulePath = (filter) => join(import.meta.dirname, '../../../filters/dist', `${filter}.wasm`)

/** Ports and files that a configuration names. */
export interface Places {
  readonly listenerPort: number
  /** Cluster name → `ip:port`; clusters without endpoints are absent. */
  readonly clusters: ReadonlyMap<string, string>
  readonly accessLog: string
  /** Of listeners whose clients speak TLS. */
  readonly transportSocket: object | null
}

/** Fields of an access-log line, in order, separated by tabs: our client's own address is the key. */
const ACCESS_LOG_FORMAT = '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%\t%RESPONSE_FLAGS%\t%RESPONSE_CODE_DETAILS%\t'

const CONNECTION_LOG_FORMAT = '%DOWNSTREAM_REMOTE_ADDRESS%\t%RESPONSE_FLAGS%\t%DOWNSTREAM_LOCAL_CLOSE_REASON%\t'

const any = (type: string, fields: object): object => ({ '@type': `type.googleapis.com/${type}`, ...fields })

/** VM id of every plugin of a case; it is part of each log line of a guest. */
export function vmIdOf(table: Table, one: Case): string {
  return `${table.filter}.${one.id}`
}

/** The listener of a case. */
export function listenerOf(table: Table, one: Case, places: Places, modules: ModulePath): object {
  const filters = one.tcp === null ? [managerOf(table, one, places, modules)] : tcpFiltersOf(one.tcp, table, one, places, modules)
  const transport = one.isSecure ? { transport_socket: places.transportSocket } : {}
  return { name: one.id, address: addressOf(places.listenerPort), filter_chains: [{ filters, ...transport }] }
}

function managerOf(table: Table, one: Case, places: Places, modules: ModulePath): object {
  const router = { name: 'envoy.filters.http.router', typed_config: any('envoy.extensions.filters.http.router.v3.Router', {}) }
  const filters = one.chain.map((_, index) => wasmFilter('http', table, one, index, places, modules))
  const manager = any('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: one.id,
    access_log: [accessLogOf(places, ACCESS_LOG_FORMAT)],
    route_config: { name: one.id, virtual_hosts: [{ name: 'all', domains: ['*'], routes: one.routes }] },
    http_protocol_options: { enable_trailers: true },
    http_filters: [...filters, router],
    ...one.http,
  })
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
}

function tcpFiltersOf(tcp: object, table: Table, one: Case, places: Places, modules: ModulePath): object[] {
  const proxy = any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: one.id,
    access_log: [accessLogOf(places, CONNECTION_LOG_FORMAT)],
    ...tcp,
  })
  const filters = one.chain.map((_, index) => wasmFilter('network', table, one, index, places, modules))
  return [...filters, { name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }]
}

function wasmFilter(
  kind: 'http' | 'network',
  table: Table,
  one: Case,
  index: number,
  places: Places,
  modules: ModulePath,
): object {
  const { filter, config } = one.chain[index]!
  const listener = `127.0.0.1:${places.listenerPort}`
  const value = config === null ? null : fillPlaceholders(config, listener, places.clusters)
  const plugin = {
    name: pluginName(one, index),
    root_id: pluginName(one, index),
    vm_config: {
      vm_id: vmIdOf(table, one),
      runtime: 'envoy.wasm.runtime.v8',
      code: { local: { filename: modules(filter) } },
      ...one.vm,
    },
    ...(value === null ? {} : { configuration: any('google.protobuf.StringValue', { value }) }),
    failure_policy: one.failurePolicy,
    allow_on_headers_stop_iteration: one.allowOnHeadersStopIteration,
    ...(index === one.subject ? one.plugin : {}),
  }
  return { name: plugin.name, typed_config: any(`envoy.extensions.filters.${kind}.wasm.v3.Wasm`, { config: plugin }) }
}

/** The filter under test bears the case's id; its neighbours a number too. */
function pluginName(one: Case, index: number): string {
  return index === one.subject ? one.id : `${one.id}.${index}`
}

function accessLogOf(places: Places, format: string): object {
  return {
    name: 'envoy.access_loggers.file',
    typed_config: any('envoy.extensions.access_loggers.file.v3.FileAccessLog', {
      path: places.accessLog,
      log_format: { text_format_source: { inline_string: `${format}\n` } },
    }),
  }
}

/** A cluster of the table; `port` null = no endpoint. */
export function clusterOf(name: string, cluster: TableCluster, port: number | null): object {
  const endpoints = port === null ? [] : [{ lb_endpoints: [{ endpoint: { address: addressOf(port) } }] }]
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': any('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', {
        explicit_http_config: cluster.http2
          ? { http2_protocol_options: {} }
          : { http_protocol_options: { enable_trailers: true } },
      }),
    },
    ...cluster.envoy,
  }
}

/** The bootstrap; listeners may come by another way. */
export function bootstrapOf(
  table: Table,
  adminPort: number,
  clusters: readonly object[],
  listeners: readonly object[] = [],
): object {
  return {
    node: { id: 'case-table', cluster: table.filter },
    admin: { address: addressOf(adminPort) },
    ...(table.statsTags.length === 0 ? {} : { stats_config: { stats_tags: table.statsTags } }),
    static_resources: { listeners, clusters },
  }
}

function addressOf(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
