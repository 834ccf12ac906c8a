/** Durations of messages. */
import type { Duration } from '@bufbuild/protobuf/wkt'

/** Milliseconds, with a fraction when the duration is finer. */
export function toMilliseconds(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6
}

/** The duration, or what stands for none. */
export function millisecondsOr(duration: Duration | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : toMilliseconds(duration)
}
