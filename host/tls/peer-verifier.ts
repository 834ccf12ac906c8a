/**
 * Judges the peer's certificate once the handshake is over: chain, then names, then hashes, as Envoy does inside of it
 * (source/common/tls/cert_validator/default_validator.cc). OpenSSL has walked the chain by then; Node lets every
 * handshake end, so that what it found is known here.
 */
import { createHash } from 'node:crypto'
import type { SanMatcherConfig, TlsValidationConfig } from '../config/types.ts'
import { valueTest } from '../route/value-matcher.ts'
import type { Certificate } from './certificate.ts'
import { verifyFailureText } from '../socket/tls-failure.ts'
import type { TlsStats } from './tls-stats.ts'

export interface PeerVerdict {
  /** Why the peer is not let in, in Envoy's words; '' = it is. */
  readonly failure: string
  /** Its certificate was looked at and is right. */
  readonly isValid: boolean
}

/** Names in Node of what OpenSSL found, in BoringSSL's words. */
const CHAIN_ERRORS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'certificate has expired'],
  ['CERT_NOT_YET_VALID', 'certificate is not yet valid'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self signed certificate in certificate chain'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self signed certificate'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to get local issuer certificate'],
  ['CERT_REVOKED', 'certificate revocation check against provided CRLs failed: certificate revoked'],
  ['UNABLE_TO_GET_CRL', 'unable to get certificate CRL'],
  ['CRL_HAS_EXPIRED', 'CRL has expired'],
  ['INVALID_PURPOSE', 'unsupported certificate purpose'],
])
/** Found at the end of the chain that was built, not at its beginning. */
const FOUND_AT_END: ReadonlySet<string> = new Set(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'])

const VALID: PeerVerdict = { failure: '', isValid: true }
const LET_IN: PeerVerdict = { failure: '', isValid: false }

type NameTest = (certificate: Certificate) => boolean

export class PeerVerifier {
  readonly #config: TlsValidationConfig
  readonly #stats: TlsStats
  readonly #names: readonly NameTest[]

  constructor(config: TlsValidationConfig, stats: TlsStats) {
    this.#config = config
    this.#stats = stats
    this.#names = config.names.map(nameTest)
  }

  /**
   * `chainError` is Node's code of what OpenSSL found, '' = nothing. `asked` is the server that was asked for, where it
   * must be among the names, '' = it need not; `required` what the request says of them, null = nothing.
   */
  verify(certificate: Certificate, chainError: string, asked = '', required: string | null = null): PeerVerdict {
    const { trustedCa, acceptsUntrusted } = this.#config
    if (trustedCa !== null && chainError !== '') {
      this.#stats.failedChain.add(1)
      return acceptsUntrusted ? LET_IN : refuse(chainText(certificate, chainError))
    }
    const nameFault = this.#nameFault(certificate, asked, required)
    if (nameFault !== '') {
      this.#stats.failedName.add(1)
      return acceptsUntrusted ? LET_IN : refuse(nameFault)
    }
    if (!this.#hasRightHash(certificate)) {
      this.#stats.failedHash.add(1)
      return acceptsUntrusted ? LET_IN : refuse('cert hash and spki')
    }
    const isLookedAt = trustedCa !== null || this.#hashes > 0
    return isLookedAt ? VALID : LET_IN
  }

  /** A name that the request requires comes before those of the configuration, in whose place the one asked for stands. */
  #nameFault(certificate: Certificate, asked: string, required: string | null): string {
    const all = certificate.allNames.join(', ')
    if (required !== null && !dnsTest(required)(certificate))
      return `verify SAN list, expected SANs: [${required}], certificate SANs: [${all}]`
    const names = asked === '' ? this.#names : [dnsTest(asked)]
    const isFaulty = names.length > 0 && !names.some((test) => test(certificate))
    return isFaulty ? `SAN matcher, certificate SANs are [${all}]` : ''
  }

  get #hashes(): number {
    return this.#config.certificateHashes.size + this.#config.keyHashes.size
  }

  #hasRightHash(certificate: Certificate): boolean {
    if (this.#hashes === 0 || this.#config.certificateHashes.has(certificate.sha256)) return true
    return this.#config.keyHashes.has(createHash('sha256').update(certificate.publicKey).digest('base64'))
  }
}

function refuse(what: string): PeerVerdict {
  return { failure: verifyFailureText(what), isValid: false }
}

function chainText(certificate: Certificate, code: string): string {
  const depth = FOUND_AT_END.has(code) ? certificate.depth - 1 : 0
  return `X509_verify_cert: certificate verification error at depth ${depth}: ${CHAIN_ERRORS.get(code) ?? code}`
}

function nameTest({ type, match }: SanMatcherConfig): NameTest {
  const test = valueTest(match)
  if (type === 'URI') return ({ uriNames }) => uriNames.some(test)
  if (type === 'EMAIL') return ({ emails }) => emails.some(test)
  if (type === 'IP_ADDRESS') return ({ addresses }) => addresses.some(test)
  if (match.kind === 'exact') return dnsTest(match.value)
  return ({ dnsNames }) => dnsNames.some(test)
}

function dnsTest(name: string): NameTest {
  return ({ dnsNames, addresses }) => dnsNames.some((pattern) => coversName(pattern, name)) || addresses.includes(name)
}

/** True when the certificate's host name, which may begin with a wildcard label, is one for `name`. */
export function coversName(pattern: string, name: string): boolean {
  const [wanted, seen] = [pattern.toLowerCase(), name.toLowerCase()]
  if (wanted === seen) return true
  if (!wanted.startsWith('*.')) return false
  const dot = seen.indexOf('.')
  return dot > 0 && seen.slice(dot) === wanted.slice(1)
}
