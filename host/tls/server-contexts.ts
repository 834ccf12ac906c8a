/**
 * The certificates of a listener's TLS, and which of them a client is shown (source/common/tls/default_tls_certificate_
 * selector.cc): those of the server that it asks for, else the first; when it asks for none, any. Where that leaves
 * several, what the client can verify decides inside of OpenSSL.
 */
import { constants, createHash, hkdfSync, X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { DownstreamTlsConfig, TlsCertificateConfig } from '../config/types.ts'
import { Certificate } from './certificate.ts'
import { coversName } from './peer-verifier.ts'
import { makeSecureContext, type SideOptions } from './secure-context.ts'

/** A context, and the certificate that it shows: null = one of several. */
export interface ServerContext {
  readonly context: SecureContext
  readonly certificate: Certificate | null
}

interface NamedCertificate {
  readonly certificate: Certificate
  readonly config: TlsCertificateConfig
  readonly names: readonly string[]
  /** `rsa`, `ec` …: OpenSSL holds one of each. */
  readonly keyType: string
}

const TICKET_KEY_BYTES = 48
/** OpenSSL's limit. */
const SESSION_CONTEXT_LENGTH = 32

export class ServerContexts {
  readonly #config: DownstreamTlsConfig
  readonly #certificates: readonly NamedCertificate[]
  readonly #side: SideOptions
  /** By the certificates' places in the list. */
  readonly #contexts = new Map<string, ServerContext>()

  /** `secret`: of the process, so that all its workers resume each other's sessions. */
  constructor(config: DownstreamTlsConfig, secret: Uint8Array) {
    this.#config = config
    this.#certificates = config.certificates.map(nameCertificate)
    this.#side = sideOptions(config, secret)
    // What OpenSSL refuses shall be known now, and the first client not wait.
    this.contextFor('')
  }

  /** `serverName` in lower case, '' = the client asks for none. */
  contextFor(serverName: string): ServerContext {
    const chosen = this.#choose(serverName)
    const key = chosen.join(' ')
    let context = this.#contexts.get(key)
    if (context === undefined) {
      const certificates = chosen.map((index) => this.#certificates[index]!)
      context = {
        context: makeSecureContext(
          this.#config,
          certificates.map(({ config }) => config),
          this.#side,
        ),
        certificate: certificates.length === 1 ? certificates[0]!.certificate : null,
      }
      this.#contexts.set(key, context)
    }
    return context
  }

  #choose(serverName: string): readonly number[] {
    if (serverName === '') return this.#firstOfEachKey(() => true)
    const exact = this.#firstOfEachKey(({ names }) => names.includes(serverName))
    if (exact.length > 0) return exact
    const covering = this.#firstOfEachKey(({ names }) => names.some((name) => coversName(name, serverName)))
    return covering.length > 0 ? covering : [0]
  }

  #firstOfEachKey(isWanted: (certificate: NamedCertificate) => boolean): readonly number[] {
    const chosen = new Map<string, number>()
    for (const [index, certificate] of this.#certificates.entries())
      if (isWanted(certificate) && !chosen.has(certificate.keyType)) chosen.set(certificate.keyType, index)
    return [...chosen.values()]
  }
}

/** By its DNS names, or by its common name when it has none. */
function nameCertificate(config: TlsCertificateConfig): NamedCertificate {
  const x509 = new X509Certificate(config.chain)
  const certificate = new Certificate(x509)
  const { dnsNames, commonName } = certificate
  const names = (dnsNames.length > 0 ? dnsNames : [commonName]).map((name) => name.toLowerCase())
  return { certificate, config, names, keyType: x509.publicKey.asymmetricKeyType ?? '' }
}

function sideOptions(config: DownstreamTlsConfig, secret: Uint8Array): SideOptions {
  const identity = identityOf(config)
  const derived = hkdfSync('sha256', secret, identity, 'TLS session tickets', TICKET_KEY_BYTES)
  return {
    ticketKeys: Buffer.from(config.ticketKeys ?? new Uint8Array(derived)),
    sessionTimeout: config.sessionTimeout,
    // A session is only resumed where the same would be demanded of the client again.
    sessionIdContext: identity.toString('hex').slice(0, SESSION_CONTEXT_LENGTH),
    honorCipherOrder: true,
    ...(config.hasTickets ? {} : { secureOptions: constants.SSL_OP_NO_TICKET }),
  }
}

/** Of what the client must be, and of what it is shown. */
function identityOf({ certificates, validation, requiresClientCertificate }: DownstreamTlsConfig): Buffer {
  const sum = createHash('sha256').update(String(requiresClientCertificate))
  for (const { chain } of certificates) sum.update(chain)
  if (validation === null) return sum.digest()
  const { trustedCa, crl, keyHashes, certificateHashes, names, acceptsUntrusted } = validation
  for (const bytes of [trustedCa, crl]) sum.update(bytes ?? 'none')
  sum.update(JSON.stringify([[...keyHashes], [...certificateHashes], names, acceptsUntrusted]))
  return sum.digest()
}
