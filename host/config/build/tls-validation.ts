/** What a peer's certificate must be. */
import { X509Certificate } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { CONFIG_PAGE } from '../fault.ts'
import { StringMatcherSchema } from '../gen/envoy/type/matcher/v3/string_pb.ts'
import type { ConfigPath } from '../path.ts'
import {
  CertificateValidationContext_TrustChainVerification as Trust,
  CertificateValidationContextSchema,
  SubjectAltNameMatcher_SanType as SanType,
} from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type {
  CertificateValidationContext,
  SubjectAltNameMatcher,
} from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type { SdsSecretConfig } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import type { CommonTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
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
const NOTHING = create(CertificateValidationContextSchema)
const SECRET = 'validation_context_sds_secret_config'

/** Of a TLS context, to which `path` leads. */
export function buildTlsValidation(
  type: CommonTlsContext['validationContextType'],
  path: ConfigPath,
  context: BuildContext,
): TlsValidationConfig | null {
  if (type.case === undefined) return null
  const validation = buildType(type, path, context)
  judgeWithoutAuthority(validation, path, context)
  return validation
}

type ValidationType = Exclude<CommonTlsContext['validationContextType'], { case: undefined }>

function buildType(type: ValidationType, path: ConfigPath, context: BuildContext): TlsValidationConfig {
  if (type.case === 'validationContext') return buildValidation(type.value, [...path, 'validation_context'], context)
  if (type.case === 'validationContextSdsSecretConfig') return buildSecret(type.value, [...path, SECRET], context)
  const at = [...path, 'combined_validation_context']
  const { defaultValidationContext = NOTHING, validationContextSdsSecretConfig } = type.value
  const otherwise = buildValidation(defaultValidationContext, [...at, 'default_validation_context'], context)
  return combineValidations(otherwise, buildSecret(validationContextSdsSecretConfig, [...at, SECRET], context))
}

function buildSecret(config: SdsSecretConfig | undefined, path: ConfigPath, context: BuildContext): TlsValidationConfig {
  const found = context.secret('validationContext', config?.name ?? '', [...path, 'name'])
  return buildValidation(found?.message ?? NOTHING, found?.path ?? path, context)
}

/** As one message is merged into another: what the secret says counts, lists of both go together. */
function combineValidations(otherwise: TlsValidationConfig, secret: TlsValidationConfig): TlsValidationConfig {
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

function buildValidation(message: CertificateValidationContext, path: ConfigPath, context: BuildContext): TlsValidationConfig {
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

/** Names say nothing in a certificate that anybody may have made. */
function judgeWithoutAuthority({ trustedCa, names, crl }: TlsValidationConfig, path: ConfigPath, context: BuildContext): void {
  if (trustedCa !== null) return
  const fault = { code: 'SLUICE_CONFIG_INVALID', path, wanted: 'trusted_ca', next: CONFIG_PAGE } as const
  const message = 'SAN-based verification of peer certificates without trusted CA is insecure and not allowed'
  if (names.length > 0) context.faults.push({ ...fault, message })
  if (crl !== null) context.faults.push({ ...fault, message: 'Failed to load CRL without trusted CA' })
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
