/**
 * Case tables in any test runner: what `filters/<name>/cases.yaml` says of a filter, run in test hosts.
 *
 *     for (const { name, run } of caseTests('cases.yaml', 'build/plugin.wasm')) test(name, run)
 */
import type { EngineName } from '../../vm/engines.ts'
import { compareCase } from './compare.ts'
import { HarnessSession, type ModulePath } from './harness-session.ts'
import { loadTable } from './load-table.ts'
import { testerTests } from './plugin-tester/tester-tests.ts'
import { reportDifferences } from './report.ts'
import type { Case, Table } from './table.ts'

export interface CaseOptions {
  /** Paths of further modules by filter: those of `before` and `after`. */
  readonly others?: Readonly<Record<string, string>>
  /** Default `v8`. */
  readonly engine?: EngineName
  /** Of a table of the plugin tester: the plugin configuration, instead of the file that its `env.config_path` names. */
  readonly config?: object | string
}

/** One case of a table. */
export interface CaseTest {
  readonly id: string
  /** Id and title. */
  readonly name: string
  /** Why the table says that the harness cannot run it; null = it can. */
  readonly skip: string | null
  /** Rejects with every place at which the filter did something else than the case wants. */
  run(): Promise<void>
}

/** What became of a table. */
export interface CasesResult {
  /** Ids. */
  readonly passed: readonly string[]
  readonly skipped: readonly string[]
  /** Reports by id. */
  readonly failed: Readonly<Record<string, string>>
}

/**
 * The cases of a table for the module under test. Throws with file, line and path when the table is no case table.
 * The format is that of the suite's tables; of a `.textpb`, that of Google's plugin tester: docs/CASES.md.
 */
export function caseTests(file: string, module: string, options: CaseOptions = {}): CaseTest[] {
  if (/\.(?:textpb|textproto|txtpb)$/.test(file)) return testerTests(file, module, options)
  const table = loadTable(file)
  const session = new HarnessSession(table, modulePath(table, module, options.others ?? {}), options.engine ?? 'v8')
  return table.cases.map((one) => ({
    id: one.id,
    name: `${one.id}: ${one.title}`,
    skip: one.skips.harness ?? null,
    run: () => runCase(table, one, session),
  }))
}

/** Runs a whole table; the result names each case once. */
export async function runCases(file: string, module: string, options: CaseOptions = {}): Promise<CasesResult> {
  const [passed, skipped]: [string[], string[]] = [[], []]
  const failed: Record<string, string> = {}
  for (const { id, skip, run } of caseTests(file, module, options)) {
    if (skip !== null) skipped.push(id)
    else {
      try {
        await run()
        passed.push(id)
      } catch (error) {
        failed[id] = error instanceof Error ? error.message : String(error)
      }
    }
  }
  return { passed, skipped, failed }
}

function modulePath(table: Table, module: string, others: Readonly<Record<string, string>>): ModulePath {
  return (filter) => {
    const path = filter === table.filter ? module : others[filter]
    if (path === undefined) throw new Error(`${table.file}: no module for ${filter}: wanted it in the option others`)
    return path
  }
}

async function runCase(table: Table, one: Case, session: HarnessSession): Promise<void> {
  const checks = compareCase(one, await session.run(one), session.slackMillis)
  reportDifferences(`${one.id}: ${one.title} (${table.file})`, checks)
}
