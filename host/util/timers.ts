/**
 * Timers that are made once and armed often (hot). A connection or stream keeps its timers; arming one per
 * request costs a comparison, because the running system timer is only replaced when it would fire too late.
 */
import type { Clock } from './clock.ts'

/** One restartable timer. */
export interface Timer {
  /** Fires once after `millis`; a running timer is restarted. */
  arm(millis: number): void
  /** It does not fire; harmless when it does not run. */
  disarm(): void
  /** As {@link disarm}, by an owner that is gone: nothing of timer and owner is kept. */
  stop(): void
}

/** Makes timers; the harness has one that runs on virtual time. */
export interface Timers {
  create(callback: () => void): Timer
}

/** The system's timers know no longer ones: they would fire at once. */
const MAX_SLEEP = 2 ** 31 - 1

class SystemTimer implements Timer {
  /** Monotonic milliseconds at which to fire; 0 = disarmed. */
  deadline = 0
  /** Monotonic milliseconds at which the system timer wakes us; 0 = none runs. */
  wakeAt = 0
  handle: NodeJS.Timeout | null = null
  readonly callback: () => void
  readonly clock: Clock

  constructor(callback: () => void, clock: Clock) {
    this.callback = callback
    this.clock = clock
  }

  arm(millis: number): void {
    const deadline = this.clock.monotonicMillis() + millis
    this.deadline = deadline
    if (this.wakeAt !== 0 && this.wakeAt <= deadline) return
    this.#sleep(millis)
  }

  /**
   * Leaves the system timer running: it finds nothing to do, or a later deadline to sleep for. Until then it holds whoever made the
   * timer, which is why {@link stop} is there.
   */
  disarm(): void {
    this.deadline = 0
  }

  stop(): void {
    this.deadline = 0
    this.wakeAt = 0
    if (this.handle !== null) clearTimeout(this.handle)
    this.handle = null
  }

  #sleep(millis: number): void {
    if (this.handle !== null) clearTimeout(this.handle)
    const sleep = Math.min(millis, MAX_SLEEP)
    this.wakeAt = this.clock.monotonicMillis() + sleep
    this.handle = setTimeout(() => this.#wake(), Math.max(1, Math.ceil(sleep)))
    this.handle.unref()
  }

  #wake(): void {
    this.handle = null
    this.wakeAt = 0
    if (this.deadline === 0) return
    const left = this.deadline - this.clock.monotonicMillis()
    if (left > 0) return this.#sleep(left)
    this.deadline = 0
    this.callback()
  }
}

/** Timers of the machine. They never keep the process alive: sockets do. */
export function systemTimers(clock: Clock): Timers {
  return { create: (callback) => new SystemTimer(callback, clock) }
}
