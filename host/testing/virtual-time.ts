/**
 * Time that stands still until a test moves it: clock, timers and "soon" of a test host. Everything due at one moment
 * runs in the order in which it was armed, so a test run is the same every time.
 */
import type { Clock } from '../util/clock.ts'
import type { Timer, Timers } from '../util/timers.ts'
import { parseDuration, type Duration } from './duration.ts'

/** Tasks that arm each other for the same moment would never end. */
const MAX_EVENTS_PER_MOMENT = 1_000_000

/** Runtimes of some languages take a clock that stands at zero for a broken one (Go: `nanotime returning zero`). */
const MONOTONIC_START = 1000

export class VirtualTime implements Clock, Timers {
  readonly #startNanos: bigint
  readonly #startMillis: number
  readonly #armed = new Set<VirtualTimer>()
  #soon: (() => void)[] = []
  readonly #onRest: () => void
  #now = 0
  #isRunning = false

  /** Begins at `start` (milliseconds since the Unix epoch); `onRest` is told whenever all that was due has run. */
  constructor(start: number, onRest: () => void = ignore) {
    this.#onRest = onRest
    this.#startMillis = start
    this.#startNanos = BigInt(Math.round(start)) * 1_000_000n
  }

  wallMillis(): number {
    return this.#startMillis + this.#now
  }

  wallNanos(): bigint {
    return this.#startNanos + BigInt(Math.round(this.#now * 1_000_000))
  }

  monotonicMillis(): number {
    return MONOTONIC_START + this.#now
  }

  create(callback: () => void): Timer {
    return new VirtualTimer(this, callback)
  }

  /** Runs `task` as soon as what runs now has ended. */
  defer(task: () => void): void {
    this.#soon.push(task)
  }

  /** Lets the time pass; every timer runs at its own moment. */
  advance(duration: Duration): void {
    this.#run(this.#now + parseDuration(duration), never)
  }

  /** Runs what is due now. */
  settle(): void {
    if (this.#soon.length !== 0 || this.#armed.size !== 0) this.#run(this.#now, never)
    else if (!this.#isRunning) this.#onRest()
  }

  /** Moves from timer to timer until `isDone`, or until `limit` has passed; true when done. */
  advanceUntil(isDone: () => boolean, limit: Duration): boolean {
    const end = this.#now + parseDuration(limit)
    this.#run(end, isDone)
    return isDone()
  }

  arm(timer: VirtualTimer, millis: number): void {
    timer.dueAt = this.#now + millis
    // Taken out first, so that timers of one moment run in the order of their last arming.
    this.#armed.delete(timer)
    this.#armed.add(timer)
  }

  disarm(timer: VirtualTimer): void {
    this.#armed.delete(timer)
  }

  #run(end: number, isDone: () => boolean): void {
    // A guest's callback may lead to a test's callback that asks for more: the outer run goes on with it.
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      this.#runUntil(end, isDone)
    } finally {
      this.#isRunning = false
    }
    this.#onRest()
  }

  #runUntil(end: number, isDone: () => boolean): void {
    let events = 0
    let moment = this.#now
    for (;;) {
      this.#runSoon()
      if (isDone()) return
      const next = this.#nextTimer(end)
      if (next === null) break
      this.#now = Math.max(this.#now, next.dueAt)
      events = this.#now === moment ? events + 1 : 0
      moment = this.#now
      if (events > MAX_EVENTS_PER_MOMENT)
        throw new Error(`Timers without end at ${moment} ms: one arms another for the same moment`)
      this.#armed.delete(next)
      next.callback()
    }
    this.#now = end
  }

  #runSoon(): void {
    while (this.#soon.length !== 0) {
      const tasks = this.#soon
      this.#soon = []
      for (let i = 0; i < tasks.length; i++) tasks[i]!()
    }
  }

  #nextTimer(end: number): VirtualTimer | null {
    let next: VirtualTimer | null = null
    for (const timer of this.#armed) if (timer.dueAt <= end && (next === null || timer.dueAt < next.dueAt)) next = timer
    return next
  }
}

function never(): boolean {
  return false
}

function ignore(): void {}

class VirtualTimer implements Timer {
  dueAt = 0
  readonly callback: () => void
  readonly #time: VirtualTime

  constructor(time: VirtualTime, callback: () => void) {
    this.#time = time
    this.callback = callback
  }

  arm(millis: number): void {
    this.#time.arm(this, millis)
  }

  disarm(): void {
    this.#time.disarm(this)
  }

  stop(): void {
    this.#time.disarm(this)
  }
}
