/**
 * The further attempts of one request: decides and waits (source/common/router/retry_state_impl.cc). Only requests that may
 * be tried again have one.
 */
import type { CircuitBreakers } from '../cluster/circuit-breakers.ts'
import type { ClusterStats } from '../cluster/cluster-stats.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import type { PickContext } from '../cluster/load-balancer.ts'
import type { MetadataMatchConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag } from '../http/stream-info.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { RetryState } from './retry-state.ts'
import { OwnedTimeout, type TimeoutPool } from './timeout-pool.ts'
import type { Uint64 } from '../util/uint64.ts'

/** The stream whose request this is. */
export interface RetryOwner {
  /** Time for the next attempt, which goes where `pick` says. */
  onRetry(pick: PickContext): void
}

export interface RetryContext {
  readonly timeouts: TimeoutPool
  readonly random: Random
  readonly clock: Clock
}

export class Retry implements PickContext {
  readonly state: RetryState
  readonly #stats: ClusterStats
  readonly #breaker: CircuitBreakers['retries']
  readonly #context: RetryContext
  readonly #wait: OwnedTimeout
  readonly #tried: Endpoint[] = []
  /** What the request asked for at its first attempt. */
  readonly #first: PickContext
  readonly #owner: RetryOwner
  #holdsBreaker = false
  /** Another attempt follows after a while. */
  isWaiting = false
  /** The newest one, from 1. */
  attempt = 1

  constructor(
    state: RetryState,
    stats: ClusterStats,
    breakers: CircuitBreakers,
    first: PickContext,
    owner: RetryOwner,
    context: RetryContext,
  ) {
    this.state = state
    this.#stats = stats
    this.#breaker = breakers.retries
    this.#context = context
    this.#first = first
    this.#owner = owner
    this.#wait = new OwnedTimeout(context.timeouts, () => this.#onWaited())
  }

  get hash(): Uint64 | null {
    return this.#first.hash
  }

  get headers(): HeaderMap | null {
    return this.#first.headers
  }

  get metadataMatch(): MetadataMatchConfig | null {
    return this.#first.metadataMatch
  }

  get maxRepicks(): number {
    return this.attempt === 1 ? 0 : this.state.config.repicks
  }

  refuses(endpoint: Endpoint): boolean {
    return this.state.config.avoidsTriedEndpoints && this.#tried.includes(endpoint)
  }

  /** An attempt goes to this endpoint. */
  note(endpoint: Endpoint): void {
    this.#tried.push(endpoint)
  }

  /** Null when another attempt follows after a while, which `answer` may name; else the response flag that says why none does. */
  schedule(answer: HeaderMap | null): number | null {
    const stats = this.#stats
    this.#release()
    if (!this.state.take()) {
      stats.rqRetryLimitExceeded.add(1)
      return ResponseFlag.UpstreamRetryLimitExceeded
    }
    if (!this.#breaker.tryTake()) {
      stats.rqRetryOverflow.add(1)
      return ResponseFlag.UpstreamOverflow
    }
    this.#holdsBreaker = true
    this.isWaiting = true
    stats.rqRetry.add(1)
    this.#wait.start(Math.max(1, this.#nextDelay(answer)))
    return null
  }

  /** The attempt was answered as it should. */
  onSuccess(): void {
    if (this.#holdsBreaker) this.#stats.rqRetrySuccess.add(1)
    this.#release()
  }

  /** Nothing of it is needed any more; harmless when repeated. */
  end(): void {
    this.#wait.stop()
    this.isWaiting = false
    this.#release()
  }

  #nextDelay(answer: HeaderMap | null): number {
    const { random, clock } = this.#context
    const wanted = answer === null ? null : this.state.wantedDelay(answer, clock.wallMillis())
    const counter = wanted === null ? this.#stats.rqRetryBackoff : this.#stats.rqRetryBackoffLimited
    counter.add(1)
    return wanted === null ? this.state.nextDelay(random) : wanted + Math.floor((random.fraction() * wanted) / 2)
  }

  #onWaited(): void {
    this.isWaiting = false
    this.attempt++
    this.#owner.onRetry(this)
  }

  #release(): void {
    if (this.#holdsBreaker) this.#breaker.release()
    this.#holdsBreaker = false
  }
}
