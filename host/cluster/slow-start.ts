/**
 * Lets an endpoint that has become healthy take its share by and by
 * (source/extensions/load_balancing_policies/common/load_balancer_impl.cc, EdfLoadBalancerBase).
 */
import type { SlowStartConfig } from '../config/types.ts'
import type { Clock } from '../util/clock.ts'
import type { Endpoint } from './endpoint.ts'

export class SlowStart {
  readonly #config: SlowStartConfig
  readonly #clock: Clock

  constructor(config: SlowStartConfig, clock: Clock) {
    this.#config = config
    this.#clock = clock
  }

  /** True while one of the endpoints has not yet its whole share. */
  concerns(endpoints: readonly Endpoint[]): boolean {
    const since = this.#clock.monotonicMillis() - this.#config.window
    return endpoints.some(({ health, healthySince }) => health.isHealthy && healthySince >= 0 && healthySince >= since)
  }

  /** The part of its weight that the endpoint has now, from 0 to 1 (hot while anybody starts slowly). */
  partOf({ health, healthySince }: Endpoint): number {
    const { window, aggression, minPart } = this.#config
    const time = Math.floor(this.#clock.monotonicMillis() - healthySince)
    if (healthySince < 0 || time >= window || !health.isHealthy) return 1
    const share = Math.max(1, time) / window
    return Math.max(aggression === 1 ? share : share ** (1 / aggression), minPart)
  }
}
