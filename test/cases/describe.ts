/** Turns tables into vitest tests: filter, judge, case. */
import { afterAll, describe, test } from 'vitest'
import type { CaseJudge } from '../../host/testing/cases/observation.ts'
import { summarize } from './report.ts'
import { chosenJudges, TableRun } from './runner.ts'
import type { Case, Table } from '../../host/testing/cases/table.ts'

/** A case waits for sockets and, the first of a table, for the start of its judge. */
const CASE_LIMIT = 90_000

/** Declares the tests of all tables; the summary is printed after the last one. */
export function describeTables(tables: readonly Table[], judges: readonly CaseJudge[]): void {
  const runs = tables.map((table) => new TableRun(table, chosenJudges(judges)))
  for (const run of runs) describeTable(run)
  afterAll(() => console.log(summarize(runs)))
}

function describeTable(run: TableRun): void {
  describe(`${run.table.filter}`, () => {
    for (const judge of run.judges) {
      describe(`${judge.name}`, () => {
        for (const one of run.table.cases) declareCase(run, one, judge)
      })
    }
    afterAll(() => run.close())
  })
}

function declareCase(run: TableRun, one: Case, judge: CaseJudge): void {
  // The comparison has been made by the runner; its report is the failure.
  // oxlint-disable-next-line vitest/expect-expect
  test(`${one.id}: ${one.title}`, { timeout: CASE_LIMIT }, async ({ skip }) => {
    const verdict = await run.verdict(one, judge)
    if (verdict.kind === 'skipped') {
      if (process.env['CI'] && !verdict.declared) throw new Error(`${judge.name} cannot run here: ${verdict.reason}`)
      skip(verdict.reason)
    }
    const difference = await run.difference(one, judge)
    if (difference !== null) throw reportError(difference)
  })
}

/** Without a stack: the report names the case, and the runner's lines say nothing about it. */
function reportError(report: string): Error {
  const error = new Error(report)
  error.stack = ''
  return error
}
