/** The configuration of a test host, made of the same Envoy messages that the proxy reads and checked by the same code. */
import { readFileSync } from 'node:fs'
import { readConfiguration } from '../config/index.ts'
import type { ClusterConfig, FilterChainConfig, StatsConfig, WasmServiceConfig } from '../config/types.ts'
import type { EngineName } from '../vm/engines.ts'
import type { ClusterKind } from './clusters.ts'

/** A filter of the chain. */
export interface TestFilter {
  /** Path of the module, or its bytes. */
  readonly wasm: string | Uint8Array
  /** Plugin name; default `filter`, with a number from the second one on. */
  readonly name?: string
  /** Plugin configuration: an object becomes JSON text, bytes stay what they are. */
  readonly config?: object | string | Uint8Array
  /** Default: the plugin's name. */
  readonly rootId?: string
  /** Filters with equal modules and vm_id share a VM and its shared data. */
  readonly vmId?: string
  readonly vmConfig?: object | string
  readonly failurePolicy?: 'FAIL_CLOSED' | 'FAIL_OPEN' | 'FAIL_RELOAD'
  readonly allowOnHeadersStopIteration?: boolean
  /** More fields of Envoy's PluginConfig message. */
  readonly plugin?: object
  /** More fields of Envoy's VmConfig message. */
  readonly vm?: object
  /** Names of callbacks and hostcalls; default: all. */
  readonly allowedCapabilities?: readonly string[]
}

/** The part of a test host's options that becomes configuration. */
export interface TestConfigOptions {
  /** In chain order. */
  readonly filters: readonly TestFilter[]
  /** Plugins that are access logs. */
  readonly accessLogs?: readonly TestFilter[]
  /** Plugins without streams. */
  readonly services?: readonly TestFilter[]
  /** Runs the filters; default `v8`. */
  readonly engine?: EngineName
  /** Envoy Route messages; default: everything to the cluster `up`. */
  readonly routes?: readonly object[]
  /** Clusters by name; default: `up`. */
  readonly clusters?: Readonly<Record<string, ClusterKind>>
  /** More fields of Envoy's HttpConnectionManager message. */
  readonly http?: object
  /** Makes the listener one of connections: more fields of Envoy's TcpProxy message (default: to the cluster `up`). */
  readonly tcp?: object
  /** More fields of Envoy's Listener message. */
  readonly listener?: object
  /** Entries of Envoy's `stats_config.stats_tags`. */
  readonly statsTags?: readonly object[]
}

export interface TestConfig {
  readonly chain: FilterChainConfig
  readonly bufferLimit: number
  readonly services: readonly WasmServiceConfig[]
  readonly clusters: ReadonlyMap<string, ClusterConfig>
  readonly stats: StatsConfig
  readonly node: { readonly message: Uint8Array; readonly json: unknown }
}

const PORT = 10000
const any = (type: string, fields: object): object => ({ '@type': `type.googleapis.com/${type}`, ...fields })
const stringValue = (value: object | string): object =>
  any('google.protobuf.StringValue', { value: typeof value === 'string' ? value : JSON.stringify(value) })

const configurationValue = (value: object | string | Uint8Array): object =>
  value instanceof Uint8Array
    ? any('google.protobuf.BytesValue', { value: Buffer.from(value).toString('base64') })
    : stringValue(value)

/** Throws `SluiceErrors` with everything that the proxy would refuse, files that are missing included. */
export function buildTestConfig(options: TestConfigOptions): TestConfig {
  const inMemory = new Map<string, Uint8Array>()
  const { filters, accessLogs = [], services = [] } = options
  const plugins = {
    filters: filters.map((filter, index) => pluginOf(filter, 'filter', index, inMemory)),
    accessLogs: accessLogs.map((filter, index) => pluginOf(filter, 'log', index, inMemory)),
    services: services.map((filter, index) => pluginOf(filter, 'service', index, inMemory)),
  }
  const text = JSON.stringify(bootstrapOf(options, plugins))
  const files = { readFile: (path: string) => inMemory.get(path) ?? readFileSync(path), environment: process.env }
  const input = { ...files, engine: options.engine ?? 'v8' }
  const { config } = readConfiguration([{ name: 'test host', text }], input)
  const { chains, bufferLimit } = config.listeners[0]!.value
  const clusters = new Map(config.clusters.map(({ name, value }) => [name, value]))
  return { chain: chains[0]!, bufferLimit, services: config.services, clusters, stats: config.stats, node: config.node }
}

