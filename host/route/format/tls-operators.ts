/** The operators that print what is known of TLS, by Envoy's names (source/common/formatter/stream_info_formatter.cc). */
import type { CertificateInfo, StreamInfo, TlsInfo } from '../../http/stream-info.ts'
import { urlEncodedPem } from '../../util/pem.ts'
import type { Operator } from './operators.ts'

type Read = (certificate: CertificateInfo) => string

/** Behind `DOWNSTREAM_PEER_` and so on. */
const CERTIFICATE: Readonly<Record<string, Read>> = {
  SUBJECT: ({ subject }) => subject,
  ISSUER: ({ issuer }) => issuer,
  SERIAL: ({ serial }) => serial,
  URI_SAN: ({ uriNames }) => uriNames.join(','),
  DNS_SAN: ({ dnsNames }) => dnsNames.join(','),
  EMAIL_SAN: ({ emails }) => emails.join(','),
  IP_SAN: ({ addresses }) => addresses.join(','),
  FINGERPRINT_256: ({ sha256 }) => sha256,
  FINGERPRINT_1: ({ sha1 }) => sha1,
  CERT: ({ pem }) => urlEncodedPem(pem),
  CERT_V_START: ({ validFrom }) => new Date(validFrom).toISOString(),
  CERT_V_END: ({ validTo }) => new Date(validTo).toISOString(),
}
const LOCAL = ['SUBJECT', 'URI_SAN', 'DNS_SAN', 'EMAIL_SAN', 'IP_SAN']
const PEER = Object.keys(CERTIFICATE)
/** Envoy has fewer of them towards upstreams. */
const UPSTREAM_PEER = ['SUBJECT', 'ISSUER', 'URI_SAN', 'DNS_SAN', 'IP_SAN', 'CERT', 'CERT_V_START', 'CERT_V_END']
const UPSTREAM_LOCAL = ['URI_SAN', 'DNS_SAN', 'IP_SAN']

export const TLS_OPERATORS: readonly (readonly [string, Operator])[] = [
  ...sideOperators('DOWNSTREAM', PEER, LOCAL, (info) => info.connection.tls),
  ...sideOperators('UPSTREAM', UPSTREAM_PEER, UPSTREAM_LOCAL, (info) => info.upstreamTls),
  ['REQUESTED_SERVER_NAME', ({ info }) => info.connection.requestedServerName || null],
  ['DOWNSTREAM_TRANSPORT_FAILURE_REASON', ({ info }) => info.connection.transportFailure.replaceAll(' ', '_') || null],
]

function sideOperators(
  side: string,
  peerNames: readonly string[],
  localNames: readonly string[],
  select: (info: StreamInfo) => TlsInfo | null,
): (readonly [string, Operator])[] {
  return [
    [`${side}_TLS_VERSION`, ({ info }) => select(info)?.version || null],
    [`${side}_TLS_CIPHER`, ({ info }) => select(info)?.cipher || null],
    ...peerNames.map((name) => [`${side}_PEER_${name}`, certificate(name, (info) => select(info)?.peer)] as const),
    ...localNames.map((name) => [`${side}_LOCAL_${name}`, certificate(name, (info) => select(info)?.local)] as const),
  ]
}

function certificate(name: string, select: (info: StreamInfo) => CertificateInfo | null | undefined): Operator {
  const read = CERTIFICATE[name]!
  return ({ info }) => {
    const found = select(info)
    return found == null ? null : read(found) || null
  }
}
