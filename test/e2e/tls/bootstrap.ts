/**
 * The one bootstrap of the TLS suite, read by Envoy and by our host: only socket files have other paths. Long because it is
 * one document, listener after listener.
 */
import type { Issued } from '../../support/authority.ts'
import { address, staticCluster } from '../host/setup.ts'
import { certificateHash, keyHash, PASSWORD, type Materials } from './materials.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const COMMON = '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %FILTER_CHAIN_NAME% %REQUESTED_SERVER_NAME%'
const PEER = 'SUBJECT ISSUER SERIAL URI_SAN DNS_SAN EMAIL_SAN IP_SAN FINGERPRINT_256 FINGERPRINT_1 CERT_V_START CERT_V_END'.split(
  ' ',
)
const LOCAL = ['SUBJECT', 'URI_SAN', 'DNS_SAN']
const HTTP_LOG = [
  'http %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%',
  COMMON,
  '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER%',
  ...PEER.map((name) => `%DOWNSTREAM_PEER_${name}%`),
  ...LOCAL.map((name) => `%DOWNSTREAM_LOCAL_${name}%`),
  '%UPSTREAM_TLS_VERSION% %UPSTREAM_TLS_CIPHER% %UPSTREAM_PEER_SUBJECT% %UPSTREAM_PEER_ISSUER% %UPSTREAM_LOCAL_URI_SAN%',
  '%UPSTREAM_TRANSPORT_FAILURE_REASON%\n',
].join(' ')
const CONNECTION_LOG = `connection %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %FILTER_CHAIN_NAME% %REQUESTED_SERVER_NAME% %DOWNSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS%\n`

/** The path says what of the client's certificate a route asks for; the statuses tell the routes apart. */
const BY_CERTIFICATE = Object.entries({
  'by-shown': { presented: true },
  'by-hidden': { presented: false },
  'by-valid': { validated: true },
  'by-invalid': { validated: false },
  'by-both': { presented: true, validated: true },
  'by-shown-only': { presented: true, validated: false },
  'by-nothing': {},
}).map(([path, tls_context]) => ({ match: { path: `/${path}`, tls_context }, direct_response: { status: 201 } }))

export interface Places {
  /** Of the plain upstream, of that with TLS. */
  readonly echo: number
  readonly secure: number
  readonly echoFile: string
  /** Where the proxy listens. */
  readonly socketFile: string
  readonly log: string
  /** The module of guests/properties.ts. */
  readonly guest: string
}

type Fields = Readonly<Record<string, unknown>>

const text = (inline_string: string): object => ({ inline_string })
const keyPair = ({ chain, key }: Issued): object => ({ certificate_chain: text(chain), private_key: text(key) })

export function bootstrapOf(materials: Materials, places: Places): object {
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: new Listeners(materials, places).all(),
      clusters: clustersOf(materials, places),
      secrets: secretsOf(materials),
    },
  }
}

/** Secrets of different kinds may have the same name. */
function secretsOf({ second, client, authority, other }: Materials): object[] {
  return [
    { name: 'second', tls_certificate: keyPair(second) },
    { name: 'client', tls_certificate: keyPair(client) },
    { name: 'client', validation_context: { trusted_ca: text(authority.pem) } },
    { name: 'nothing', validation_context: {} },
    { name: 'other', validation_context: { trusted_ca: text(other.pem) } },
  ]
}

const bySecret = (name: string): object => ({ tls_certificate_sds_secret_configs: [{ name }] })
const trustBySecret = (name: string): Fields => ({ validation_context_sds_secret_config: { name } })
const combined = (name: string, default_validation_context: object): object => ({
  combined_validation_context: { default_validation_context, ...trustBySecret(name) },
})

class Listeners {
  readonly #materials: Materials
  readonly #places: Places

  constructor(materials: Materials, places: Places) {
    this.#materials = materials
    this.#places = places
  }

