/** OpenSSL's contexts of a configuration. They are costly to make and serve any number of connections. */
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsCertificateConfig, TlsConfig } from '../config/types.ts'

/** What only one side has. */
export type SideOptions = Pick<
  SecureContextOptions,
  'ticketKeys' | 'sessionIdContext' | 'sessionTimeout' | 'honorCipherOrder' | 'secureOptions'
>

/** A context that shows the given certificates, of which the peer's abilities choose one. Throws OpenSSL's error. */
export function makeSecureContext(
  config: TlsConfig,
  certificates: readonly TlsCertificateConfig[],
  side: SideOptions = {},
): SecureContext {
  const { minVersion, maxVersion, ciphers, curves, signatureAlgorithms, validation } = config
  return createSecureContext({
    ...side,
    minVersion,
    maxVersion,
    ciphers,
    ...(curves === '' ? {} : { ecdhCurve: curves }),
    ...(signatureAlgorithms === '' ? {} : { sigalgs: signatureAlgorithms }),
    cert: certificates.map(({ chain }) => Buffer.from(chain)),
    key: certificates.map(({ key, password }) => ({ pem: Buffer.from(key), passphrase: password })),
    // Without authorities of its own a context would trust those of Node.
    ca: validation?.trustedCa == null ? [] : Buffer.from(validation.trustedCa),
    ...(validation?.crl == null ? {} : { crl: Buffer.from(validation.crl) }),
    // As Envoy does, an authority that is trusted need not be a root.
    allowPartialTrustChain: true,
  })
}
