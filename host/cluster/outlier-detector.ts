/**
 * Takes endpoints out of a cluster and brings them back (source/common/upstream/outlier_detection_impl.cc). One worker
 * detects for all; the others count, tell it of limits, and hear of flags.
 */
import type { OutlierConfig, OutlierKind } from '../config/types.ts'
import { HostFlag, type SharedHost } from '../services/shared-hosts.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { OutlierMonitor, SuccessRate } from './outlier-monitor.ts'
import type { OutlierStats } from './outlier-stats.ts'

/** What a detector takes from its worker. */
export interface OutlierContext {
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
}

/** An endpoint as the detector knows it. */
export interface Watched {
  readonly shared: SharedHost
  readonly monitor: OutlierMonitor
  /** Ejections of late: each sweep without one takes one back. */
  ejections: number
  ejectedAt: number
  jitter: number
}

type Rates = readonly { readonly host: Watched; readonly rate: SuccessRate }[]

export class OutlierDetector {
  readonly #config: OutlierConfig
  readonly #stats: OutlierStats
  readonly #context: OutlierContext
  readonly #timer: Timer
  #hosts: readonly Watched[] = []
  /** What it has added to the gauge. */
  #counted = 0

  constructor(config: OutlierConfig, stats: OutlierStats, context: OutlierContext) {
    this.#config = config
    this.#stats = stats
    this.#context = context
    this.#timer = context.timers.create(() => this.#onInterval())
    this.#timer.arm(config.interval)
  }

  /** The endpoints from now on; those that are out stay out. */
  setHosts(hosts: readonly Watched[]): void {
    this.#hosts = hosts
    this.countActive()
  }

  /** Somebody has taken an endpoint out or brought one back: this detector, or that of the cluster before or after this one. */
  countActive(): void {
    const ejected = this.#ejected
    if (ejected === this.#counted) return
    this.#stats.active.add(ejected - this.#counted)
    this.#counted = ejected
  }

  stop(): void {
    this.#timer.stop()
    this.setHosts([])
  }

  /** A limit was reached, in this worker or another one. */
  onLimit(host: Watched, kind: OutlierKind): void {
    if (isEjected(host) || !this.#hosts.includes(host)) return
    this.#stats.countDetected(kind)
    this.#eject(host, kind)
  }

  /** Brings back a host that is out. */
  uneject(host: Watched): void {
    host.shared.change(0, HostFlag.Ejected)
  }

  get #ejected(): number {
    return this.#hosts.filter(isEjected).length
  }

  #eject(host: Watched, kind: OutlierKind): void {
    const { maxEjectionPercent, alwaysEjectOne, enforcing } = this.#config
    const ejected = this.#ejected
    const percent = (100 * (ejected + 1)) / this.#hosts.length
    if (percent > maxEjectionPercent && !(ejected === 0 && alwaysEjectOne)) return this.#stats.overflow.add(1)
    if (this.#context.random.fraction() * 100 >= enforcing[kind]) return
    this.#stats.countEnforced(kind)
    this.#markEjected(host)
  }

  /** Each further ejection lasts longer, up to the limit. */
  #markEjected(host: Watched): void {
    const { baseEjectionTime, maxEjectionTime, maxEjectionTimeJitter } = this.#config
    host.ejectedAt = this.#context.clock.monotonicMillis()
    host.jitter = this.#context.random.fraction() * maxEjectionTimeJitter
    if (host.ejections * baseEjectionTime < maxEjectionTime + baseEjectionTime) host.ejections++
    host.shared.change(HostFlag.Ejected, 0)
  }

  #onInterval(): void {
    const now = this.#context.clock.monotonicMillis()
    for (const host of this.#hosts) this.#review(host, now)
    const rates = this.#hosts.map((host) => ({ host, ...host.monitor.takeRates() }))
    const inside = rates.filter(({ host }) => !isEjected(host))
    this.#judge(
      inside.map(({ host, external }) => ({ host, rate: external })),
      'success_rate',
      'failure_percentage',
    )
    if (this.#config.splitsLocalOrigin) {
      this.#judge(
        inside.map(({ host, local }) => ({ host, rate: local })),
        'local_origin_success_rate',
        'local_origin_failure_percentage',
      )
    }
    this.#timer.arm(this.#config.interval)
  }

  /** Brings a host back when its time is over. */
  #review(host: Watched, now: number): void {
    if (!isEjected(host)) {
      if (host.ejections > 0) host.ejections--
      return
    }
    const { baseEjectionTime, maxEjectionTime } = this.#config
    const time = Math.min(baseEjectionTime * host.ejections, maxEjectionTime) + host.jitter
    if (now - host.ejectedAt >= time) this.uneject(host)
  }

  #judge(rates: Rates, outlier: OutlierKind, failing: OutlierKind): void {
    const { successRate, failurePercentage } = this.#config
    const compared = rates.filter(({ rate }) => rate.volume >= successRate.requestVolume)
    if (compared.length > 0 && this.#hosts.length >= successRate.minimumHosts) this.#ejectOutliers(compared, outlier)
    const judged = rates.filter(({ rate }) => rate.volume >= failurePercentage.requestVolume)
    if (judged.length === 0 || judged.length < failurePercentage.minimumHosts) return
    for (const { host, rate } of judged) if (100 - rate.rate >= failurePercentage.threshold) this.onLimit(host, failing)
  }

  /** Those whose rate is too far below the mean. */
  #ejectOutliers(rates: Rates, kind: OutlierKind): void {
    const mean = rates.reduce((sum, { rate }) => sum + rate.rate, 0) / rates.length
    const variance = rates.reduce((sum, { rate }) => sum + (rate.rate - mean) ** 2, 0) / rates.length
    const least = mean - this.#config.successRate.stdevFactor * Math.sqrt(variance)
    for (const { host, rate } of rates) if (rate.rate < least) this.onLimit(host, kind)
  }
}

function isEjected(host: Watched): boolean {
  return host.shared.hasFlag(HostFlag.Ejected)
}
