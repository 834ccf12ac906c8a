/** Compares what a host made of the rows with the record. */
import { recorded, type ChapterRecord } from './record.ts'
import { rowKey, type Row } from './rows.ts'

/** A row whose result is not that of the record. */
export interface Mismatch {
  readonly row: Row
  /** Undefined = the record has no such row. */
  readonly wanted: string | undefined
}

/** Every row that differs; rows that only the record has are found by {@link missingRows}. */
export function mismatches(rows: readonly Row[], record: ChapterRecord): Mismatch[] {
  return rows.flatMap((row) => {
    const wanted = recorded(record, rowKey(row), row.version)
    return wanted === row.result ? [] : [{ row, wanted }]
  })
}

/** Keys of the record, with their version, that no row has. */
export function missingRows(rows: readonly Row[], record: ChapterRecord, versions: readonly Row['version'][]): string[] {
  const seen = new Set(rows.map((row) => `${row.version} ${rowKey(row)}`))
  const scenarios = new Set(rows.map((row) => `${row.version} ${row.scenario}`))
  return versions.flatMap((version) =>
    Object.keys(record)
      .filter((key) => {
        const isAsked = scenarios.has(`${version} ${key.split(' / ')[0]}`)
        return isAsked && recorded(record, key, version) !== undefined && !seen.has(`${version} ${key}`)
      })
      .map((key) => `${version} ${key}`),
  )
}
