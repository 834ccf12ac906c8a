/** Rules of TLS beyond its single fields; Envoy's texts where it has them. */
import { getCiphers } from 'node:tls'
import { cipherNames } from '../build/cipher-names.ts'
import { CONFIG_PAGE, show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import { unpackAs } from '../any.ts'
import type { TransportSocket } from '../gen/envoy/config/core/v3/base_pb.ts'
import { RawBufferSchema } from '../gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts'
import { DownstreamTlsContextSchema, UpstreamTlsContextSchema } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { CommonTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { TlsParameters } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type { ConfigPath } from '../path.ts'

const MAX_PROTOCOL_BYTES = 255
/** OpenSSL passes over names that it does not know. */
const KNOWN_CIPHERS: ReadonlySet<string> = new Set(getCiphers())

/** A listener's transport socket; `path` leads to it. */
export function judgeDownstreamSocket(socket: TransportSocket | undefined, path: ConfigPath, faults: Fault[]): void {
  const tls = unpackAs(socket?.configType.value, DownstreamTlsContextSchema)
  if (tls === null) return judgeRaw(socket, path, 'DownstreamTlsContext', faults)
  const at = [...path, 'typed_config', 'common_tls_context']
  judgeCommon(tls.commonTlsContext, at, faults)
  const { own, named } = countCertificates(tls.commonTlsContext)
  if (own + named === 0) faults.push(invalid('No TLS certificates found for server context', at, { wanted: 'tls_certificates' }))
  if (own > 0 && named > 0) {
    const message = 'SDS and non-SDS TLS certificates may not be mixed in server contexts'
    faults.push(invalid(message, [...at, 'tls_certificate_sds_secret_configs'], { wanted: 'all of them here' }))
  }
}

/** A cluster's. */
export function judgeUpstreamSocket(socket: TransportSocket | undefined, path: ConfigPath, faults: Fault[]): void {
  const tls = unpackAs(socket?.configType.value, UpstreamTlsContextSchema)
  if (tls === null) return judgeRaw(socket, path, 'UpstreamTlsContext', faults)
  const at = [...path, 'typed_config', 'common_tls_context']
  judgeCommon(tls.commonTlsContext, at, faults)
  const { own, named } = countCertificates(tls.commonTlsContext)
  if (own + named > 1) {
    const message = 'Multiple TLS certificates are not supported for client contexts'
    const field = own > 1 ? 'tls_certificates' : 'tls_certificate_sds_secret_configs'
    faults.push(invalid(message, [...at, field], { seen: String(own + named), wanted: '1' }))
  }
}

/** Certificates that stand in a context, and those that it names. */
function countCertificates(common: CommonTlsContext | undefined): { own: number; named: number } {
  return { own: common?.tlsCertificates.length ?? 0, named: common?.tlsCertificateSdsSecretConfigs.length ?? 0 }
}

/** A type that is not for this side was refused nowhere else: both stand in the list of transport sockets. */
function judgeRaw(socket: TransportSocket | undefined, path: ConfigPath, wanted: string, faults: Fault[]): void {
  const any = socket?.configType.value
  if (socket === undefined || unpackAs(any, RawBufferSchema) !== null) return
  const seen = any?.typeUrl ?? 'nothing'
  faults.push(
    invalid('Transport socket does not belong here', [...path, 'typed_config'], { seen, wanted: `${wanted} or RawBuffer` }),
  )
}

function judgeCommon(common: CommonTlsContext | undefined, path: ConfigPath, faults: Fault[]): void {
  if (common === undefined) return
  judgeParameters(common.tlsParams, [...path, 'tls_params'], faults)
  for (const [index, protocol] of common.alpnProtocols.entries()) {
    const size = Buffer.byteLength(protocol)
    if (size > 0 && size <= MAX_PROTOCOL_BYTES) continue
    const wanted = `1 to ${MAX_PROTOCOL_BYTES} bytes`
    faults.push(invalid('Invalid ALPN protocol', [...path, 'alpn_protocols', index], { seen: show(protocol), wanted }))
  }
}

function judgeParameters(parameters: TlsParameters | undefined, path: ConfigPath, faults: Fault[]): void {
  const { tlsMinimumProtocolVersion: min = 0, tlsMaximumProtocolVersion: max = 0 } = parameters ?? {}
  if (max !== 0 && min > max) faults.push(invalid('Lowest version of TLS is above the highest', path))
  for (const [index, suite] of (parameters?.cipherSuites ?? []).entries()) {
    const unknown = cipherNames(suite).find((name) => !KNOWN_CIPHERS.has(name.toLowerCase()))
    if (unknown === undefined) continue
    const wanted = 'names of ciphers, as openssl ciphers lists them'
    faults.push(invalid('Unknown cipher', [...path, 'cipher_suites', index], { seen: show(unknown), wanted }))
  }
}

function invalid(message: string, path: ConfigPath, more: { seen?: string; wanted?: string } = {}): Fault {
  return { code: 'SLUICE_CONFIG_INVALID', message, path, ...more, next: CONFIG_PAGE }
}
