/** TLS between the clients of a table and the proxy, by an authority made for one run. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import type { ClientCertificate, ClientTls, Table } from '../../../host/testing/cases/table.ts'
import { TestAuthority, type Issued } from '../../support/authority.ts'

export class SocketTls {
  readonly #authority: TestAuthority
  readonly #server: Issued
  /** By what a case writes of them. */
  readonly #certificates = new Map<string, Issued>()

  private constructor(authority: TestAuthority, server: Issued) {
    this.#authority = authority
    this.#server = server
  }

  /** Null when no client of the table speaks TLS. */
  static async start(table: Table): Promise<SocketTls | null> {
    const clients = table.cases.flatMap(({ steps }) => steps).flatMap((step) => (step.kind === 'requests' ? step.requests : []))
    const spoken = clients.flatMap(({ tls }) => (tls === undefined ? [] : [tls]))
    if (spoken.length === 0) return null
    const authority = await TestAuthority.create(await mkdtemp(join(tmpdir(), 'sluice-authority-')))
    const made = new SocketTls(authority, await authority.issue())
    for (const { certificate } of spoken) if (certificate !== undefined) await made.#issue(certificate)
    return made
  }

  /** The DownstreamTlsContext of a listener: a certificate of the client is verified when it shows one. */
  get transportSocket(): object {
    const chain = { filename: this.#server.certificateFile }
    const context = {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      common_tls_context: {
        tls_certificates: [{ certificate_chain: chain, private_key: { filename: this.#server.keyFile } }],
        validation_context: { trusted_ca: { filename: this.#authority.file } },
      },
    }
    return { name: 'envoy.transport_sockets.tls', typed_config: context }
  }

  /** What a client offers in its handshake. */
  optionsOf({ server_name: servername, certificate }: ClientTls): ConnectionOptions {
    const own = certificate === undefined ? null : this.#certificates.get(JSON.stringify(certificate))!
    return {
      ca: this.#authority.pem,
      checkServerIdentity: () => undefined,
      ...(servername === undefined ? {} : { servername }),
      ...(own === null ? {} : { cert: own.chain, key: own.key }),
    }
  }

  async close(): Promise<void> {
    await rm(this.#authority.folder, { recursive: true, force: true })
  }

  async #issue(certificate: ClientCertificate): Promise<void> {
    const key = JSON.stringify(certificate)
    if (this.#certificates.has(key)) return
    const { subject = 'CN=client', uri_names: uris = [], dns_names: hosts = [] } = certificate
    const names = [...uris.map((name) => `URI:${name}`), ...hosts.map((name) => `DNS:${name}`)].join(',')
    this.#certificates.set(key, await this.#authority.issue({ subject: opensslName(subject), names }))
  }
}

/** `CN=client,O=Org` as OpenSSL takes it: `/O=Org/CN=client`. */
function opensslName(subject: string): string {
  return subject
    .split(',')
    .toReversed()
    .map((part) => `/${part}`)
    .join('')
}
