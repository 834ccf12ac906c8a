/** Durations of messages. */
import type { Duration } from '@bufbuild/protobuf/wkt'

/** Milliseconds, with a fraction when the duration is finer. */
export function toMilliseconds(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6
}
