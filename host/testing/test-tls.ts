/** What the handshake of a test's client has left: no wire, no certificate authority, only what filters and logs read. */
import { createHash } from 'node:crypto'
import type { CertificateInfo, TlsInfo } from '../http/stream-info.ts'

/** A client that speaks TLS. */
export interface TestTlsFacts {
  /** Default `TLSv1.3`. */
  readonly version?: string
  /** The name that the client asked for (SNI); default none. */
  readonly serverName?: string
  /** What the client has shown, verified; default: it has shown none. */
  readonly certificate?: TestCertificateFacts
}

/**
 * Of a certificate only what is named; by default its subject is `CN=client`, it bears no other name, `sha256` and `sha1`
 * are made from what it says, and its text (`pem`, the property `connection.peer_certificate`) is empty.
 */
export type TestCertificateFacts = Partial<CertificateInfo>

const DAY = 86_400_000

export function tlsOf({ version = 'TLSv1.3', certificate }: TestTlsFacts): TlsInfo {
  return {
    version,
    cipher: 'TLS_AES_128_GCM_SHA256',
    alpn: '',
    isPeerValid: certificate !== undefined,
    peer: certificate === undefined ? null : certificateOf(certificate),
    local: certificateOf({ subject: 'CN=localhost' }),
  }
}

function certificateOf(facts: TestCertificateFacts): CertificateInfo {
  const digest = (algorithm: string): string => createHash(algorithm).update(JSON.stringify(facts)).digest('hex')
  return {
    subject: 'CN=client',
    issuer: 'CN=test authority',
    serial: '01',
    dnsNames: [],
    uriNames: [],
    emails: [],
    addresses: [],
    sha256: digest('sha256'),
    sha1: digest('sha1'),
    pem: '',
    chainPem: '',
    validFrom: 0,
    validTo: 36_500 * DAY,
    ...facts,
  }
}
