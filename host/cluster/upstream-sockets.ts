/** Opens sockets to the endpoints of a cluster. */
import { connect, type Socket } from 'node:net'
import type { ClusterConfig } from '../config/types.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ConnectionOwner } from './connector.ts'
import { TlsStats } from '../tls/tls-stats.ts'
import { UpstreamTls } from '../tls/upstream-tls.ts'

export class UpstreamSockets {
  readonly #tls: UpstreamTls | null

  /** `statName` is the cluster's name in statistics. */
  constructor({ tls }: ClusterConfig, statName: string, stats: StatsStore) {
    this.#tls = tls === null ? null : new UpstreamTls(tls, new TlsStats(stats, `cluster.${statName}`))
  }

  /** `host` is an IP literal or the path of a socket file. TLS offers `protocol` unless it is ''. */
  open(host: string, port: number, protocol: string, onread: SocketRead, owner: ConnectionOwner): Socket {
    const place = host.includes('/') ? { path: host } : { host, port, noDelay: true }
    // Only bytes without a protocol have halves.
    const options = { ...place, onread, allowHalfOpen: protocol === '' }
    return this.#tls === null ? connect(options) : this.#tls.connect(options, protocol, (tls) => void (owner.tls = tls))
  }
}
