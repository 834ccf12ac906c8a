/** Tables of the plugin tester as tests of a module. */
import { readFileSync } from 'node:fs'
import type { CaseOptions, CaseTest } from '../run-cases.ts'
import { reportDifferences } from '../report.ts'
import { loadSuite, type SuiteTest } from './suite.ts'
import { SuiteRun } from './suite-run.ts'

/** The tests of a table; throws with file, line and column when the file is none. */
export function testerTests(file: string, module: string, options: CaseOptions): CaseTest[] {
  const suite = loadSuite(file)
  return suite.tests.map((test, index) => ({
    id: idOf(suite.tests, index),
    name: idOf(suite.tests, index),
    skip: null,
    run: async () => {
      const config = options.config ?? (suite.configFile === null ? '' : readFileSync(suite.configFile, 'utf8'))
      const run = new SuiteRun(suite, test, { module, config, engine: options.engine ?? 'v8' })
      reportDifferences(`${test.name} (${file})`, run.checks())
    },
  }))
}

/** The name, with a number from the second test of that name on: the tester lets names repeat. */
function idOf(tests: readonly SuiteTest[], index: number): string {
  const { name } = tests[index]!
  const nth = tests.slice(0, index + 1).filter((test) => test.name === name).length
  return nth === 1 ? name : `${name} #${nth}`
}
