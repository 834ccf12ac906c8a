/**
 * What the workers see of one endpoint's answers, as outlier detection counts it (hot: once per answer). Counts are those
 * of all workers; when one reaches its limit, whoever detects is told
 * (source/extensions/outlier_detection, DetectorHostMonitorImpl).
 */
import type { OutlierConfig, OutlierKind } from '../config/types.ts'
import type { SharedHost } from '../services/shared-hosts.ts'

/** Counters of a shared host. */
const IN_A_ROW_5XX = 0
const IN_A_ROW_GATEWAY = 1
const IN_A_ROW_LOCAL = 2
const SUCCESSES = 3
const ANSWERS = 4
const LOCAL_SUCCESSES = 5
const LOCAL_ATTEMPTS = 6

/** Limits that are reached in a row, as numbers that threads send each other. */
export const LIMIT_EVENTS: readonly OutlierKind[] = [
  'consecutive_5xx',
  'consecutive_gateway_failure',
  'consecutive_local_origin_failure',
]

/** Share of an interval's answers that were good. */
export interface SuccessRate {
  readonly volume: number
  /** Percent. */
  readonly rate: number
}

export class OutlierMonitor {
  readonly #host: SharedHost
  readonly #config: OutlierConfig
  /** Told when a limit in a row is reached, in any worker. */
  readonly #onLimit: (kind: OutlierKind) => void

  constructor(host: SharedHost, config: OutlierConfig, onLimit: (kind: OutlierKind) => void) {
    this.#host = host
    this.#config = config
    this.#onLimit = onLimit
  }

  /** The endpoint has answered with a status. */
  onStatus(status: number): void {
    const host = this.#host
    host.count(ANSWERS)
    if (status < 500) {
      host.count(SUCCESSES)
      host.take(IN_A_ROW_5XX)
      host.take(IN_A_ROW_GATEWAY)
      return
    }
    const { consecutive5xx, consecutiveGatewayFailure } = this.#config
    if (status < 502 || status > 504) host.take(IN_A_ROW_GATEWAY)
    else if (host.count(IN_A_ROW_GATEWAY) === consecutiveGatewayFailure) this.#reach(IN_A_ROW_GATEWAY)
    if (host.count(IN_A_ROW_5XX) === consecutive5xx) this.#reach(IN_A_ROW_5XX)
  }

  /** There was no answer: `status` is what stands for it, 503 without a connection, 504 too late. */
  onLocalFailure(status: number): void {
    const { splitsLocalOrigin, consecutiveLocalOriginFailure } = this.#config
    if (!splitsLocalOrigin) return this.onStatus(status)
    this.#host.count(LOCAL_ATTEMPTS)
    if (this.#host.count(IN_A_ROW_LOCAL) === consecutiveLocalOriginFailure) this.#reach(IN_A_ROW_LOCAL)
  }

  /** There is a connection; only counted apart from answers. */
  onLocalSuccess(): void {
    if (!this.#config.splitsLocalOrigin) return
    this.#host.count(LOCAL_ATTEMPTS)
    this.#host.count(LOCAL_SUCCESSES)
    this.#host.take(IN_A_ROW_LOCAL)
  }

  /** What was counted since the last call: answers, and attempts to connect. */
  takeRates(): { readonly external: SuccessRate; readonly local: SuccessRate } {
    const external = rateOf(this.#host.take(SUCCESSES), this.#host.take(ANSWERS))
    return { external, local: rateOf(this.#host.take(LOCAL_SUCCESSES), this.#host.take(LOCAL_ATTEMPTS)) }
  }

  #reach(counter: number): void {
    this.#host.take(counter)
    this.#onLimit(LIMIT_EVENTS[counter]!)
  }
}

function rateOf(successes: number, volume: number): SuccessRate {
  return { volume, rate: volume === 0 ? 0 : (100 * successes) / volume }
}
