/**
 * The circuit breakers of a cluster (hot). Their counts are gauges in the shared store, so that the limits hold for all
 * workers together, as in Envoy (source/common/upstream/resource_manager_impl.h).
 */
import type { BreakerConfig } from '../config/types.ts'
import type { Gauge } from '../stats/metrics.ts'
import { BREAKERS, type ClusterStats, type Priority } from './cluster-stats.ts'

/** One limited resource: a count, its limit, and the gauge that shows whether the limit is reached. */
export class Breaker {
  readonly #active: Gauge
  readonly #total: Gauge | null
  readonly #limit: number
  readonly #open: Gauge
  readonly #remaining: Gauge | null
  #isOpen = false

  /** `total` counts those of every priority, null = `active` is that; `remaining` shows what is left of the limit, null = nobody asks. */
  constructor(active: Gauge, total: Gauge | null, limit: number, open: Gauge, remaining: Gauge | null) {
    this.#active = active
    this.#total = total
    this.#limit = limit
    this.#open = open
    this.#remaining = remaining
    this.#showRemaining()
  }

  /** How many there are. */
  get count(): number {
    return this.#active.value()
  }

  /** The limit is not reached. */
  get hasRoom(): boolean {
    return this.#active.value() < this.#limit
  }

  /** Takes one unless the limit is reached. Workers that ask in the same moment may pass it by one each, as in Envoy. */
  tryTake(): boolean {
    if (!this.hasRoom) return false
    this.take()
    return true
  }

  /** Takes one even beyond the limit. */
  take(): void {
    this.#add(1)
    if (!this.hasRoom) this.#setOpen(true)
  }

  release(): void {
    this.#add(-1)
    if (this.#isOpen && this.hasRoom) this.#setOpen(false)
  }

  #add(count: number): void {
    this.#active.add(count)
    if (this.#total !== null) this.#total.add(count)
    this.#showRemaining()
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

/** Limits retries by the requests that there are. */
class RetryBudget {
  readonly #retries: Breaker
  readonly #breakers: CircuitBreakers
  readonly #percent: number
  readonly #minimum: number

  constructor(breakers: CircuitBreakers, retries: Breaker, { percent, minimum }: NonNullable<BreakerConfig['retryBudget']>) {
    this.#breakers = breakers
    this.#retries = retries
    this.#percent = percent
    this.#minimum = minimum
  }

  tryTake(): boolean {
    const { requests, pendingRequests } = this.#breakers
    const limit = Math.max(Math.floor((this.#percent / 100) * (requests.count + pendingRequests.count)), this.#minimum)
    if (this.#retries.count >= limit) return false
    this.#retries.take()
    return true
  }

  release(): void {
    this.#retries.release()
  }
}

/** Those of one priority. */
export class CircuitBreakers {
  readonly connections: Breaker
  readonly pendingRequests: Breaker
  readonly requests: Breaker
  readonly retries: Pick<Breaker, 'tryTake' | 'release'>
  readonly connectionPools: Breaker

  /** `isAlone`: the cluster has no other priority. */
  constructor(config: BreakerConfig, priority: Priority, isAlone: boolean, stats: ClusterStats) {
    const make = (kind: keyof typeof BREAKERS, total: Gauge | null, limit: number): Breaker => {
      const remaining = config.tracksRemaining && limit !== Infinity ? stats.remaining(priority, kind) : null
      const open = stats.open(priority, kind)
      if (isAlone && total !== null) return new Breaker(total, null, limit, open, remaining)
      return new Breaker(stats.countOf(priority, kind), total, limit, open, remaining)
    }
    this.connections = make('connections', stats.cxActive, config.maxConnections)
    this.pendingRequests = make('pendingRequests', stats.rqPendingActive, config.maxPendingRequests)
    this.requests = make('requests', stats.rqActive, config.maxRequests)
    const retries = make('retries', stats.rqRetryActive, config.maxRetries)
    this.connectionPools = make('connectionPools', null, config.maxConnectionPools)
    this.retries = config.retryBudget === null ? retries : new RetryBudget(this, retries, config.retryBudget)
  }
}
