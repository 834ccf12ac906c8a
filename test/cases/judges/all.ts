/** The judges that a table is run through, in the order of reports. */
import type { CaseJudge } from '../../../host/testing/cases/observation.ts'
import { envoyJudge } from './envoy.ts'
import { harnessJudge, wasmtimeJudge } from './harness.ts'
import { hostJudge } from './host.ts'
import { suiteModule, type ModulePath } from './socket-config.ts'

export function allJudges(modules: ModulePath = suiteModule): CaseJudge[] {
  return [harnessJudge(modules), wasmtimeJudge(modules), hostJudge(modules), envoyJudge(modules)]
}
