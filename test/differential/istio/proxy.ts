/**
 * Pairs of listeners of one Envoy: filters of the suite on one, filters of Envoy on the other. Both take connections with and without TLS,
 * believe addresses of the PROXY protocol, and let Envoy's jwt_authn read tokens in front as Istio does.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { address, answering, OK, parse, staticCluster, type RawServer } from '../../e2e/host/setup.ts'
import { TestAuthority, type Issued } from '../../support/authority.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { nativeFilter } from '../suite-filter.ts'
import type { Visitor } from './visitor.ts'

const NETWORK = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const LISTENER = 'type.googleapis.com/envoy.extensions.filters.listener'
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'
/** What would be, as the suite's rbac tells it, and Envoy's for policies that deny and for those that let in. */
const SHADOW = [
  '%FILTER_STATE(wasm.rbac.shadow_result:PLAIN)%',
  ...['deny', 'allow'].map(
    (action) => `%DYNAMIC_METADATA(envoy.filters.http.rbac:istio_dry_run_${action}_shadow_engine_result)%`,
  ),
].join(' ')
const SECRET = 'a secret of at least 32 bytes for HS256'

/** What both listeners of a pair run. */
export interface Pair {
  readonly name: string
  readonly ours: readonly object[]
  readonly native: readonly object[]
}

/** What became of a visitor: the status, and the text of a refusal. */
export interface Verdict {
  readonly answer: string
  /** What would have become of one who was let in, if all were in force that is only tried: `allowed`, `denied`, or empty. */
  readonly shadow: string
}

export interface Verdicts {
  readonly ours: Verdict
  readonly native: Verdict
}

export class IstioProxy {
  readonly #envoy: EnvoyProcess
  readonly #upstream: RawServer
  readonly #authority: TestAuthority
  readonly #ports: ReadonlyMap<string, number>
  readonly #certificates = new Map<string, Promise<Issued>>()
  /** The authority issues one certificate after the other. */
  #issuing: Promise<unknown> = Promise.resolve()

  private constructor(envoy: EnvoyProcess, upstream: RawServer, authority: TestAuthority, ports: ReadonlyMap<string, number>) {
    this.#envoy = envoy
    this.#upstream = upstream
    this.#authority = authority
    this.#ports = ports
  }

  /** `clusters` are those that filters ask. */
  static async start(pairs: readonly Pair[], clusters: readonly object[]): Promise<IstioProxy> {
    const upstream = answering(OK)
    const upstreamPort = await upstream.start()
    const authority = await TestAuthority.create(await mkdtemp(join(tmpdir(), 'sluice-istio-')))
    const server = await authority.issue()
    const listeners = pairs.flatMap(({ name, ours, native }) => [
      listener(`${name} ours`, ours, server, authority),
      listener(`${name} native`, native, server, authority),
    ])
    const bootstrap = {
      node: { id: 'istio', cluster: 'istio' },
      admin: { address: address(0) },
      static_resources: { listeners, clusters: [staticCluster('up', [upstreamPort]), ...clusters] },
    }
    const envoy = await EnvoyProcess.start(0, () => Promise.resolve(bootstrap))
    return new IstioProxy(envoy, upstream, authority, portsOf(await envoy.admin('/listeners?format=json')))
  }

  /** What becomes of a visitor on both listeners of a pair. */
  async judge(pair: string, visitor: Visitor): Promise<Verdicts> {
    const certificate = visitor.isTls && visitor.identity !== null ? await this.#certificate(visitor.identity) : null
    const [ours, native] = await Promise.all(
      ['ours', 'native'].map((side) => visit(this.#ports.get(`${pair} ${side}`)!, visitor, certificate)),
    )
    return { ours: ours!, native: native! }
  }

  async stop(): Promise<void> {
    await this.#envoy.stop()
    await this.#upstream.stop()
    await rm(this.#authority.folder, { recursive: true })
  }

  #certificate(names: string): Promise<Issued> {
    const known = this.#certificates.get(names)
    if (known !== undefined) return known
    const issued = this.#issuing.then(() => this.#authority.issue({ subject: '/CN=principal', names }))
    this.#issuing = issued
    this.#certificates.set(names, issued)
    return issued
  }
}

function portsOf(listeners: string): Map<string, number> {
  const { listener_statuses: all } = JSON.parse(listeners) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[]
  }
  return new Map(all.map(({ name, local_address: { socket_address: socket } }) => [name, socket.port_value]))
}

async function visit(port: number, visitor: Visitor, certificate: Issued | null): Promise<Verdict> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: visitor.from, noDelay: true })
  await once(socket, 'connect')
  socket.write(`PROXY TCP4 ${visitor.from} ${visitor.toAddress} ${socket.localPort} ${visitor.toPort}\r\n`)
  const stream = visitor.isTls ? connectTls(tlsOptions(socket, visitor, certificate)) : socket
  stream.write(requestText(visitor), 'latin1')
  const { status, body, headers } = parse(await answerText(stream))
  socket.destroy()
  const [shadow = ''] = /denied|allowed/.exec(headers.get('x-shadow')?.replace(/.*denied/, 'denied') ?? '') ?? []
  return { answer: `${status} ${body}`, shadow }
}

