/** The judges without sockets: `sluice/testing` on virtual time, on each engine. */
import { HarnessSession, type ModulePath } from '../../../host/testing/cases/harness-session.ts'
import type { CaseJudge } from '../../../host/testing/cases/observation.ts'
import { missingEngine } from '../../support/engines.ts'
import { suiteModule } from './socket-config.ts'

/** The judge for modules found by `modules`. */
export function harnessJudge(modules: ModulePath = suiteModule): CaseJudge {
  return {
    name: 'harness',
    unavailable: () => Promise.resolve(null),
    open: (table) => Promise.resolve(new HarnessSession(table, modules, 'v8')),
  }
}

/** The same on the second engine. */
export function wasmtimeJudge(modules: ModulePath = suiteModule): CaseJudge {
  return {
    name: 'wasmtime',
    unavailable: () => Promise.resolve(missingEngine('wasmtime')),
    open: (table) => Promise.resolve(new HarnessSession(table, modules, 'wasmtime')),
  }
}
