/** Statistics of contexts with secrets (source/common/tls/ssl_socket.h, `ALL_SSL_SOCKET_FACTORY_STATS`). */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

/** Why a connection ends before its handshake. */
export const NO_SECRET = 'TLS error: Secret is not supplied by SDS'

export class SecretStats {
  /** The context was made anew. */
  readonly updates: Counter
  /** Connections that ended because there was no secret yet. */
  readonly downstreamNotReady: Counter
  readonly upstreamNotReady: Counter

  /** `owner`: `listener.<address>.server` or `cluster.<name>.client`. */
  constructor(stats: StatsStore, owner: string) {
    const counter = (name: string): Counter => stats.counter(`${owner}_ssl_socket_factory.${name}`)
    this.updates = counter('ssl_context_update_by_sds')
    this.downstreamNotReady = counter('downstream_context_secrets_not_ready')
    this.upstreamNotReady = counter('upstream_context_secrets_not_ready')
  }
}
