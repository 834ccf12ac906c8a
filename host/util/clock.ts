import { performance } from 'node:perf_hooks'

/** Time as the data plane sees it; injected so that tests own it. */
export interface Clock {
  /** Wall clock in milliseconds since the Unix epoch, with fractions where the platform has them. */
  wallMillis(): number
  /** Wall clock in nanoseconds since the Unix epoch. */
  wallNanos(): bigint
  /** Milliseconds of a clock that never goes back; only differences mean anything. */
  monotonicMillis(): number
}

/** True while a read callback runs; its monotonic time, 0 until somebody asks. */
let isTurn = false
let turnMillis = 0

/**
 * From here to {@link endTurn} the machine's monotonic clock stands still: what one read callback causes happens at
 * one time, and the dozen questions of a request cost one reading.
 */
export function beginTurn(): void {
  isTurn = true
  turnMillis = 0
}

export function endTurn(): void {
  isTurn = false
}

/** The machine's clock. */
export const systemClock: Clock = {
  wallMillis: () => Date.now(),
  wallNanos: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
  monotonicMillis: () => {
    if (!isTurn) return performance.now()
    if (turnMillis === 0) turnMillis = performance.now()
    return turnMillis
  },
}
