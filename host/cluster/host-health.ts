import type { EndpointConfig } from '../config/types.ts'

/**
 * What is known of an endpoint's health in this worker. Each kind of check sets its own flag; an endpoint is healthy
 * when none is set (`HealthFlag`, source/common/upstream/upstream_impl.h).
 */
export class HostHealth {
  readonly #onChange: () => void
  #failedActiveHealthCheck = false
  #ejected = false
  readonly #configured: EndpointConfig['health']

  /** `configured` is what the configuration says; `onChange` is called after a flag has changed. */
  constructor(configured: EndpointConfig['health'], onChange: () => void) {
    this.#configured = configured
    this.#onChange = onChange
  }

  get isHealthy(): boolean {
    return this.#isUsable && this.#configured === 'HEALTHY'
  }

  /** It takes requests when healthy endpoints are not enough. */
  get isDegraded(): boolean {
    return this.#isUsable && this.#configured === 'DEGRADED'
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
    const flags = {
      '/failed_active_hc': this.#failedActiveHealthCheck,
      '/failed_outlier_check': this.#ejected,
      '/failed_eds_health': this.#configured === 'UNHEALTHY' || this.#configured === 'DRAINING',
      '/degraded_eds_health': this.#configured === 'DEGRADED',
      '/eds_status_draining': this.#configured === 'DRAINING',
    }
    return Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []))
  }

  get #isUsable(): boolean {
    return !this.#failedActiveHealthCheck && !this.#ejected
  }
}
