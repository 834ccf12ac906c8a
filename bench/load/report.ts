/** Turns the slices of all rounds into a table: medians with ranges, ratios to the first and to a named row. */
import type { Slice } from './wrk.ts'

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
export function pairedRatio(row: Row, reference: Row): number {
  return median(row.samples.map((sample, round) => sample.cpu / reference.samples[round]!.cpu))
}

/** A Markdown table; `references` name the rows that ratios are given to. */
export function table(rows: readonly Row[], references: readonly string[]): string {
  const heads = [
    'variant',
    'CPU us/request [range]',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'RSS MiB',
    ...references.map((name) => `x ${name}`),
    'failures',
  ]
  const lines = rows.map((row) => `| ${cells(row, rows, references).join(' | ')} |`)
  return [`| ${heads.join(' | ')} |`, `|${'---|'.repeat(heads.length)}`, ...lines].join('\n')
}

function cells(row: Row, rows: readonly Row[], references: readonly string[]): string[] {
  const cpu = row.samples.map((sample) => sample.cpu)
  const of = (pick: (sample: Sample) => number): number => median(row.samples.map(pick))
  return [
    row.name,
    `${median(cpu).toFixed(1)} [${Math.min(...cpu).toFixed(1)}..${Math.max(...cpu).toFixed(1)}]`,
    of((sample) => sample.perSecond).toFixed(0),
    of((sample) => sample.p50).toFixed(2),
    of((sample) => sample.p99).toFixed(2),
    row.resident.toFixed(0),
    ...references.map((name) =>
      pairedRatio(
        row,
        rows.find((other) => other.name === name)!,
      ).toFixed(2),
    ),
    String(row.samples.reduce((sum, sample) => sum + sample.failures, 0)),
  ]
}
