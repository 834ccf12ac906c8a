/** Own certificates of a TLS context. */
import { CONFIG_PAGE } from '../fault.ts'
import type { TlsCertificate } from '../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts'
import type { CommonTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { TlsCertificateConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { sourceName } from './source-name.ts'

/** A certificate, and where the context has it from. */
export interface PlacedCertificate {
  readonly certificate: TlsCertificateConfig
  readonly path: ConfigPath
}

/** Those that stand in the context, then those that it names. */
export function buildCertificates(common: CommonTlsContext, path: ConfigPath, context: BuildContext): PlacedCertificate[] {
  const own = common.tlsCertificates.map((one, index) => place(one, [...path, 'tls_certificates', index], context))
  const named = common.tlsCertificateSdsSecretConfigs.flatMap(({ name }, index) => {
    const secret = context.secret('tlsCertificate', name, [...path, 'tls_certificate_sds_secret_configs', index, 'name'])
    return secret === null ? [] : [place(secret.message, secret.path, context)]
  })
  return [...own, ...named]
}

function place(message: TlsCertificate, path: ConfigPath, context: BuildContext): PlacedCertificate {
  judgeCompleteness(message, path, context)
  const password = context.bytes(message.password, [...path, 'password'])
  const certificate = {
    chain: context.bytes(message.certificateChain, [...path, 'certificate_chain']),
    key: context.bytes(message.privateKey, [...path, 'private_key']),
    password: Buffer.from(password).toString(),
    source: sourceName(message.certificateChain),
  }
  return { certificate, path }
}

function judgeCompleteness({ certificateChain, privateKey }: TlsCertificate, path: ConfigPath, { faults }: BuildContext): void {
  if (certificateChain !== undefined && privateKey !== undefined) return
  const wanted = 'certificate_chain and private_key'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Incomplete certificate', path, wanted, next: CONFIG_PAGE })
}
