/** Statistics of a listener's connections: `listener.<address>.…` and the same again for its connection manager. */
import type { Counter, Gauge, Histogram } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

export class DownstreamStats {
  readonly #totals: readonly Counter[]
  readonly #active: readonly Gauge[]
  readonly #destroyed: readonly Counter[]
  readonly #lengths: readonly Histogram[]
  readonly idleTimeouts: Counter
  readonly maxRequestsReached: Counter
  readonly drainCloses: Counter

  /** `listener` is the statistics name of the listener, `http` the connection manager's `stat_prefix`. */
  constructor(stats: StatsStore, listener: string, http: string) {
    const prefixes = [`listener.${listener}.downstream_cx_`, `http.${http}.downstream_cx_`]
    const http1 = `http.${http}.downstream_cx_http1_`
    this.#totals = [...prefixes, http1].map((prefix) => stats.counter(`${prefix}total`))
    this.#active = [...prefixes, http1].map((prefix) => stats.gauge(`${prefix}active`))
    this.#destroyed = prefixes.map((prefix) => stats.counter(`${prefix}destroy`))
    this.#lengths = prefixes.map((prefix) => stats.histogram(`${prefix}length_ms`))
    this.idleTimeouts = stats.counter(`http.${http}.downstream_cx_idle_timeout`)
    this.maxRequestsReached = stats.counter(`http.${http}.downstream_cx_max_requests_reached`)
    this.drainCloses = stats.counter(`http.${http}.downstream_cx_drain_close`)
  }

  opened(): void {
    for (const counter of this.#totals) counter.add(1)
    for (const gauge of this.#active) gauge.add(1)
  }

  closed(lengthMillis: number): void {
    for (const counter of this.#destroyed) counter.add(1)
    for (const gauge of this.#active) gauge.add(-1)
    for (const histogram of this.#lengths) histogram.record(Math.round(lengthMillis))
  }
}
