/** Compares what a host made of the rows with the record. */
import type { AbiVersion } from '../abi/version.ts'
import { recorded, type ChapterRecord } from './record.ts'
import { NO_GUEST, rowKey, type Row } from './rows.ts'

/** A row whose result is not the wanted one. */
export interface Mismatch {
  readonly chapter: string
  readonly version: AbiVersion
  readonly key: string
  /** Undefined = the record has no such row. */
  readonly wanted: string | undefined
  /** Undefined = there was no such row. */
  readonly seen: string | undefined
}

/**
 * Every row that differs from the record, with those of the record that are missing in the scenarios that ran. Of a
 * scenario whose guest was never told its script, that is the one thing to say.
 */
export function mismatches(
  chapter: string,
  rows: readonly Row[],
  record: ChapterRecord,
  versions: readonly AbiVersion[],
): Mismatch[] {
  return [...differing(rows, record), ...missing(chapter, rows, record, versions)]
}

function differing(rows: readonly Row[], record: ChapterRecord): Mismatch[] {
  return rows.flatMap(({ chapter, version, result: seen, call, ...row }) => {
    const key = rowKey(row)
    const wanted = call?.deadly?.wanted ?? recorded(record, key, version)
    return wanted === seen ? [] : [{ chapter, version, key, wanted, seen }]
  })
}

function missing(chapter: string, rows: readonly Row[], record: ChapterRecord, versions: readonly AbiVersion[]): Mismatch[] {
  const seen = new Set(rows.map((row) => `${row.version} ${rowKey(row)}`))
  const ran = new Set(rows.filter(({ result }) => !result.startsWith(NO_GUEST)).map((row) => `${row.version} ${row.scenario}`))
  const keys = Object.keys(record)
  return versions.flatMap((version) => {
    const lost = keys.filter((key) => ran.has(`${version} ${key.split(' / ', 1)[0]}`) && !seen.has(`${version} ${key}`))
    const wanted = lost.map((key) => ({ chapter, version, key, wanted: recorded(record, key, version), seen: undefined }))
    return wanted.filter((one) => one.wanted !== undefined)
  })
}

/** The mismatch as text of three lines. */
export function mismatchText({ version, key, wanted, seen }: Mismatch): string {
  return `${version} ${key}\n  wanted ${wanted ?? 'no such row'}\n  seen   ${seen ?? 'no such row'}`
}
