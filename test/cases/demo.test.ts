/** The runner's own table through every judge. */
import { describeTables } from './describe.ts'
import { demoModules, demoTable } from './demo.ts'
import { envoyJudge } from './judges/envoy.ts'
import { harnessJudge } from './judges/harness.ts'
import { hostJudge } from './judges/host.ts'

const modules = await demoModules()

describeTables([demoTable()], [harnessJudge(modules), hostJudge(modules), envoyJudge(modules)])
