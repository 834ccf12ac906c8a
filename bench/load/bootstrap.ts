/** The bootstrap that Envoy and the host are measured with. */
import type { TestCertificate } from '../../test/support/certificate.ts'
import type { Traffic } from './traffic.ts'

/** A module and how often the chain holds it; all copies share one VM. */
export interface ChainSpec {
  readonly wasm: string
  readonly copies: number
  readonly configuration: string
}

/** Where a proxy listens, what is behind it, and how both sides speak. */
export interface Place {
  readonly port: number
  readonly adminPort: number
  readonly upstreamPort: number
  readonly traffic?: Traffic
  /** The proxy speaks TLS. */
  readonly certificate?: TestCertificate
}

/** Configuration of a bundle that holds the header filter so often. */
export function bundleConfiguration(copies: number): string {
  return JSON.stringify(Array.from({ length: copies }, () => ({ name: 'header' })))
}

const TYPE = 'type.googleapis.com/envoy.extensions'
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

function wasmFilter(chain: ChainSpec, index: number): unknown {
  const configuration = {
    '@type': 'type.googleapis.com/google.protobuf.StringValue',
    value: chain.configuration,
  }
  return {
    name: `wasm${index}`,
    typed_config: {
      '@type': `${TYPE}.filters.http.wasm.v3.Wasm`,
      config: {
        name: `p${index}`,
        root_id: `r${index}`,
        vm_config: { vm_id: 'vm', runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: chain.wasm } } },
        configuration,
      },
    },
  }
}

function address(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

/** The entries of `http_filters` for a module. */
export function chainFilters(chain: ChainSpec): readonly unknown[] {
  return Array.from({ length: chain.copies }, (_, index) => wasmFilter(chain, index))
}

/** Envoy v3 bootstrap: one listener, one static cluster, request id and x-forwarded-for on, access log off. */
export function bootstrap(place: Place, httpFilters: readonly unknown[]): string {
  return JSON.stringify({
    admin: { address: address(place.adminPort) },
    static_resources: { listeners: [listener(place, httpFilters)], clusters: [cluster(place)] },
  })
}

function listener({ port, traffic, certificate }: Place, httpFilters: readonly unknown[]): unknown {
  const filters = [{ name: 'http', typed_config: connectionManager(httpFilters) }]
  const protocol = traffic?.http2 === undefined ? 'http/1.1' : 'h2'
  const tls = certificate === undefined ? {} : { transport_socket: tlsSocket(certificate, protocol) }
  return { name: 'in', address: address(port), filter_chains: [{ filters, ...tls }] }
}

function connectionManager(filters: readonly unknown[]): unknown {
  return {
    '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    use_remote_address: true,
    route_config: {
      name: 'routes',
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] }],
    },
    http_filters: [...filters, { name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } }],
  }
}

function tlsSocket({ certificate, key }: TestCertificate, protocol: string): unknown {
  const pair = { certificate_chain: { filename: certificate }, private_key: { filename: key } }
  const parameters = { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' }
  return {
    name: 'tls',
    typed_config: {
      '@type': `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: { tls_certificates: [pair], tls_params: parameters, alpn_protocols: [protocol] },
    },
  }
}

function cluster({ upstreamPort, traffic }: Place): unknown {
  const http2 = {
    '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: {} },
  }
  return {
    name: 'up',
    type: 'STATIC',
    connect_timeout: '1s',
    ...(traffic?.isHttp2Upstream ? { typed_extension_protocol_options: { [HTTP_OPTIONS]: http2 } } : {}),
    load_assignment: {
      cluster_name: 'up',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
    },
  }
}
