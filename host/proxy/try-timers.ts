/** The timers of one attempt; only those of requests with such limits have any (source/common/router/upstream_request.cc). */
import { OwnedTimeout, type TimeoutPool } from './timeout-pool.ts'
import type { TryLimits } from './try-limits.ts'
import type { UpstreamAttempt } from './upstream-attempt.ts'

/** The stream whose request this is. */
export interface TryOwner {
  onTryTimeout(attempt: UpstreamAttempt): void
  onTryIdle(attempt: UpstreamAttempt): void
}

export class TryTimers {
  readonly #limits: TryLimits
  readonly #whole: OwnedTimeout
  readonly #idle: OwnedTimeout
  /** The whole request is on a connection: before that nothing is late. */
  #isRunning = false
  #isAnswered = false

  constructor(attempt: UpstreamAttempt, limits: TryLimits, owner: TryOwner, timeouts: TimeoutPool) {
    this.#limits = limits
    this.#whole = new OwnedTimeout(timeouts, () => owner.onTryTimeout(attempt))
    this.#idle = new OwnedTimeout(timeouts, () => owner.onTryIdle(attempt))
  }

  /** The whole request is on a connection. */
  start(): void {
    this.#isRunning = true
    if (this.#limits.whole > 0 && !this.#isAnswered) this.#whole.start(this.#limits.whole)
    this.touch()
  }

  /** The upstream has sent something. */
  touch(): void {
    if (this.#limits.idle > 0 && this.#isRunning) this.#idle.start(this.#limits.idle)
  }

  /** The answer begins. */
  onHead(): void {
    this.#isAnswered = true
    this.#whole.stop()
    this.touch()
  }

  stop(): void {
    this.#whole.stop()
    this.#idle.stop()
  }
}
