/**
 * Timers that streams borrow (hot): a stream that needs its timeout takes a timer that an earlier stream gave back, so
 * that arming costs no system timer per request (see util/timers.ts).
 */
import type { Timer, Timers } from '../util/timers.ts'

export interface TimeoutOwner {
  onTimeout(): void
}

/** One timer of the pool; its owner holds it until `release`. */
export class Timeout {
  readonly #timer: Timer
  #owner: TimeoutOwner | null = null

  constructor(timers: Timers) {
    this.#timer = timers.create(() => this.#owner?.onTimeout())
  }

  start(owner: TimeoutOwner, millis: number): void {
    this.#owner = owner
    this.#timer.arm(millis)
  }

  stop(): void {
    this.#owner = null
    this.#timer.disarm()
  }

  /** It serves nobody any more. */
  end(): void {
    this.#owner = null
    this.#timer.stop()
  }
}

/** More free timers than this are given to the garbage collector. */
const MAX_FREE = 1024

/** A time limit that its owner starts and stops; it holds a timer of the pool while it runs. */
export class OwnedTimeout implements TimeoutOwner {
  readonly #pool: TimeoutPool
  readonly #onTimeout: () => void
  #timeout: Timeout | null = null

  constructor(pool: TimeoutPool, onTimeout: () => void) {
    this.#pool = pool
    this.#onTimeout = onTimeout
  }

  start(millis: number): void {
    this.stop()
    this.#timeout = this.#pool.start(this, millis)
  }

  stop(): void {
    if (this.#timeout !== null) this.#pool.release(this.#timeout)
    this.#timeout = null
  }

  onTimeout(): void {
    this.stop()
    this.#onTimeout()
  }
}

export class TimeoutPool {
  readonly #timers: Timers
  readonly #free: Timeout[] = []

  constructor(timers: Timers) {
    this.#timers = timers
  }

  start(owner: TimeoutOwner, millis: number): Timeout {
    const timeout = this.#free.pop() ?? new Timeout(this.#timers)
    timeout.start(owner, millis)
    return timeout
  }

  release(timeout: Timeout): void {
    if (this.#free.length >= MAX_FREE) return timeout.end()
    timeout.stop()
    this.#free.push(timeout)
  }
}
