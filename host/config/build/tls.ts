/** TLS of listeners and clusters, with Envoy's defaults. What OpenSSL cannot read is a fault here, not in a worker. */
import { create } from '@bufbuild/protobuf'
import { makeSecureContext } from '../../tls/secure-context.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { toMilliseconds } from '../duration.ts'
import { CONFIG_PAGE, show } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { TransportSocket } from '../gen/envoy/config/core/v3/base_pb.ts'
import { TlsParameters_TlsProtocol as Version } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type { TlsParameters } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import {
  CommonTlsContextSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { CommonTlsContext, DownstreamTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { DownstreamTlsConfig, TlsCertificateConfig, TlsConfig, TlsVersion, UpstreamTlsConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { cipherNames } from './cipher-names.ts'
import { buildCertificates, type PlacedCertificate } from './tls-certificates.ts'
import { buildTlsValidation } from './tls-validation.ts'

/** Envoy's ciphers of TLS 1.2 (source/common/tls/context_config_impl.cc); those of TLS 1.3 are not a choice there. */
const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
const TLS13_CIPHERS = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']
const VERSIONS: Readonly<Record<number, TlsVersion>> = { [Version.TLSv1_2]: 'TLSv1.2', [Version.TLSv1_3]: 'TLSv1.3' }
/** Default of OpenSSL and BoringSSL, seconds. */
const DEFAULT_SESSION_TIMEOUT = 7200
/** An Envoy ticket key: its name, a key of HMAC-SHA256, one of AES-256. */
const TICKET_KEY_BYTES = 80
const NO_CONTEXT = create(CommonTlsContextSchema)

/** Null for a socket without TLS. `path` leads to it. */
export function buildDownstreamTls(
  socket: TransportSocket | undefined,
  path: ConfigPath,
  context: BuildContext,
): DownstreamTlsConfig | null {
  const message = unpackAs(socket?.configType.value, DownstreamTlsContextSchema)
  if (message === null) return null
  const at = [...path, 'typed_config']
  const timeout = message.sessionTimeout
  return {
    ...buildCommon(message.commonTlsContext, 'TLSv1.3', [...at, 'common_tls_context'], context),
    requiresClientCertificate: message.requireClientCertificate ?? false,
    ticketKeys: buildTicketKeys(message, at, context),
    hasTickets: !(
      message.sessionTicketKeysType.case === 'disableStatelessSessionResumption' && message.sessionTicketKeysType.value
    ),
    sessionTimeout: timeout === undefined ? DEFAULT_SESSION_TIMEOUT : Math.floor(toMilliseconds(timeout) / 1000),
  }
}

/** Null for a socket without TLS. */
export function buildUpstreamTls(
  socket: TransportSocket | undefined,
  path: ConfigPath,
  context: BuildContext,
): UpstreamTlsConfig | null {
  const message = unpackAs(socket?.configType.value, UpstreamTlsContextSchema)
  if (message === null) return null
  const at = [...path, 'typed_config', 'common_tls_context']
  // Envoy's clients stop at TLS 1.2 unless they are told otherwise.
  const common = buildCommon(message.commonTlsContext, 'TLSv1.2', at, context)
  if (message.autoSniSanValidation) judgeSniValidation(common, [...path, 'typed_config'], context)
  return {
    ...common,
    sni: utf8ByteString(message.sni),
    asksForEndpoint: message.autoHostSni,
    verifiesName: message.autoSniSanValidation,
    resumes: (message.maxSessionKeys ?? 1) > 0,
  }
}

/** A name says nothing in a certificate that anybody may have made. */
function judgeSniValidation({ validation, secrets }: TlsConfig, path: ConfigPath, context: BuildContext): void {
  if (validation !== null && validation.trustedCa !== null) return
  // What comes later is judged then.
  if (secrets !== null && secrets.validation !== null) return
  const lack = validation === null ? 'a validation context' : 'configuring a trusted CA'
  const message = `'auto_sni_san_validation' was configured without ${lack}`
  const at = [...path, 'auto_sni_san_validation']
  const wanted = 'validation_context.trusted_ca'
  context.faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: at, wanted, next: CONFIG_PAGE })
}

function buildCommon(
  common: CommonTlsContext = NO_CONTEXT,
  maxVersion: TlsVersion,
  path: ConfigPath,
  context: BuildContext,
): TlsConfig {
  const parameters = common.tlsParams
  const placed = buildCertificates(common, path, context)
  const { validation, source } = buildTlsValidation(common.validationContextType, path, context)
  const certificates = placed.map(({ certificate }) => certificate)
  const isComplete = source === null && certificates.every(isKnown)
  const config = {
    certificates: certificates.filter(isKnown),
    minVersion: versionOf(parameters?.tlsMinimumProtocolVersion, 'TLSv1.2'),
    maxVersion: versionOf(parameters?.tlsMaximumProtocolVersion, maxVersion),
    ciphers: buildCiphers(parameters),
    curves: (parameters?.ecdhCurves ?? []).join(':'),
    signatureAlgorithms: (parameters?.signatureAlgorithms ?? []).join(':'),
    alpn: common.alpnProtocols.map(utf8ByteString),
    validation,
    secrets: isComplete ? null : { certificates, validation: source },
  }
  if (isComplete) tryContext(config, placed, path, context)
  return config
}

function isKnown(certificate: TlsCertificateConfig | string): certificate is TlsCertificateConfig {
  return typeof certificate !== 'string'
}

function versionOf(version: Version | undefined, otherwise: TlsVersion): TlsVersion {
  return VERSIONS[version ?? Version.TLS_AUTO] ?? otherwise
}

function buildCiphers(parameters: TlsParameters | undefined): string {
  const chosen = parameters?.cipherSuites ?? []
  const names = chosen.length === 0 ? TLS12_CIPHERS : chosen.flatMap(cipherNames)
  return [...TLS13_CIPHERS, ...names].join(':')
}

/** Node takes the first key only, in a shorter form: a name, 16 bytes of each kind. */
function buildTicketKeys(message: DownstreamTlsContext, path: ConfigPath, context: BuildContext): Uint8Array | null {
  if (message.sessionTicketKeysType.case !== 'sessionTicketKeys') return null
  const keys = message.sessionTicketKeysType.value.keys.map((source, index) => {
    const at = [...path, 'session_ticket_keys', 'keys', index]
    const key = context.bytes(source, at)
    if (key.length === TICKET_KEY_BYTES) return key
    const wanted = `${TICKET_KEY_BYTES} bytes`
    const fault = { message: 'Incorrect TLS session ticket key length', seen: `${key.length} bytes`, wanted }
    context.faults.push({ code: 'SLUICE_CONFIG_INVALID', path: at, ...fault })
    return new Uint8Array(TICKET_KEY_BYTES)
  })
  const first = Buffer.from(keys[0] ?? new Uint8Array(TICKET_KEY_BYTES))
  return Buffer.concat([first.subarray(0, 32), first.subarray(48, 64)])
}

/** Makes each certificate's context once, for the faults that only OpenSSL finds. */
function tryContext(config: TlsConfig, placed: readonly PlacedCertificate[], path: ConfigPath, context: BuildContext): void {
  if (placed.length === 0) tryCertificates(config, [], path, context)
  for (const { certificate, path: at } of placed) {
    // What could not be read has its fault already.
    if (isKnown(certificate) && certificate.chain.length > 0 && certificate.key.length > 0)
      tryCertificates(config, [certificate], at, context)
  }
}

function tryCertificates(
  config: TlsConfig,
  certificates: readonly TlsCertificateConfig[],
  path: ConfigPath,
  context: BuildContext,
): void {
  try {
    makeSecureContext(config, certificates)
  } catch (cause) {
    const message = `TLS cannot use this: ${cause instanceof Error ? cause.message : String(cause)}`
    context.faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path, seen: show(certificates[0]?.source ?? '') })
  }
}