  all(): object[] {
    return [...this.#secured(), ...this.#read(), ...this.#verified(), ...this.#chosen(), ...this.#elsewhere()]
  }

  /** One chain with TLS. */
  #secured(): object[] {
    const { server, second, rsa, locked } = this.#materials
    const params = (tls_params: object): object => ({ tls_params })
    const two = [keyPair(server), keyPair(second)]
    const inspected: Fields = { listener_filters: [inspector()] }
    return [
      this.#listener('tls', [this.#http(this.#tls())]),
      this.#listener('tls12', [this.#http(this.#tls(params({ tls_maximum_protocol_version: 'TLSv1_2' })))]),
      this.#listener('tls13', [this.#http(this.#tls(params({ tls_minimum_protocol_version: 'TLSv1_3' })))]),
      this.#listener('cipher', [
        this.#http(
          this.#tls(params({ tls_maximum_protocol_version: 'TLSv1_2', cipher_suites: ['ECDHE-ECDSA-AES128-GCM-SHA256'] })),
        ),
      ]),
      this.#listener('curve', [this.#http(this.#tls(params({ ecdh_curves: ['P-384'] })))]),
      this.#listener('two', [this.#http(this.#tls({ tls_certificates: two }))]),
      this.#listener('keys', [this.#http(this.#tls({ tls_certificates: [keyPair(server), keyPair(rsa)] }))]),
      this.#listener('locked', [this.#http(this.#tls({ tls_certificates: [{ ...keyPair(locked), password: text(PASSWORD) }] }))]),
      this.#listener('files', [this.#http(this.#tls({ tls_certificates: [filesOf(second)] }))]),
      this.#listener('alpn', [this.#http(this.#tls({ alpn_protocols: ['http/1.1', 'http/1.0'] }))]),
      this.#listener('inspected', [this.#http(this.#tls())], inspected),
      this.#listener('no_tickets', [this.#http(this.#tls({}, { disable_stateless_session_resumption: true }))]),
      this.#listener('slow', [{ ...this.#http(this.#tls()), transport_socket_connect_timeout: '0.3s' }]),
      this.#listener('slow_hello', [this.#http(this.#tls())], { ...inspected, listener_filters_timeout: '0.3s' }),
      this.#listener('tcp', [{ filters: [tcpProxy()], transport_socket: this.#tls() }]),
    ]
  }

  /** A filter adds the properties of the connection. */
  #read(): object[] {
    const optional = { require_client_certificate: false }
    const trusting = { validation_context: { trusted_ca: text(this.#materials.authority.pem) } }
    const filters = { http_filters: [properties(this.#places.guest), ROUTER] }
    return [
      this.#listener('read', [this.#http(this.#tls(trusting, optional), filters)], { listener_filters: [inspector()] }),
      this.#listener('read_clear', [this.#http(null, filters)]),
    ]
  }

  /** Client certificates. */
  #verified(): object[] {
    const { authority, client, crl, plain } = this.#materials
    const required = { require_client_certificate: true }
    const optional = { require_client_certificate: false }
    const trusting = (more: Fields = {}): object => ({ validation_context: { trusted_ca: text(authority.pem), ...more } })
    const names = (...matchers: readonly (readonly [string, Fields])[]): object =>
      trusting({ match_typed_subject_alt_names: matchers.map(([san_type, matcher]) => ({ san_type, matcher })) })
    const forward = (mode: string, more: Fields = {}): object =>
      this.#http(this.#tls(trusting(), optional), {
        forward_client_cert_details: mode,
        set_current_client_cert_details: { subject: true, uri: true, dns: true, ...more },
      })
    const verified = (name: string, common: object, more: Fields = required): object =>
      this.#listener(name, [this.#http(this.#tls(common, more))])
    return [
      verified('required', trusting()),
      verified('optional', trusting(), optional),
      verified('unverified', {}, required),
      verified('revoking', trusting({ crl: text(crl) })),
      verified('untrusted', trusting({ trust_chain_verification: 'ACCEPT_UNTRUSTED' })),
      verified('san_uri', names(['URI', { prefix: 'spiffe://td/' }])),
      verified('san_dns', names(['DNS', { exact: 'c2.test' }])),
      verified('san_email', names(['EMAIL', { suffix: '@y.z' }])),
      verified('san_ip', names(['IP_ADDRESS', { exact: '1.2.3.4' }])),
      verified('san_none', names(['URI', { exact: 'spiffe://td/nobody' }], ['DNS', { exact: 'nobody.test' }])),
      verified('hash', trusting({ verify_certificate_hash: [certificateHash(client)] })),
      verified('key_hash', trusting({ verify_certificate_spki: [keyHash(client)] })),
      verified('secret_ca', trustBySecret('client')),
      verified('secret_san', combined('client', { match_typed_subject_alt_names: [uri('spiffe://td/client')] })),
      verified('secret_san_none', combined('client', { match_typed_subject_alt_names: [uri('spiffe://td/nobody')] })),
      verified('secret_nothing', combined('nothing', { trusted_ca: text(authority.pem) })),
      verified('secret_over', combined('other', { trusted_ca: text(authority.pem) })),
      this.#listener('secret', [this.#http(transport('Downstream', { common_tls_context: bySecret('second') }))]),
      verified('hash_alone', { validation_context: { verify_certificate_hash: [certificateHash(plain)] } }),
      this.#listener('xfcc_sanitize', [forward('SANITIZE')]),
      this.#listener('xfcc_forward', [forward('FORWARD_ONLY')]),
      this.#listener('xfcc_append', [forward('APPEND_FORWARD')]),
      this.#listener('xfcc_set', [forward('SANITIZE_SET', { cert: true, chain: true })]),
      this.#listener('xfcc_always', [forward('ALWAYS_FORWARD_ONLY')]),
      this.#listener('xfcc_plain', [this.#http(null, { forward_client_cert_details: 'APPEND_FORWARD' })]),
    ]
  }

  /** Several chains; each answers with its name. */
  #chosen(): object[] {
    const named = (name: string, match: object | null, tls: boolean): object => ({
      ...this.#http(tls ? this.#tls() : null, direct(name)),
      name,
      ...(match === null ? {} : { filter_chain_match: match }),
    })
    const byName = [
      named('exact', { server_names: ['a.test'] }, true),
      named('suffix', { server_names: ['*.b.test'] }, true),
      named('longer', { server_names: ['*.c.b.test'] }, true),
      named('protocol', { server_names: ['p.test'], application_protocols: ['http/1.1'] }, true),
      named('p', { server_names: ['p.test'] }, true),
      named('raw', { transport_protocol: 'raw_buffer' }, false),
      named('any', null, true),
    ]
    const range = (address_prefix: string, prefix_len: number): object[] => [{ address_prefix, prefix_len }]
    const byAddress = [
      named('port', { destination_port: 1111 }, false),
      named('net', { prefix_ranges: range('10.0.0.0', 8) }, false),
      named('subnet', { prefix_ranges: range('10.1.0.0', 16) }, false),
      named('v6', { prefix_ranges: range('2001:db8::', 32) }, false),
      named('source', { source_prefix_ranges: range('192.0.2.0', 24) }, false),
      named('source_port', { source_prefix_ranges: range('192.0.2.0', 24), source_ports: [5555, 6666] }, false),
      named('local', { source_type: 'SAME_IP_OR_LOOPBACK' }, false),
      named('external', { source_type: 'EXTERNAL', prefix_ranges: range('203.0.113.0', 24) }, false),
    ]
    const byPeer = [
      named(
        'direct',
        { direct_source_prefix_ranges: range('127.0.0.0', 8), source_prefix_ranges: range('198.51.100.0', 24) },
        false,
      ),
      named('source', { source_prefix_ranges: range('192.0.2.0', 24) }, false),
    ]
    const others = { default_filter_chain: named('default', null, false) }
    const header = (more: Fields = {}): Fields => ({ listener_filters: [proxyProtocol(more)] })
    return [
      this.#listener('chains', byName, { listener_filters: [inspector()] }),
      this.#listener('chains_blind', byName.slice(0, -1)),
      this.#listener('chains_default', byName.slice(0, 1), { listener_filters: [inspector()], ...others }),
      this.#listener('addresses', byAddress, { ...header(), ...others }),
      this.#listener('direct', byPeer, { ...header(), ...others }),
      this.#listener('header', [named('header', null, false)], header()),
      this.#listener('header_optional', [named('header', null, false)], header({ allow_requests_without_proxy_protocol: true })),
      this.#listener('header_tls', [named('header', null, true)], { listener_filters: [proxyProtocol({}), inspector()] }),
    ]
  }

  /** Other addresses than TCP on IPv4. */
  #elsewhere(): object[] {
    const { socketFile } = this.#places
    const ipv6 = { socket_address: { address: '::1', port_value: 0 } }
    return [
      { ...this.#listener('file', [this.#http(null)]), address: { pipe: { path: socketFile, mode: 384 } } },
      { ...this.#listener('ipv6', [this.#http(null)]), address: ipv6 },
      this.#listener('clear', [this.#http(null)], { additional_addresses: [{ address: ipv6 }] }),
    ]
  }

  #listener(name: string, filter_chains: readonly object[], more: Fields = {}): object {
    return { name, stat_prefix: name, address: address(0), access_log: [this.#log(CONNECTION_LOG)], filter_chains, ...more }
  }

  #http(transport_socket: object | null, more: Fields = {}): object {
    const routes = UPSTREAMS.map((cluster) => ({
      match: { prefix: `/${cluster}` },
      route: { cluster, ...(cluster.startsWith('rewritten') ? { host_rewrite_literal: 'x.w.test:8443' } : {}) },
    }))
    const manager = {
      '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'tls',
      access_log: [this.#log(HTTP_LOG)],
      route_config: {
        virtual_hosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [...routes, ...BY_CERTIFICATE, { match: { prefix: '/' }, route: { cluster: 'echo' } }],
          },
        ],
      },
      http_filters: [ROUTER],
      ...more,
    }
    const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }]
    return transport_socket === null ? { filters } : { filters, transport_socket }
  }

  #tls(common: object = {}, more: object = {}): object {
    const common_tls_context = { tls_certificates: [keyPair(this.#materials.server)], ...common }
    return transport('Downstream', { common_tls_context, ...more })
  }

  #log(format: string): object {
    const log_format = { text_format_source: { inline_string: format } }
    return {
      name: 'file',
      typed_config: { '@type': `${TYPE}.access_loggers.file.v3.FileAccessLog`, path: this.#places.log, log_format },
    }
  }
}

function uri(exact: string): object {
  return { san_type: 'URI', matcher: { exact } }
}

function direct(body: string): Fields {
  const route = { match: { prefix: '/' }, direct_response: { status: 200, body: text(body) } }
  return { route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] } }
}

