/**
 * What is known of an endpoint's health in this worker. Each kind of check sets its own flag; an endpoint is healthy
 * when none is set (`HealthFlag`, source/common/upstream/upstream_impl.h).
 */
export class HostHealth {
  readonly #onChange: () => void
  #failedActiveHealthCheck = false
  #ejected = false

  /** `onChange` is called after a flag has changed. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get isHealthy(): boolean {
    return !this.#failedActiveHealthCheck && !this.#ejected
  }

  /** Active health checks have failed. */
  get failedActiveHealthCheck(): boolean {
    return this.#failedActiveHealthCheck
  }

  set failedActiveHealthCheck(isSet: boolean) {
    if (this.#failedActiveHealthCheck === isSet) return
    this.#failedActiveHealthCheck = isSet
    this.#onChange()
  }

  /** Outlier detection has taken it out. */
  get ejected(): boolean {
    return this.#ejected
  }

  set ejected(isSet: boolean) {
    if (this.#ejected === isSet) return
    this.#ejected = isSet
    this.#onChange()
  }

  /** Flags as `/clusters` prints them; none = healthy. */
  get flags(): string[] {
    const active = this.#failedActiveHealthCheck ? ['/failed_active_hc'] : []
    return this.#ejected ? [...active, '/failed_outlier_check'] : active
  }
}
