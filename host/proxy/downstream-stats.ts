/** Statistics of a listener's connections. */
import type { Counter, Gauge, Histogram } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { CodecName } from './codec-choice.ts'

/** What is counted of every connection, once under each prefix: `listener.<address>.downstream_cx_`. */
export class DownstreamStats {
  readonly #totals: readonly Counter[]
  readonly #active: readonly Gauge[]
  readonly #destroyed: readonly Counter[]
  readonly #lengths: readonly Histogram[]

  constructor(stats: StatsStore, prefixes: readonly string[]) {
    this.#totals = prefixes.map((prefix) => stats.counter(`${prefix}total`))
    this.#active = prefixes.map((prefix) => stats.gauge(`${prefix}active`))
    this.#destroyed = prefixes.map((prefix) => stats.counter(`${prefix}destroy`))
    this.#lengths = prefixes.map((prefix) => stats.histogram(`${prefix}length_ms`))
  }

  /** The connection has a filter chain. */
  opened(_isSecured: boolean): void {
    for (const counter of this.#totals) counter.add(1)
    for (const gauge of this.#active) gauge.add(1)
  }

  closed(lengthMillis: number, _isSecured: boolean): void {
    for (const counter of this.#destroyed) counter.add(1)
    for (const gauge of this.#active) gauge.add(-1)
    for (const histogram of this.#lengths) histogram.record(Math.round(lengthMillis))
  }
}

/** Those of HTTP connections, which the connection manager counts again. */
export class HttpDownstreamStats extends DownstreamStats {
  readonly idleTimeouts: Counter
  readonly maxRequestsReached: Counter
  readonly maxDurationReached: Counter
  readonly drainCloses: Counter
  readonly #codecs: Readonly<Record<CodecName, CodecStats>>
  readonly #securedTotal: Counter
  readonly #securedActive: Gauge

  /** `listener` is the statistics name of the listener, `http` the connection manager's `stat_prefix`. */
  constructor(stats: StatsStore, listener: string, http: string) {
    const prefix = `http.${http}.downstream_cx_`
    super(stats, [`listener.${listener}.downstream_cx_`, prefix])
    this.#codecs = { HTTP1: codecStats(stats, `${prefix}http1_`), HTTP2: codecStats(stats, `${prefix}http2_`) }
    this.idleTimeouts = stats.counter(`${prefix}idle_timeout`)
    this.maxRequestsReached = stats.counter(`${prefix}max_requests_reached`)
    this.maxDurationReached = stats.counter(`${prefix}max_duration_reached`)
    this.drainCloses = stats.counter(`${prefix}drain_close`)
    this.#securedTotal = stats.counter(`${prefix}ssl_total`)
    this.#securedActive = stats.gauge(`${prefix}ssl_active`)
  }

  override opened(isSecured: boolean): void {
    super.opened(isSecured)
    if (!isSecured) return
    this.#securedTotal.add(1)
    this.#securedActive.add(1)
  }

  override closed(lengthMillis: number, isSecured: boolean): void {
    super.closed(lengthMillis, isSecured)
    if (isSecured) this.#securedActive.add(-1)
  }

  /** The connection speaks this from now on. */
  codecOpened(name: CodecName): void {
    this.#codecs[name].total.add(1)
    this.#codecs[name].active.add(1)
  }

  codecClosed(name: CodecName): void {
    this.#codecs[name].active.add(-1)
  }
}

interface CodecStats {
  readonly total: Counter
  readonly active: Gauge
}

function codecStats(stats: StatsStore, prefix: string): CodecStats {
  return { total: stats.counter(`${prefix}total`), active: stats.gauge(`${prefix}active`) }
}
