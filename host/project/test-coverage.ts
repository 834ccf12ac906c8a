/** The tests of a project with coverage of its AssemblyScript. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SluiceError } from '../errors.ts'
import { lcovText, summaryText } from '../testing/coverage/report.ts'
import { COVERAGE_VARIABLE, readCoverage } from '../testing/coverage/saved-coverage.ts'
import { buildWith } from './build.ts'
import { Compiler } from './compiler.ts'
import type { Project } from './project.ts'
import { runTests } from './test-runner.ts'

/** Where tools look for it, from the project's folder. */
const LCOV_FILE = 'coverage/lcov.info'

export interface CoveredRun {
  /** Exit code of the test runner. */
  readonly code: number
  /** For people: a row per source file. */
  readonly table: string
  /** For tools, in the format of lcov; from the project's folder. */
  readonly file: string
}

/**
 * Runs the tests on a build without optimization, which keeps each line apart, and leaves the release build behind. Throws
 * SLUICE_TEST_COVERAGE when nothing was counted.
 */
export async function runTestsWithCoverage(project: Project, args: readonly string[]): Promise<CoveredRun> {
  const compiler = await Compiler.load(project.folder)
  const counts = mkdtempSync(join(tmpdir(), 'sluice-coverage-'))
  try {
    await buildWith(compiler, project, { target: 'debug' })
    const code = await runTests(project.folder, args, { [COVERAGE_VARIABLE]: counts })
    return { code, ...report(project, counts) }
  } finally {
    rmSync(counts, { recursive: true })
    await buildWith(compiler, project)
  }
}

function report({ folder }: Project, counts: string): { table: string; file: string } {
  const files = readCoverage(counts)
  if (files.length === 0) {
    const wanted = "test hosts, and in vitest.config.ts setupFiles: ['sluice/testing/vitest']"
    throw new SluiceError('SLUICE_TEST_COVERAGE', 'No coverage', { path: folder, seen: 'no counts', wanted })
  }
  const path = join(folder, LCOV_FILE)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, lcovText(files))
  return { table: summaryText(files), file: LCOV_FILE }
}
