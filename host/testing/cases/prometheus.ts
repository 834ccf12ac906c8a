/** Reads the Prometheus text format as far as comparing series needs it. */

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Exposition {
  readonly series: readonly Series[]
  /** `#` lines as written. */
  readonly comments: readonly string[]
}

const LINE = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? (\S+)/
const LABEL = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g

export function parseExposition(text: string): Exposition {
  const lines = text.split('\n')
  return { series: lines.flatMap((line) => parseSeries(line) ?? []), comments: lines.filter((line) => line.startsWith('#')) }
}

/** A line `name{label="value"} 1`, or null for other text. */
export function parseSeries(line: string): Series | null {
  const match = LINE.exec(line)
  if (match === null) return null
  const labels: Record<string, string> = {}
  for (const [, name, value] of (match[2] ?? '').matchAll(LABEL)) labels[name!] = value!
  return { name: match[1]!, labels, value: Number(match[3]) }
}

/** Sum over the series of that name that carry these labels; `exact` = and no others. */
export function sumOf(exposition: Exposition, name: string, labels: Readonly<Record<string, string>>, exact: boolean): number {
  let sum = 0
  for (const series of exposition.series) if (series.name === name && carries(series, labels, exact)) sum += series.value
  return sum
}

function carries(series: Series, labels: Readonly<Record<string, string>>, exact: boolean): boolean {
  const wanted = Object.entries(labels)
  if (exact && wanted.length !== Object.keys(series.labels).length) return false
  return wanted.every(([name, value]) => series.labels[name] === value)
}