function filesOf({ certificateFile, keyFile }: Issued): object {
  return { certificate_chain: { filename: certificateFile }, private_key: { filename: keyFile } }
}

function transport(side: 'Downstream' | 'Upstream', context: object): object {
  const type = `${TYPE}.transport_sockets.tls.v3.${side}TlsContext`
  return { name: 'envoy.transport_sockets.tls', typed_config: { '@type': type, ...context } }
}

function inspector(): object {
  return { name: 'inspector', typed_config: { '@type': `${TYPE}.filters.listener.tls_inspector.v3.TlsInspector` } }
}

function proxyProtocol(more: Fields): object {
  return { name: 'header', typed_config: { '@type': `${TYPE}.filters.listener.proxy_protocol.v3.ProxyProtocol`, ...more } }
}

function tcpProxy(): object {
  const type = `${TYPE}.filters.network.tcp_proxy.v3.TcpProxy`
  return { name: 'tcp', typed_config: { '@type': type, stat_prefix: 'tcp', cluster: 'echo' } }
}

const ROUTER = { name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } }
const PROPERTIES = [
  'mtls requested_server_name tls_version subject_local_certificate subject_peer_certificate dns_san_local_certificate',
  'dns_san_peer_certificate uri_san_local_certificate uri_san_peer_certificate sha256_peer_certificate_digest',
  'peer_certificate peer_certificate_valid transport_failure_reason',
].join(' ')

