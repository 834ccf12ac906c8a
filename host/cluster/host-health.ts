/** What is known of an endpoint's health: what the configuration says, and what all workers know together. */
import type { EndpointConfig } from '../config/types.ts'
import { HostFlag, type SharedHost } from '../services/shared-hosts.ts'

/** Sent to whoever checks when an answer to a request says that the endpoint is unhealthy. */
export const PASSIVE_FAILURE = 64

/** Who watches an endpoint. */
export interface HealthWatch {
  /** Null = nobody, or there was no more room. */
  readonly shared: SharedHost | null
  /** Health checks ask it. */
  readonly isChecked: boolean
  /** Outlier detection may take it out. */
  readonly isDetected: boolean
  /** It does not count before its first check. */
  readonly isIgnoredUnchecked: boolean
}

export const UNWATCHED: HealthWatch = { shared: null, isChecked: false, isDetected: false, isIgnoredUnchecked: false }

export interface HealthChange {
  /** Load is shared otherwise. */
  readonly isOther: boolean
  /** Checks find it well now, and did not before. */
  readonly hasPassedCheck: boolean
}

/** An endpoint is healthy when nothing speaks against it (`HealthFlag`, source/common/upstream/upstream_impl.h). */
export class HostHealth {
  readonly #configured: EndpointConfig['health']
  readonly #watch: HealthWatch
  /** Its name has no such address any more; it stays while it is healthy. */
  isLeaving = false
  #noted: number

  constructor(configured: EndpointConfig['health'], watch: HealthWatch) {
    this.#configured = configured
    this.#watch = watch
    this.#noted = this.#state
  }

  get shared(): SharedHost | null {
    return this.#watch.shared
  }

  /** What has changed since the last call. */
  note(): HealthChange {
    const changed = this.#noted ^ this.#state
    this.#noted ^= changed
    return { isOther: changed !== 0, hasPassedCheck: (changed & 8) !== 0 && !this.hasFailedCheck }
  }

  get isHealthy(): boolean {
    return this.#isUsable && this.#configured === 'HEALTHY' && !this.#has(HostFlag.CheckDegraded)
  }

  /** It takes requests when healthy endpoints are not enough. */
  get isDegraded(): boolean {
    return this.#isUsable && (this.#configured === 'DEGRADED' || this.#has(HostFlag.CheckDegraded))
  }

  /** It does not even count as unhealthy. */
  get isExcluded(): boolean {
    return this.#isPending || this.#has(HostFlag.LeftOut)
  }

  /** Health checks do not find it well. */
  get hasFailedCheck(): boolean {
    return this.#watch.isChecked && !this.#has(HostFlag.CheckPassed)
  }

  /** Outlier detection has taken it out. */
  get isEjected(): boolean {
    return this.#has(HostFlag.Ejected)
  }

  /** Health checks decide over it, and its answers to requests may say something to them (hot). */
  get isChecked(): boolean {
    return this.#watch.isChecked
  }

  /** An answer to a request says that it is unhealthy: it is left out until a check is passed. */
  failAtOnce(): void {
    const { shared } = this.#watch
    shared?.change(HostFlag.LeftOut, 0)
    shared?.sendEvent(PASSIVE_FAILURE)
  }

  /** Flags as `/clusters` prints them; none = healthy. */
  get flags(): string[] {
    const flags = {
      '/failed_active_hc': this.hasFailedCheck,
      '/failed_outlier_check': this.isEjected,
      '/failed_eds_health': this.#configured === 'UNHEALTHY' || this.#configured === 'DRAINING',
      '/degraded_active_hc': this.#has(HostFlag.CheckDegraded),
      '/degraded_eds_health': this.#configured === 'DEGRADED',
      '/pending_dynamic_removal': this.isLeaving,
      '/pending_active_hc': this.#isPending,
      '/excluded_via_immediate_hc_fail': this.#has(HostFlag.LeftOut),
      '/active_hc_timeout': this.#has(HostFlag.CheckTimedOut),
      '/eds_status_draining': this.#configured === 'DRAINING',
    }
    return Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []))
  }

  /** One bit for each thing that decides over load. */
  get #state(): number {
    return (this.isHealthy ? 1 : 0) | (this.isDegraded ? 2 : 0) | (this.isExcluded ? 4 : 0) | (this.hasFailedCheck ? 8 : 0)
  }

  get #isUsable(): boolean {
    return !this.hasFailedCheck && !this.isEjected && this.#configured !== 'UNHEALTHY' && this.#configured !== 'DRAINING'
  }

  get #isPending(): boolean {
    const { isChecked, isIgnoredUnchecked } = this.#watch
    return isChecked && isIgnoredUnchecked && !this.#has(HostFlag.Checked)
  }

  /** Only with somebody who clears the flag, too: a cluster of the same name that had more to watch over it may have left it. */
  #has(flag: number): boolean {
    const { shared, isChecked, isDetected } = this.#watch
    const counts = flag === HostFlag.Ejected ? isDetected : isChecked
    return counts && shared !== null && shared.hasFlag(flag)
  }
}