function pluginOf(filter: TestFilter, kind: string, index: number, inMemory: Map<string, Uint8Array>): object {
  const name = filter.name ?? (index === 0 ? kind : `${kind}${index + 1}`)
  const filename = typeof filter.wasm === 'string' ? filter.wasm : `${name}.wasm in memory`
  if (typeof filter.wasm !== 'string') inMemory.set(filename, filter.wasm)
  const vm = {
    vm_id: filter.vmId ?? '',
    runtime: 'envoy.wasm.runtime.v8',
    code: { local: { filename } },
    ...(filter.vmConfig === undefined ? {} : { configuration: stringValue(filter.vmConfig) }),
    ...filter.vm,
  }
  const capabilities = Object.fromEntries((filter.allowedCapabilities ?? []).map((capability) => [capability, {}]))
  return {
    name,
    root_id: filter.rootId ?? name,
    vm_config: vm,
    ...(filter.config === undefined ? {} : { configuration: configurationValue(filter.config) }),
    failure_policy: filter.failurePolicy ?? 'FAIL_CLOSED',
    allow_on_headers_stop_iteration: filter.allowOnHeadersStopIteration ?? false,
    ...(filter.allowedCapabilities === undefined
      ? {}
      : { capability_restriction_config: { allowed_capabilities: capabilities } }),
    ...filter.plugin,
  }
}

interface Plugins {
  readonly filters: readonly object[]
  readonly accessLogs: readonly object[]
  readonly services: readonly object[]
}

/** The connection manager with its filters. */
function httpFilterOf(options: TestConfigOptions, plugins: Plugins): object {
  const { routes = [{ match: { prefix: '/' }, route: { cluster: 'up' } }] } = options
  const filters = plugins.filters.map((config) => wasmFilter('http', config))
  const router = { name: 'envoy.filters.http.router', typed_config: any('envoy.extensions.filters.http.router.v3.Router', {}) }
  const manager = any('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'test',
    route_config: { name: 'test', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    access_log: accessLogsOf(plugins),
    http_filters: [...filters, router],
    ...options.http,
  })
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
}

/** The filters of connections with the TCP proxy. */
function tcpFiltersOf(tcp: object, plugins: Plugins): object[] {
  const proxy = any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: 'test',
    access_log: accessLogsOf(plugins),
    ...('weighted_clusters' in tcp ? {} : { cluster: 'up' }),
    ...tcp,
  })
  const filters = plugins.filters.map((config) => wasmFilter('network', config))
  return [...filters, { name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }]
}

function wasmFilter(kind: 'http' | 'network', config: object): object {
  const { name } = config as { name: string } // pluginOf gives it one
  return { name, typed_config: any(`envoy.extensions.filters.${kind}.wasm.v3.Wasm`, { config }) }
}

function accessLogsOf({ accessLogs }: Plugins): object[] {
  return accessLogs.map((config) => ({
    name: 'envoy.access_loggers.wasm',
    typed_config: any('envoy.extensions.access_loggers.wasm.v3.WasmAccessLog', { config }),
  }))
}

function bootstrapOf(options: TestConfigOptions, plugins: Plugins): object {
  const { clusters = { up: 'upstream' } } = options
  const filters = options.tcp === undefined ? [httpFilterOf(options, plugins)] : tcpFiltersOf(options.tcp, plugins)
  const listener = { name: 'test', address: addressOf(PORT), filter_chains: [{ filters }], ...options.listener }
  return {
    node: { id: 'test', cluster: 'test' },
    bootstrap_extensions: plugins.services.map((config) => ({
      name: 'envoy.bootstrap.wasm',
      typed_config: any('envoy.extensions.wasm.v3.WasmService', { config, singleton: true }),
    })),
    ...(options.statsTags === undefined ? {} : { stats_config: { stats_tags: options.statsTags } }),
    static_resources: {
      listeners: [listener],
      clusters: Object.entries(clusters).map(([name, kind], index) => clusterOf(name, kind, index)),
    },
  }
}

function clusterOf(name: string, kind: ClusterKind, index: number): object {
  const endpoints = kind === 'empty' ? [] : [{ lb_endpoints: [{ endpoint: { address: addressOf(PORT + 1 + index) } }] }]
  return { name, type: 'STATIC', load_assignment: { cluster_name: name, endpoints } }
}

function addressOf(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
