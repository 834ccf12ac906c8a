/**
 * The timers of one stream (hot). A set is made once and serves one stream after the other, so that a request costs
 * no timer objects and no closures.
 */
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { Timer, Timers } from '../util/timers.ts'

/** The stream that a set of timers works for. */
export interface TimedStream {
  onIdleTimeout(): void
  onRequestTimeout(): void
  onDurationTimeout(): void
}

export class StreamTimers {
  /** Null while the set waits for its next stream. */
  stream: TimedStream | null = null
  readonly #timers: Timers
  #idle: Timer | null = null
  #request: Timer | null = null
  #duration: Timer | null = null
  /** 0 = the stream may be idle for ever. */
  #idleMillis = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** The request begins; `isWhole`: it is there. */
  begin({ streamIdleTimeout, requestTimeout, maxStreamDuration }: HttpConnectionManagerConfig, isWhole: boolean): void {
    this.#idleMillis = streamIdleTimeout
    this.touch()
    if (requestTimeout > 0 && !isWhole) this.#armRequest(requestTimeout)
    if (maxStreamDuration > 0) this.armDuration(maxStreamDuration)
  }

  /** A sign of life. */
  touch(): void {
    if (this.#idleMillis === 0) return
    this.#idle ??= this.#timers.create(() => this.stream?.onIdleTimeout())
    this.#idle.arm(this.#idleMillis)
  }

  /** From now on the stream may be idle for so long; 0 = for ever. */
  changeIdle(millis: number): void {
    this.#idleMillis = millis
    if (millis === 0) this.#idle?.disarm()
    else this.touch()
  }

  #armRequest(millis: number): void {
    this.#request ??= this.#timers.create(() => this.stream?.onRequestTimeout())
    this.#request.arm(millis)
  }

  armDuration(millis: number): void {
    this.#duration ??= this.#timers.create(() => this.stream?.onDurationTimeout())
    this.#duration.arm(millis)
  }

  disarmDuration(): void {
    this.#duration?.disarm()
  }

  disarmRequest(): void {
    this.#request?.disarm()
  }

  /** Ends the work for a stream. */
  release(): void {
    this.stream = null
    this.#idle?.disarm()
    this.#request?.disarm()
    this.#duration?.disarm()
  }

  /** The set serves no other stream. */
  stop(): void {
    this.#idle?.stop()
    this.#request?.stop()
    this.#duration?.stop()
  }
}

/** More idle sets than this are given to the garbage collector. */
const MAX_IDLE_SETS = 1024

/** The sets of one connection manager. */
export class StreamTimersPool {
  readonly #timers: Timers
  readonly #idle: StreamTimers[] = []

  constructor(timers: Timers) {
    this.#timers = timers
  }

  acquire(stream: TimedStream): StreamTimers {
    const set = this.#idle.pop() ?? new StreamTimers(this.#timers)
    set.stream = stream
    return set
  }

  release(set: StreamTimers): void {
    set.release()
    if (this.#idle.length < MAX_IDLE_SETS) this.#idle.push(set)
    else set.stop()
  }
}
