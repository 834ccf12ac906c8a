/** The kit's place in a host, as an Envoy v3 bootstrap: for our host, for Envoy, and as a model for any other. */
import { join } from 'node:path'
import { ROOT } from './chapters/root.ts'
import { scriptFor } from './rows.ts'
import { encodeScript } from './script-format.ts'
import { mountName, type Mount, type MountPoint } from './mounts.ts'

/** Addresses that the configuration names. */
export interface Places {
  /** Port of each mount point. */
  readonly ports: ReadonlyMap<MountPoint, number>
  readonly upstreamPort: number
  /** The same upstream, in HTTP/2. */
  readonly rpcPort: number
  /** The upstream of connections. */
  readonly peerPort: number
  /** A port on which nothing listens. */
  readonly refusedPort: number
  /** 0 = any free one. */
  readonly adminPort: number
}

/** Path of the guest for this version. */
export function guestPath(version: string): string {
  return join(import.meta.dirname, 'dist', `guest-${version}.wasm`)
}

const any = (type: string, fields: object): object => ({ '@type': `type.googleapis.com/${type}`, ...fields })

export function kitBootstrap({ ports, upstreamPort, rpcPort, peerPort, refusedPort, adminPort }: Places): object {
  return {
    node: { id: 'test', cluster: 'test' },
    admin: { address: addressOf(adminPort) },
    static_resources: {
      listeners: [...ports].map(([point, port]) => listenerOf(point, port)),
      clusters: [
        clusterOf('up', upstreamPort),
        clusterOf('rpc', rpcPort, HTTP2),
        clusterOf('peer', peerPort),
        clusterOf('refused', refusedPort),
        clusterOf('empty', null),
      ],
    },
  }
}

function listenerOf(point: MountPoint, port: number): object {
  const filters = point.mount === 'tcp' ? networkFilters(point) : [connectionManager(point)]
  return { name: mountName(point), address: addressOf(port), filter_chains: [{ filters }] }
}

function networkFilters(point: MountPoint): object[] {
  const wasm = any('envoy.extensions.filters.network.wasm.v3.Wasm', { config: pluginConfigOf(point) })
  const proxy = any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: mountName(point), cluster: 'peer' })
  return [
    { name: 'kit', typed_config: wasm },
    { name: 'envoy.filters.network.tcp_proxy', typed_config: proxy },
  ]
}

function connectionManager(point: MountPoint): object {
  const name = mountName(point)
  const router = { name: 'envoy.filters.http.router', typed_config: any('envoy.extensions.filters.http.router.v3.Router', {}) }
  const wasm = any('envoy.extensions.filters.http.wasm.v3.Wasm', { config: pluginConfigOf(point) })
  const manager = any('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    delayed_close_timeout: '0.1s',
    http_protocol_options: { enable_trailers: true },
    route_config: {
      name,
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] }],
    },
    http_filters: [{ name: 'kit', typed_config: wasm }, router],
  })
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
}

/** Envoy's PluginConfig for a mount point. */
export function pluginConfigOf(point: MountPoint): object {
  const name = mountName(point)
  return {
    name,
    root_id: name,
    vm_config: {
      vm_id: name,
      runtime: 'envoy.wasm.runtime.v8',
      code: { local: { filename: guestPath(point.version) } },
      configuration: any('google.protobuf.StringValue', { value: 'vm configuration' }),
      environment_variables: { key_values: { KIT: 'conformance' } },
    },
    configuration: any('google.protobuf.StringValue', { value: pluginConfiguration(point) }),
    ...OPTIONS[point.mount],
  }
}

/** The `start` guest's script is configuration. */
function pluginConfiguration({ mount, version }: MountPoint): string {
  return mount === 'start' ? `start:${encodeScript(scriptFor(ROOT, version, true), version)}` : 'plugin configuration'
}

/** What is not restricted: the kit's own conversation and the callbacks. */
const ALLOWED = [
  'proxy_get_header_map_value',
  'proxy_send_local_response',
  'proxy_on_context_create',
  'proxy_on_request_headers',
  'proxy_on_log',
  'proxy_on_done',
  'proxy_on_delete',
]

const OPTIONS: Readonly<Record<Mount, object>> = {
  main: {},
  hold: { allow_on_headers_stop_iteration: true },
  restricted: {
    capability_restriction_config: { allowed_capabilities: Object.fromEntries(ALLOWED.map((name) => [name, {}])) },
  },
  closed: { failure_policy: 'FAIL_CLOSED' },
  open: { failure_policy: 'FAIL_OPEN' },
  start: {},
  tcp: {},
  reload: { failure_policy: 'FAIL_RELOAD', reload_config: { backoff: { base_interval: '0.05s' } } },
}

const HTTP1 = { http_protocol_options: { enable_trailers: true } }
const HTTP2 = { http2_protocol_options: {} }

/** `port` null = no endpoint. */
function clusterOf(name: string, port: number | null, protocol: object = HTTP1): object {
  const endpoints = port === null ? [] : [{ lb_endpoints: [{ endpoint: { address: addressOf(port) } }] }]
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': any('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', {
        explicit_http_config: protocol,
      }),
    },
  }
}

function addressOf(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
