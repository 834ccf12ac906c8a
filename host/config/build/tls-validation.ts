/** What a peer's certificate must be. */
import { X509Certificate } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { StringMatcherSchema } from '../gen/envoy/type/matcher/v3/string_pb.ts'
import type { ConfigPath } from '../path.ts'
import { SubjectAltNameMatcher_SanType as SanType } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import { CertificateValidationContext_TrustChainVerification as Trust } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type {
  CertificateValidationContext,
  SubjectAltNameMatcher,
} from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type { DataSource } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { SanMatcherConfig, TlsValidationConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildText } from './matchers.ts'
import { sourceName } from './source-name.ts'

const SAN_TYPES: Readonly<Record<number, SanMatcherConfig['type']>> = {
  [SanType.EMAIL]: 'EMAIL',
  [SanType.DNS]: 'DNS',
  [SanType.URI]: 'URI',
  [SanType.IP_ADDRESS]: 'IP_ADDRESS',
}

export function buildTlsValidation(
  message: CertificateValidationContext | undefined,
  path: ConfigPath,
  context: BuildContext,
): TlsValidationConfig | null {
  if (message === undefined) return null
  const trustedCa = optional(message.trustedCa, [...path, 'trusted_ca'], context)
  if (trustedCa !== null) checkAuthorities(trustedCa, message, path, context)
  return {
    trustedCa,
    source: sourceName(message.trustedCa),
    crl: optional(message.crl, [...path, 'crl'], context),
    keyHashes: new Set(message.verifyCertificateSpki),
    certificateHashes: new Set(message.verifyCertificateHash.map((hash) => hash.replaceAll(':', '').toLowerCase())),
    names: message.matchTypedSubjectAltNames.map((one, index) =>
      buildMatcher(one, [...path, 'match_typed_subject_alt_names', index, 'matcher'], context),
    ),
    acceptsUntrusted: message.trustChainVerification === Trust.ACCEPT_UNTRUSTED,
  }
}

function optional(source: DataSource | undefined, path: ConfigPath, context: BuildContext): Uint8Array | null {
  return source === undefined ? null : context.bytes(source, path)
}

/** OpenSSL passes over what is no certificate and would trust nobody. */
function checkAuthorities(pem: Uint8Array, message: CertificateValidationContext, path: ConfigPath, context: BuildContext): void {
  // A file that cannot be read has its fault already.
  if (pem.length === 0 || isCertificate(pem)) return
  const text = `Failed to load trusted CA certificates from ${sourceName(message.trustedCa)}`
  const wanted = 'certificates in PEM'
  context.faults.push({ code: 'SLUICE_CONFIG_INVALID', message: text, path: [...path, 'trusted_ca'], wanted })
}

function isCertificate(pem: Uint8Array): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

function buildMatcher(message: SubjectAltNameMatcher, path: ConfigPath, context: BuildContext): SanMatcherConfig {
  const matcher = message.matcher ?? create(StringMatcherSchema) // a rule requires it
  return { type: SAN_TYPES[message.sanType] ?? 'DNS', match: buildText(matcher, path, context) }
}