function properties(filename: string): object {
  const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: PROPERTIES }
  const vm_config = { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename } } }
  const config = { name: 'properties', vm_config, configuration }
  return { name: 'properties', typed_config: { '@type': `${TYPE}.filters.http.wasm.v3.Wasm`, config } }
}

/** Clusters that a path of their name leads to. */
const UPSTREAMS = [
  'trusted',
  'blind',
  'named',
  'sni_checked',
  'sni_wrong',
  'distrusted',
  'misnamed',
  'wildcard',
  'hashed',
  'mishashed',
  'with_certificate',
  'secret_other',
  'secret',
  'alpn',
  'tls13',
  'clear',
  'file',
  'host_asked',
  'rewritten_asked',
  'header_asked',
  'host_verified',
  'header_verified',
  'header_both',
  'unverified',
  'hash_and_name',
  'also_named',
  'endpoint_asked',
  'endpoint_unnamed',
  'host_or_endpoint',
  'matched',
  'unmatched',
  'any_matched',
] as const

const RAW = { name: 'raw', typed_config: { '@type': `${TYPE}.transport_sockets.raw_buffer.v3.RawBuffer` } }
const BY_HEADER = { override_auto_sni_header: 'x-server' }
const ENDPOINT = { auto_host_sni: true, auto_sni_san_validation: true }

function secured(common_tls_context: Fields, more: Fields): object {
  return { transport_socket: transport('Upstream', { common_tls_context, sni: 'a.test', ...more }) }
}

