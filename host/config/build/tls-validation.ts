/** What a peer's certificate must be. */
import { X509Certificate } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { combineValidations, lackOfAuthority } from '../../tls/validation.ts'
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
import { SdsSecretConfigSchema, type SdsSecretConfig } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import type { CommonTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { DataSource } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { SanMatcherConfig, TlsValidationConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildSecretSource } from './secret-source.ts'
import { buildText } from './matchers.ts'
import { sourceName } from './source-name.ts'

const SAN_TYPES: Readonly<Record<number, SanMatcherConfig['type']>> = {
  [SanType.EMAIL]: 'EMAIL',
  [SanType.DNS]: 'DNS',
  [SanType.URI]: 'URI',
  [SanType.IP_ADDRESS]: 'IP_ADDRESS',
}
const NOTHING = create(CertificateValidationContextSchema)
const NO_SECRET = create(SdsSecretConfigSchema)
const SECRET = 'validation_context_sds_secret_config'

/** What is known here, and the key of the source of the rest; null = there is none. */
export interface BuiltValidation {
  readonly validation: TlsValidationConfig | null
  readonly source: string | null
}

/** Of a TLS context, to which `path` leads. */
export function buildTlsValidation(
  type: CommonTlsContext['validationContextType'],
  path: ConfigPath,
  context: BuildContext,
): BuiltValidation {
  if (type.case === undefined) return { validation: null, source: null }
  const built = buildType(type, path, context)
  if (built.source === null) judgeAuthority(built.validation!, path, context)
  return built
}

type ValidationType = Exclude<CommonTlsContext['validationContextType'], { case: undefined }>

function buildType(type: ValidationType, path: ConfigPath, context: BuildContext): BuiltValidation {
  if (type.case === 'validationContext')
    return { validation: buildValidation(type.value, [...path, 'validation_context'], context), source: null }
  if (type.case === 'validationContextSdsSecretConfig') return buildSecret(type.value, [...path, SECRET], context)
  const at = [...path, 'combined_validation_context']
  const { defaultValidationContext = NOTHING, validationContextSdsSecretConfig: config } = type.value
  const otherwise = buildValidation(defaultValidationContext, [...at, 'default_validation_context'], context)
  const { validation, source } = buildSecret(config, [...at, SECRET], context)
  return { validation: validation === null ? otherwise : combineValidations(otherwise, validation), source }
}

function buildSecret(config: SdsSecretConfig = NO_SECRET, path: ConfigPath, context: BuildContext): BuiltValidation {
  const source = buildSecretSource('validationContext', config, context)
  if (source !== null) return { validation: null, source }
  const found = context.secret('validationContext', config.name, [...path, 'name'])
  return { validation: buildValidation(found?.message ?? NOTHING, found?.path ?? path, context), source: null }
}

/** What a message at `path` says. */
export function buildValidation(
  message: CertificateValidationContext,
  path: ConfigPath,
  context: BuildContext,
): TlsValidationConfig {
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

function judgeAuthority(validation: TlsValidationConfig, path: ConfigPath, { faults }: BuildContext): void {
  for (const message of lackOfAuthority(validation))
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path, wanted: 'trusted_ca', next: CONFIG_PAGE })
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
