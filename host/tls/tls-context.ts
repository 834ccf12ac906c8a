import type { SecretStats } from './secret-stats.ts'
import type { TlsSecrets } from './tls-secrets.ts'
import type { TlsStats } from './tls-stats.ts'

/** Around the TLS of a filter chain or of a cluster. */
export interface TlsContext {
  readonly stats: TlsStats
  readonly secretStats: SecretStats
  readonly secrets: TlsSecrets
}