function clustersOf(materials: Materials, { echo, secure, echoFile }: Places): object[] {
  const { authority, other, server, client, plain } = materials
  const to = (name: string, common: Fields, more: Fields = {}, port = secure): object =>
    staticCluster(name, [port], { connect_timeout: '1s', ...secured(common, more) })
  const asking = (name: string, upstream_http_protocol_options: Fields, common = trusting(authority.pem)): object => ({
    ...to(name, common),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http_protocol_options: {} },
        upstream_http_protocol_options,
      },
    },
  })
  const trusting = (ca: string, more: Fields = {}): Fields => ({ validation_context: { trusted_ca: text(ca), ...more } })
  const named = (exact: string): Fields =>
    trusting(authority.pem, { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact } }] })
  const endpoints = (name: string, { hostname, metadata }: Fields, cluster: object, port = secure): object => {
    const endpoint = { address: address(port), ...(hostname === undefined ? {} : { hostname }) }
    const filter_metadata = { 'envoy.transport_socket_match': metadata ?? {} }
    const lb_endpoints = [{ endpoint, metadata: { filter_metadata } }]
    return { ...cluster, name, load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints }] } }
  }
  return [
    staticCluster('echo', [echo]),
    to('trusted', trusting(authority.pem)),
    to('blind', {}, { sni: '' }),
    to('named', named('a.test')),
    to('sni_checked', trusting(authority.pem), { auto_sni_san_validation: true, sni: 'a.test' }),
    to('sni_wrong', trusting(authority.pem), { auto_sni_san_validation: true, sni: 'z.test' }),
    to('distrusted', trusting(other.pem)),
    to('misnamed', named('z.test')),
    to('wildcard', named('x.w.test')),
    to('hashed', trusting(authority.pem, { verify_certificate_hash: [certificateHash(server)] })),
    to('mishashed', trusting(authority.pem, { verify_certificate_hash: [certificateHash(plain)] })),
    to('with_certificate', { tls_certificates: [keyPair(client)] }),
    asking('host_asked', { auto_sni: true }),
    asking('rewritten_asked', { auto_sni: true, auto_san_validation: true }),
    asking('header_asked', { auto_sni: true, ...BY_HEADER }),
    asking('host_verified', { auto_san_validation: true }),
    asking('header_verified', { auto_san_validation: true, ...BY_HEADER }),
    asking('header_both', { auto_sni: true, auto_san_validation: true, ...BY_HEADER }),
    asking(
      'hash_and_name',
      { auto_san_validation: true, ...BY_HEADER },
      { validation_context: { verify_certificate_hash: [certificateHash(server)] } },
    ),
    asking('unverified', { auto_san_validation: true, ...BY_HEADER }, {}),
    asking('also_named', { auto_san_validation: true, ...BY_HEADER }, named('a.test')),
    endpoints('endpoint_asked', { hostname: 'x.w.test' }, to('', trusting(authority.pem), ENDPOINT)),
    endpoints('endpoint_unnamed', {}, to('', trusting(authority.pem), ENDPOINT)),
    endpoints(
      'host_or_endpoint',
      { hostname: 'x.w.test' },
      { ...asking('', { auto_sni: true }), ...secured(trusting(authority.pem), ENDPOINT) },
    ),
    endpoints(
      'matched',
      { metadata: { tls: true, more: 1 } },
      {
        transport_socket_matches: [
          { name: 'no', match: { tls: false }, transport_socket: RAW },
          { name: 'yes', match: { tls: true }, ...secured(trusting(authority.pem), {}) },
        ],
      },
    ),
    endpoints(
      'unmatched',
      { metadata: { tls: 'no' } },
      {
        ...to('', trusting(authority.pem)),
        transport_socket_matches: [{ name: 'yes', match: { tls: true }, transport_socket: RAW }],
      },
    ),
    endpoints(
      'any_matched',
      {},
      { ...to('', trusting(authority.pem)), transport_socket_matches: [{ name: 'all', transport_socket: RAW }] },
      echo,
    ),
    to('secret', { ...bySecret('client'), ...trustBySecret('client') }),
    to('secret_other', trustBySecret('other')),
    to('alpn', { alpn_protocols: ['x', 'http/1.1'] }),
    to('tls13', { tls_params: { tls_maximum_protocol_version: 'TLSv1_3' } }),
    to('clear', {}, {}, echo),
    {
      name: 'file',
      load_assignment: {
        cluster_name: 'file',
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: echoFile } } } }] }],
      },
    },
  ]
}
