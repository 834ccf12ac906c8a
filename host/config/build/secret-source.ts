/** Where a secret comes from that does not stand in the configuration. */
import type { SdsSecretConfig } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import type { BuildContext } from './context.ts'
import type { SecretKind } from './static-secrets.ts'

/** The key of the source; null = it is one of `static_resources.secrets`. */
export function buildSecretSource(kind: SecretKind, config: SdsSecretConfig, context: BuildContext): string | null {
  if (config.sdsConfig === undefined) return null
  // A rule requires it.
  const { path = '', watchedDirectory } = config.sdsConfig.configSourceSpecifier.value ?? {}
  return context.secretSource({ kind, name: config.name, path, watchedDirectory: watchedDirectory?.path ?? null })
}
