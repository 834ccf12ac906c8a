/** Time as the data plane sees it; injected so that tests own it. */
export interface Clock {
  /** Wall clock in milliseconds since the Unix epoch, with fractions where the platform has them. */
  wallMillis(): number
  /** Wall clock in nanoseconds since the Unix epoch. */
  wallNanos(): bigint
  /** Milliseconds of a clock that never goes back; only differences mean anything. */
  monotonicMillis(): number
}

/** The machine's clock. */
export const systemClock: Clock = {
  wallMillis: () => Date.now(),
  wallNanos: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
  monotonicMillis: () => performance.now(),
}
