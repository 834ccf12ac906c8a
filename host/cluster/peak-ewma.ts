/**
 * How long an endpoint takes to answer this worker: an average that forgets exponentially, but jumps to what is worse, so that
 * an endpoint that becomes slow is left alone at once and comes back by and by (as Finagle and Linkerd count it).
 */
import type { PeakEwmaConfig } from '../config/types.ts'
import type { Clock } from '../util/clock.ts'

export class PeakEwma {
  readonly #clock: Clock
  readonly #decayTime: number
  /** Milliseconds, as they were at {@link #since}. */
  #value: number
  #since: number

  constructor({ decayTime, defaultRtt }: PeakEwmaConfig, clock: Clock) {
    this.#clock = clock
    this.#decayTime = decayTime
    this.#value = defaultRtt
    this.#since = clock.monotonicMillis()
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#clock.monotonicMillis()
  }

  /** Milliseconds that an answer is taken to need now; without answers it falls to 0, so that nobody waits for ever (hot). */
  estimate(now: number): number {
    return this.#value * this.#keptAt(now)
  }

  /** An answer to a request of that time has begun (hot). */
  onAnswer(startedAt: number): void {
    const now = this.now()
    const time = now - startedAt
    const kept = this.#keptAt(now)
    const left = this.#value * kept
    this.#value = time > left ? time : left + time * (1 - kept)
    this.#since = now
  }

  /** A request of that time was not answered: it only counts when it took long, since a fast failure is no fast answer. */
  onFailure(startedAt: number): void {
    const now = this.now()
    if (now - startedAt > this.estimate(now)) this.onAnswer(startedAt)
  }

  /** The part that is left of what was measured last. */
  #keptAt(now: number): number {
    return Math.exp((this.#since - now) / this.#decayTime)
  }
}
