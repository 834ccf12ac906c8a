/** What a peer's certificate must be, put together from a context and a secret. */
import type { TlsValidationConfig } from '../config/types.ts'

/** As one message is merged into another: what the secret says counts, lists of both go together. */
export function combineValidations(otherwise: TlsValidationConfig, secret: TlsValidationConfig): TlsValidationConfig {
  const { trustedCa, source } = secret.trustedCa === null ? otherwise : secret
  return {
    trustedCa,
    source,
    crl: secret.crl ?? otherwise.crl,
    keyHashes: new Set([...otherwise.keyHashes, ...secret.keyHashes]),
    certificateHashes: new Set([...otherwise.certificateHashes, ...secret.certificateHashes]),
    names: [...otherwise.names, ...secret.names],
    acceptsUntrusted: otherwise.acceptsUntrusted || secret.acceptsUntrusted,
  }
}

/** What cannot be verified without a trusted authority, in Envoy's words: names say nothing in a certificate that anybody may have made. */
export function lackOfAuthority({ trustedCa, names, crl }: TlsValidationConfig): string[] {
  if (trustedCa !== null) return []
  const lacks: string[] = []
  if (names.length > 0) lacks.push('SAN-based verification of peer certificates without trusted CA is insecure and not allowed')
  if (crl !== null) lacks.push('Failed to load CRL without trusted CA')
  return lacks
}
