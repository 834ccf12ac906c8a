/** Own certificates of a TLS context. */
import { CONFIG_PAGE } from '../fault.ts'
import type { TlsCertificate } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type { SdsSecretConfig } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import type { CommonTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { TlsCertificateConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildSecretSource } from './secret-source.ts'
import { sourceName } from './source-name.ts'

/** A certificate, or the key of its source, and where the context has it from. */
export interface PlacedCertificate {
  readonly certificate: TlsCertificateConfig | string
  readonly path: ConfigPath
}

/** Those that stand in the context, then those that it names. */
export function buildCertificates(common: CommonTlsContext, path: ConfigPath, context: BuildContext): PlacedCertificate[] {
  const own = common.tlsCertificates.map((one, index) => place(one, [...path, 'tls_certificates', index], context))
  const named = common.tlsCertificateSdsSecretConfigs.flatMap((one, index) =>
    placeNamed(one, [...path, 'tls_certificate_sds_secret_configs', index], context),
  )
  return [...own, ...named]
}

/** The certificate that a message at `path` describes. */
export function buildCertificate(message: TlsCertificate, path: ConfigPath, context: BuildContext): TlsCertificateConfig {
  judgeCompleteness(message, path, context)
  const password = context.bytes(message.password, [...path, 'password'])
  return {
    chain: context.bytes(message.certificateChain, [...path, 'certificate_chain']),
    key: context.bytes(message.privateKey, [...path, 'private_key']),
    password: Buffer.from(password).toString(),
    source: sourceName(message.certificateChain),
  }
}

function place(message: TlsCertificate, path: ConfigPath, context: BuildContext): PlacedCertificate {
  return { certificate: buildCertificate(message, path, context), path }
}

/** None when there is no such secret, which is a fault. */
function placeNamed(config: SdsSecretConfig, path: ConfigPath, context: BuildContext): PlacedCertificate[] {
  const source = buildSecretSource('tlsCertificate', config, context)
  if (source !== null) return [{ certificate: source, path }]
  const found = context.secret('tlsCertificate', config.name, [...path, 'name'])
  return found === null ? [] : [place(found.message, found.path, context)]
}

function judgeCompleteness({ certificateChain, privateKey }: TlsCertificate, path: ConfigPath, { faults }: BuildContext): void {
  if (certificateChain !== undefined && privateKey !== undefined) return
  const wanted = 'certificate_chain and private_key'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Incomplete certificate', path, wanted, next: CONFIG_PAGE })
}
