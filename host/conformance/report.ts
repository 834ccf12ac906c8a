/** What the kit says of a host, for people and as JSON. */
import { mismatchText, type Mismatch } from './compare.ts'
import { knownDifference } from './differences.ts'
import { hostcallOf } from './rows.ts'

/** The verdict on one chapter. */
export interface ChapterReport {
  readonly chapter: string
  /** Rows that the host made. */
  readonly rows: number
  /** Rows that differ from the record. */
  readonly differing: readonly Mismatch[]
  /** How many more differ in a way that is known. */
  readonly known: number
}

/** Judges what differs; `judge` is the one whose known differences do not count, null = each counts. */
export function chapterReport(chapter: string, rows: number, seen: readonly Mismatch[], judge: string | null): ChapterReport {
  const differing = judge === null ? seen : seen.filter((one) => knownDifference(one, judge) === undefined)
  return { chapter, rows, differing, known: seen.length - differing.length }
}

/** A line per chapter; under it three lines per row that differs. */
export function reportText({ chapter, rows, differing, known }: ChapterReport): string {
  const counts = [`${rows} rows`, `${differing.length} differ`, ...(known === 0 ? [] : [`${known} known`])]
  return [`${chapter}: ${counts.join(', ')}`, ...differing.map(mismatchText)].join('\n')
}

/** The report as one JSON object: the rows that differ with hostcall, version and phase, wanted and seen. */
export function reportJson({ differing, ...report }: ChapterReport): object {
  return { ...report, differing: differing.map(mismatchJson) }
}

/** `hostcall` is null for a row that is no call; `wanted` and `seen` for one that is not there. */
function mismatchJson({ version, key, wanted, seen }: Mismatch): object {
  const { phase, hostcall } = hostcallOf(key)
  return { version, phase, hostcall, row: key, wanted: wanted ?? null, seen: seen ?? null }
}
