/** The judges that a table is run through, in the order of reports. */
import type { Judge } from '../observation.ts'
import { envoyJudge } from './envoy.ts'
import { harnessJudge, wasmtimeJudge } from './harness.ts'
import { hostJudge } from './host.ts'
import { suiteModule, type ModulePath } from './socket-config.ts'

export function allJudges(modules: ModulePath = suiteModule): Judge[] {
  return [harnessJudge(modules), wasmtimeJudge(modules), hostJudge(modules), envoyJudge(modules)]
}
