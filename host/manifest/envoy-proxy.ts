/** A bootstrap around one filter. */
import { isIP } from 'node:net'
import type { FilterDeployment, ModuleSource } from './deployment.ts'
import type { Surface } from './surface.ts'

const UPSTREAM_CLUSTER = 'upstream'
/** Fetches remote code. */
export const CODE_CLUSTER = 'code'
const DEFAULT_UPSTREAM = '127.0.0.1:8080'
const DEFAULT_PORT = 10_000
const ANY_ADDRESS = '0.0.0.0'

/** What every surface that is a bootstrap takes. */
export const BOOTSTRAP_FORM: Pick<Surface, 'takes' | 'modules' | 'targetKinds'> = {
  takes: ['failure', 'vmId', 'env', 'upstream', 'listenPort'],
  modules: ['file', 'http'],
  targetKinds: {},
}

const typed = (name: string, fields: object): object => ({ '@type': `type.googleapis.com/${name}`, ...fields })

/** One listener with the filter, one upstream, and the clusters that the filter needs. */
export function gateway(
  { name, upstream = DEFAULT_UPSTREAM, listenPort = DEFAULT_PORT }: FilterDeployment,
  filter: object,
  clusters: object[],
): object {
  const [host, port] = hostAndPort(upstream)
  const listener = {
    name: 'http',
    address: address(ANY_ADDRESS, listenPort),
    filter_chains: [{ filters: [connectionManager(filter)] }],
  }
  // Envoy wants to be named where anything is dynamic.
  return {
    node: { id: name, cluster: name },
    static_resources: { listeners: [listener], clusters: [cluster(UPSTREAM_CLUSTER, host, port), ...clusters] },
  }
}

/** The cluster that fetches code, if it is fetched. */
export function codeClusters(module: ModuleSource): object[] {
  return module.kind === 'http' ? [codeCluster(new URL(module.url))] : []
}

/** TLS where the address says so. */
function codeCluster({ protocol, hostname, port }: URL): object {
  const isSecure = protocol === 'https:'
  const base = cluster(CODE_CLUSTER, hostname, Number(port || (isSecure ? 443 : 80)))
  return isSecure ? { ...base, transport_socket: tls(hostname) } : base
}

function connectionManager(filter: object): object {
  const router = { name: 'envoy.filters.http.router', typed_config: typed('envoy.extensions.filters.http.router.v3.Router', {}) }
  const routes = [{ match: { prefix: '/' }, route: { cluster: UPSTREAM_CLUSTER } }]
  const manager = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'http',
    route_config: { name: 'all', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [filter, router],
  })
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
}

function cluster(name: string, host: string, port: number): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(host, port) } }] }]
  const type = isIP(host) === 0 ? 'STRICT_DNS' : 'STATIC'
  return { name, type, connect_timeout: '5s', load_assignment: { cluster_name: name, endpoints } }
}

function tls(hostname: string): object {
  const validation = { trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' } }
  const context = typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    sni: hostname,
    auto_sni_san_validation: true,
    common_tls_context: { validation_context: validation },
  })
  return { name: 'envoy.transport_sockets.tls', typed_config: context }
}

function address(host: string, port: number): object {
  return { socket_address: { address: host, port_value: port } }
}

function hostAndPort(text: string): [string, number] {
  const { hostname, port } = new URL(`tcp://${text}`)
  return [hostname.replace(/^\[|\]$/g, ''), Number(port)]
}
