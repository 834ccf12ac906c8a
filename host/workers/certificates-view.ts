/** The certificates of a configuration, for the admin interface. */
import { X509Certificate } from 'node:crypto'
import type { CertificateGroup } from '../admin/providers.ts'
import { chainsOf } from '../config/chains-of.ts'
import type { BootstrapConfig, TlsConfig } from '../config/types.ts'
import { Certificate } from '../tls/certificate.ts'

/** One group per context with TLS: of clusters, then of listeners. */
export function certificatesOf({ listeners, clusters }: BootstrapConfig): CertificateGroup[] {
  const chains = listeners.flatMap(({ value }) => chainsOf(value))
  const contexts = [...clusters.map(({ value }) => value.tls), ...chains.map(({ tls }) => tls)]
  return contexts.flatMap((tls) => (tls === null ? [] : [groupOf(tls)]))
}

/** Of a list of authorities Envoy shows the first. */
function groupOf({ certificates, validation }: TlsConfig): CertificateGroup {
  const read = (path: string, pem: Uint8Array): CertificateGroup['own'][number] => {
    return { path, certificate: new Certificate(new X509Certificate(pem)) }
  }
  return {
    authorities: validation?.trustedCa == null ? [] : [read(validation.source, validation.trustedCa)],
    own: certificates.map(({ source, chain }) => read(source, chain)),
  }
}
