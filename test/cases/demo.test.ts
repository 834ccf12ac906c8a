/** The runner's own table through every judge. */
import { describeTables } from './describe.ts'
import { demoModules, demoTable } from './demo.ts'
import { envoyJudge } from './judges/envoy.ts'
import { harnessJudge } from './judges/harness.ts'

const modules = await demoModules()

describeTables([demoTable()], [harnessJudge(modules), envoyJudge(modules)])
