/**
 * The default-priority circuit breakers of a cluster (hot). Their counts are the cluster's gauges in the shared store,
 * so that the limits hold for all workers together, as in Envoy (source/common/upstream/resource_manager_impl.h).
 */
import type { BreakerConfig } from '../config/types.ts'
import type { Gauge } from '../stats/metrics.ts'
import type { ClusterStats } from './cluster-stats.ts'

/** One limited resource: a count, its limit, and the gauge that shows whether the limit is reached. */
export class Breaker {
  readonly #active: Gauge
  readonly #limit: number
  readonly #open: Gauge
  readonly #remaining: Gauge | null
  #isOpen = false

  /** `remaining` shows what is left of the limit; null = nobody asks. */
  constructor(active: Gauge, limit: number, open: Gauge, remaining: Gauge | null) {
    this.#active = active
    this.#limit = limit
    this.#open = open
    this.#remaining = remaining
    this.#showRemaining()
  }

  /** Takes one unless the limit is reached. Workers that ask in the same moment may pass it by one each, as in Envoy. */
  tryTake(): boolean {
    const active = this.#active.value()
    if (active >= this.#limit) return false
    this.#active.add(1)
    this.#showRemaining()
    if (active + 1 >= this.#limit) this.#setOpen(true)
    return true
  }

  /** Takes one even beyond the limit. */
  take(): void {
    this.#active.add(1)
    this.#showRemaining()
  }

  release(): void {
    this.#active.add(-1)
    this.#showRemaining()
    if (this.#isOpen && this.#active.value() < this.#limit) this.#setOpen(false)
  }

  #showRemaining(): void {
    if (this.#remaining !== null) this.#remaining.set(Math.max(0, this.#limit - this.#active.value()))
  }

  #setOpen(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return
    this.#isOpen = isOpen
    this.#open.set(isOpen ? 1 : 0)
  }
}

export class CircuitBreakers {
  readonly connections: Breaker
  readonly pendingRequests: Breaker
  readonly requests: Breaker
  readonly retries: Breaker

  constructor(config: BreakerConfig, stats: ClusterStats) {
    const left = (limited: 'cx' | 'pending' | 'rq' | 'retries'): Gauge | null =>
      config.tracksRemaining ? stats.remaining(limited) : null
    this.connections = new Breaker(stats.cxActive, config.maxConnections, stats.cxOpen, left('cx'))
    this.pendingRequests = new Breaker(stats.rqPendingActive, config.maxPendingRequests, stats.rqPendingOpen, left('pending'))
    this.requests = new Breaker(stats.rqActive, config.maxRequests, stats.rqOpen, left('rq'))
    this.retries = new Breaker(stats.rqRetryActive, config.maxRetries, stats.rqRetryOpen, left('retries'))
  }
}
