/**
 * Coverage of a whole test run, whose files run in processes of their own: each saves its counts in a folder, and
 * `sluice test --coverage` reads them together.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Coverage } from './coverage.ts'
import { FileCoverage, type SavedFile } from './file-coverage.ts'

/** Names the folder. */
export const COVERAGE_VARIABLE = 'SLUICE_COVERAGE'

const folder = process.env[COVERAGE_VARIABLE]

/** Of all test hosts of this process that bring no coverage of their own; null = nobody has asked. */
export const processCoverage: Coverage | null = folder === undefined ? null : new Coverage()

/** One per process, so that a later save has the counts of an earlier one. */
const NAME = `${randomUUID()}.json`

/** Saves what has run in this process so far. */
export function saveCoverage(): void {
  if (folder === undefined || processCoverage === null) return
  writeFileSync(join(folder, NAME), JSON.stringify(processCoverage.files().map((file) => file.saved())))
}

/** Adds up what the processes have saved. */
export function readCoverage(from: string): FileCoverage[] {
  const files = new Map<string, FileCoverage>()
  for (const name of readdirSync(from)) {
    // Written by saveCoverage.
    for (const saved of JSON.parse(readFileSync(join(from, name), 'utf8')) as SavedFile[]) {
      const file = files.get(saved.file) ?? new FileCoverage(saved.file)
      file.add(saved)
      files.set(saved.file, file)
    }
  }
  return [...files.values()].toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

// `node --test` ends each of its processes; vitest stops its own by a signal, for which sluice/testing/vitest saves before.
if (folder !== undefined) process.once('exit', saveCoverage)
