/** Durations as people write them: `500ms`, `20s`, `1.5m`, `1h`. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Text with a unit, or milliseconds. */
export type Duration = string | number

/** Milliseconds of a duration; throws RangeError for other text. */
export function parseDuration(duration: Duration): number {
  if (typeof duration === 'number') return duration
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration)
  if (match === null) throw new RangeError(`Bad duration: seen '${duration}', wanted a number with ms, s, m or h`)
  return Number(match[1]) * UNITS[match[2]!]!
}
