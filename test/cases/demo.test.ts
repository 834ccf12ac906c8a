/** The runner's own table through every judge. */
import { describe } from 'vitest'
import { describeTables } from './describe.ts'
import { demoModules, demoTable } from './demo.ts'
import { allJudges } from './judges/all.ts'
import { hostJudge } from './judges/host.ts'

const modules = await demoModules()

describeTables([demoTable()], allJudges(modules))

describe('on wasmtime, each worker with an engine of its own', () => {
  describeTables([demoTable()], [hostJudge(modules, 'wasmtime')])
})
