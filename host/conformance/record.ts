/** The record: what a real Envoy made of every row, frozen. One file per chapter. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ABI_VERSIONS, type AbiVersion } from '../abi/version.ts'
import { rowKey, type Row } from './rows.ts'

/** Results by key of the row; by version where they differ. */
export type ChapterRecord = Readonly<Record<string, string | Readonly<Partial<Record<AbiVersion, string>>>>>

const FOLDER = join(import.meta.dirname, 'record')

/** The record of a chapter; throws when there is none. */
export function readRecord(chapter: string): ChapterRecord {
  return JSON.parse(readFileSync(fileOf(chapter), 'utf8')) as ChapterRecord
}

export function writeRecord(chapter: string, rows: readonly Row[]): void {
  writeFileSync(fileOf(chapter), `${JSON.stringify(toRecord(rows), null, 1)}\n`)
}

/** Rows in the order in which they came; one text where all versions that have the row agree. */
export function toRecord(rows: readonly Row[]): ChapterRecord {
  const byKey = new Map<string, Partial<Record<AbiVersion, string>>>()
  for (const row of rows) byKey.set(rowKey(row), { ...byKey.get(rowKey(row)), [row.version]: row.result })
  return Object.fromEntries([...byKey].map(([key, results]) => [key, merged(results)]))
}

function merged(results: Partial<Record<AbiVersion, string>>): ChapterRecord[string] {
  const texts = ABI_VERSIONS.map((version) => results[version])
  const [first] = texts
  return first !== undefined && texts.every((one) => one === first) ? first : results
}

/** What the record says of a row in a version; undefined = nothing. */
export function recorded(record: ChapterRecord, key: string, version: AbiVersion): string | undefined {
  const entry = Object.hasOwn(record, key) ? record[key] : undefined
  return typeof entry === 'string' ? entry : entry?.[version]
}

function fileOf(chapter: string): string {
  return join(FOLDER, `${chapter}.json`)
}
