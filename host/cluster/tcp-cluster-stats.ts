/** Statistics that only connections without a protocol count: `cluster.<name>.upstream_cx_…` and flow control. */
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

export class TcpClusterStats {
  readonly receivedBytes: Counter
  readonly sentBytes: Counter
  readonly attemptsExceeded: Counter
  readonly #destroyedLocal: Counter
  readonly #destroyedRemote: Counter
  readonly #busyLocal: Counter
  readonly #busyRemote: Counter

  /** `name` is the cluster's name in statistics. */
  constructor(stats: StatsStore, name: string) {
    const prefix = `cluster.${name}.upstream_cx_`
    this.receivedBytes = stats.counter(`${prefix}rx_bytes_total`)
    this.sentBytes = stats.counter(`${prefix}tx_bytes_total`)
    this.attemptsExceeded = stats.counter(`${prefix}connect_attempts_exceeded`)
    this.#destroyedLocal = stats.counter(`${prefix}destroy_local`)
    this.#destroyedRemote = stats.counter(`${prefix}destroy_remote`)
    this.#busyLocal = stats.counter(`${prefix}destroy_local_with_active_rq`)
    this.#busyRemote = stats.counter(`${prefix}destroy_remote_with_active_rq`)
  }

  /** A connection is gone: by the peer's doing or ours, in use or never connected. */
  countEnd(byPeer: boolean, wasBusy: boolean): void {
    const [destroyed, busy] = byPeer ? [this.#destroyedRemote, this.#busyRemote] : [this.#destroyedLocal, this.#busyLocal]
    destroyed.add(1)
    if (wasBusy) busy.add(1)
  }
}