function tlsOptions(socket: Socket, { serverName }: Visitor, certificate: Issued | null): ConnectionOptions {
  return {
    socket,
    rejectUnauthorized: false,
    ...(serverName !== null && { servername: serverName }),
    ...(certificate !== null && { cert: certificate.certificate, key: certificate.key }),
  }
}

/** All of an answer, as far as its `content-length` says. */
function answerText(stream: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream.on('error', reject)
    stream.on('close', () => reject(new Error(`the connection ended after ${JSON.stringify(text)}`)))
    stream.on('data', (bytes: Buffer) => {
      text += bytes.latin1Slice()
      const { headers, body } = parse(text)
      if (text.includes('\r\n\r\n') && body.length >= Number(headers.get('content-length') ?? 0)) resolve(text)
    })
  })
}

function requestText({ method, path, host, headers, forwardedFor, claims }: Visitor): string {
  const fields: (readonly [string, string])[] = [['host', host], ...headers]
  if (forwardedFor !== null) fields.push(['x-forwarded-for', forwardedFor])
  if (claims !== null) fields.push(['authorization', `Bearer ${token(claims)}`])
  return `${method} ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

function token(claims: object): string {
  const signed = [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`
}

function listener(name: string, filters: readonly object[], server: Issued, authority: TestAuthority): object {
  const manager = {
    '@type': NETWORK,
    stat_prefix: name.replaceAll(' ', '-'),
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] }],
      response_headers_to_add: [{ header: { key: 'x-shadow', value: SHADOW } }],
    },
    http_filters: [...IN_FRONT, ...filters, nativeFilter('router', 'Router', {})],
    http_protocol_options: { allow_custom_methods: true },
    use_remote_address: true,
    xff_num_trusted_hops: 1,
  }
  const chain = { filters: [{ name: 'http', typed_config: manager }] }
  const context = {
    tls_certificates: [{ certificate_chain: { filename: server.certificateFile }, private_key: { filename: server.keyFile } }],
    validation_context: { trusted_ca: { filename: authority.file } },
  }
  return {
    name,
    address: address(0),
    listener_filters: [
      { name: 'proxy_protocol', typed_config: { '@type': `${LISTENER}.proxy_protocol.v3.ProxyProtocol` } },
      { name: 'tls_inspector', typed_config: { '@type': `${LISTENER}.tls_inspector.v3.TlsInspector` } },
    ],
    filter_chains: [
      { ...chain, filter_chain_match: { transport_protocol: 'raw_buffer' }, name: 'plain' },
      {
        ...chain,
        filter_chain_match: { transport_protocol: 'tls' },
        name: 'tls',
        transport_socket: { name: 'tls', typed_config: { '@type': TLS, common_tls_context: context } },
      },
    ],
  }
}

/** What stands in front of the filters under comparison: tokens, metadata and the peer's address become known. */
const IN_FRONT = [
  nativeFilter('set_filter_state', 'Config', {
    on_request_headers: [
      {
        object_key: 'auth.peer_address',
        factory_key: 'envoy.string',
        format_string: { text_format_source: { inline_string: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%' } },
      },
    ],
  }),
  nativeFilter('jwt_authn', 'JwtAuthentication', {
    providers: {
      any: {
        local_jwks: { inline_string: JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.from(SECRET).toString('base64url') }] }) },
        payload_in_metadata: 'payload',
      },
    },
    rules: [
      {
        match: { prefix: '/' },
        requires: { requires_any: { requirements: [{ provider_name: 'any' }, { allow_missing: {} }] } },
      },
    ],
  }),
  nativeFilter('header_to_metadata', 'Config', {
    request_rules: [
      { header: 'x-metadata', on_header_present: { metadata_namespace: 'envoy.filters.a.b', key: 'c', type: 'STRING' } },
    ],
  }),
]
