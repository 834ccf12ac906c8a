/** Durations as tables write them: `500ms`, `20s`, `1.5m`, `1h`. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration; throws for other text. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text)
  if (match === null) throw new Error(`bad duration: seen '${text}', wanted a number with ms, s, m or h`)
  return Number(match[1]) * UNITS[match[2]!]!
}
