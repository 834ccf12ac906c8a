/** Turns the slices of all rounds into a table: medians with ranges, ratios to the first and to a named row. */
import type { Slice } from './slice.ts'

export interface Sample extends Slice {
  /** CPU microseconds of the proxy per request. */
  readonly cpu: number
}

export interface Row {
  readonly name: string
  readonly samples: Sample[]
  /** Resident memory after the last round, MiB. */
  resident: number
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median over the rounds of the quotient of two rows: drift of the machine cancels out. */
export function pairedRatio(row: Row, reference: Row, of: 'cpu' | 'p99' = 'cpu'): number {
  return median(row.samples.map((sample, round) => sample[of] / reference.samples[round]![of]))
}

/** What to compare: see `Group` in groups.ts. */
export interface Comparison {
  readonly references: readonly string[]
  readonly base?: string
  readonly addedReferences?: readonly string[]
  readonly latencyReference?: string
}

/** Microseconds that a row adds to another in each round. */
function added(row: Row, base: Row): number[] {
  return row.samples.map((sample, round) => sample.cpu - base.samples[round]!.cpu)
}

/** Median over the rounds of the quotient of what two rows add to a third. */
function addedRatio(row: Row, reference: Row, base: Row): number {
  const of = added(reference, base)
  return median(added(row, base).map((value, round) => value / of[round]!))
}

/** A Markdown table of medians with the ratios of `comparison`. */
export function table(rows: readonly Row[], comparison: Comparison): string {
  const extra = extraColumns(rows, comparison)
  const heads = ['variant', 'CPU us/request [range]', 'requests/s', 'p50 ms', 'p99 ms', 'RSS MiB', ...extra.keys(), 'failures']
  const lines = rows.map(
    (row) => `| ${[...figures(row), ...extra.values().map((cell) => cell(row)), failures(row)].join(' | ')} |`,
  )
  return [`| ${heads.join(' | ')} |`, `|${'---|'.repeat(heads.length)}`, ...lines].join('\n')
}

/** Head → cell of a row. */
function extraColumns(rows: readonly Row[], comparison: Comparison): Map<string, (row: Row) => string> {
  const named = (name: string): Row => rows.find((row) => row.name === name)!
  const columns = new Map<string, (row: Row) => string>()
  for (const name of comparison.references) columns.set(`x ${name}`, (row) => pairedRatio(row, named(name)).toFixed(2))
  const latency = comparison.latencyReference
  if (latency !== undefined) columns.set(`p99 x ${latency}`, (row) => pairedRatio(row, named(latency), 'p99').toFixed(2))
  if (comparison.base === undefined) return columns
  const base = named(comparison.base)
  columns.set('added us', (row) => median(added(row, base)).toFixed(1))
  for (const name of comparison.addedReferences ?? []) {
    columns.set(`added x ${name}`, (row) => (row === base ? '' : addedRatio(row, named(name), base).toFixed(2)))
  }
  return columns
}

function figures(row: Row): string[] {
  const cpu = row.samples.map((sample) => sample.cpu)
  const of = (pick: (sample: Sample) => number): number => median(row.samples.map(pick))
  return [
    row.name,
    `${median(cpu).toFixed(1)} [${Math.min(...cpu).toFixed(1)}..${Math.max(...cpu).toFixed(1)}]`,
    of((sample) => sample.perSecond).toFixed(0),
    millisOrNone(of((sample) => sample.p50)),
    millisOrNone(of((sample) => sample.p99)),
    row.resident.toFixed(0),
  ]
}

function millisOrNone(millis: number): string {
  return Number.isNaN(millis) ? '–' : millis.toFixed(2)
}

function failures(row: Row): string {
  return String(row.samples.reduce((sum, sample) => sum + sample.failures, 0))
}
