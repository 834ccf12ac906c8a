/** The certificates of a configuration, for the admin interface. */
import { X509Certificate } from 'node:crypto'
import type { CertificateGroup } from '../admin/providers.ts'
import type { BootstrapConfig, TlsConfig, TlsSecret } from '../config/types.ts'
import { Certificate } from '../tls/certificate.ts'
import { withSecrets } from '../tls/tls-secrets.ts'
import { tlsUsersOf } from './tls-users.ts'

/** One group per context that can be used: of clusters, then of listeners. */
export function certificatesOf(config: BootstrapConfig, secret: (key: string) => TlsSecret | null): CertificateGroup[] {
  const contexts = tlsUsersOf(config).map(({ tls }) => withSecrets(tls, secret))
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
