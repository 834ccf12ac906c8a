/**
 * The header x-forwarded-client-cert, which tells upstreams of the client's certificate
 * (source/common/http/conn_manager_utility.cc, `mutateXfccRequestHeader`).
 */
import type { ClientCertificateConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { CertificateInfo, ConnectionInfo } from '../http/stream-info.ts'
import { urlEncodedPem } from '../util/pem.ts'

const NAME = 'x-forwarded-client-cert'

/** What a client without a certificate says of one is not to be believed. */
export function forwardClientCertificate(headers: HeaderMap, config: ClientCertificateConfig, connection: ConnectionInfo): void {
  const { mode } = config
  if (mode === 'ALWAYS_FORWARD_ONLY') return
  const peer = connection.tls?.peer ?? null
  if (mode === 'SANITIZE' || peer === null) return void headers.remove(NAME)
  if (mode === 'FORWARD_ONLY') return
  const details = describe(peer, connection.tls?.local ?? null, config)
  const given = mode === 'APPEND_FORWARD' ? headers.get(NAME) : null
  headers.setOwn(NAME, given === null || given === '' ? details : `${given},${details}`)
}

function describe(peer: CertificateInfo, local: CertificateInfo | null, config: ClientCertificateConfig): string {
  const parts = (local?.uriNames ?? []).map((uri) => `By=${uri}`)
  parts.push(`Hash=${peer.sha256}`)
  if (config.cert) parts.push(`Cert="${urlEncodedPem(peer.pem)}"`)
  if (config.chain) parts.push(`Chain="${urlEncodedPem(peer.chainPem)}"`)
  if (config.subject) parts.push(`Subject="${peer.subject}"`)
  if (config.uri) parts.push(...orEmpty(peer.uriNames).map((uri) => `URI=${uri}`))
  if (config.dns) parts.push(...peer.dnsNames.map((name) => `DNS=${name}`))
  return parts.join(';')
}

function orEmpty(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [''] : names
}
