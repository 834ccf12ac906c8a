/**
 * Proves the runner: a host that does one thing wrong must turn exactly those cases red that depend on it, and the
 * report must show what the other judges saw. The harness runs the host's own code in this process, so the faults are
 * put into that code.
 */
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { HeaderMap } from '../../host/http/header-map.ts'
import { RootContext } from '../../host/plugin/root-context.ts'
import { HttpContext } from '../../host/plugin/http-context.ts'
import { Counter } from '../../host/stats/metrics.ts'
import { demoModules } from './demo.ts'
import { envoyJudge } from './judges/envoy.ts'
import { harnessJudge } from './judges/harness.ts'
import type { ModulePath } from './judges/socket-config.ts'
import { isAccepted } from './report.ts'
import { TableRun } from './runner.ts'
import { loadTable } from '../../host/testing/cases/load-table.ts'

const table = loadTable(join(import.meta.dirname, 'guests/deliberate.yaml'))
let modules: ModulePath

beforeAll(async () => {
  modules = await demoModules()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Ids of the cases that the harness does not accept. */
async function redCases(): Promise<string[]> {
  const judge = harnessJudge(modules)
  const run = new TableRun(table, [judge])
  const red: string[] = []
  for (const one of table.cases) if (!isAccepted(await run.verdict(one, judge))) red.push(one.id)
  return red
}

const faults: readonly (readonly [string, () => void, readonly string[]])[] = [
  ['no fault', () => {}, []],
  [
    'a header map that cuts values',
    () => {
      const add = HeaderMap.prototype.add
      vi.spyOn(HeaderMap.prototype, 'add').mockImplementation(function (this: HeaderMap, name, value) {
        add.call(this, name, name === 'x-added' ? value.slice(0, -1) : value)
      })
    },
    ['L-header'],
  ],
  [
    'local replies with another status',
    () => {
      const send = HttpContext.prototype.sendLocalReply
      vi.spyOn(HttpContext.prototype, 'sendLocalReply').mockImplementation(function (this: HttpContext, reply) {
        send.call(this, { ...reply, status: reply.status + 1 })
      })
    },
    ['L-reply'],
  ],
  ['ticks that never come', () => void vi.spyOn(RootContext.prototype, 'setTickPeriod').mockImplementation(() => {}), ['L-tick']],
  ['counters that do not count', () => void vi.spyOn(Counter.prototype, 'add').mockImplementation(() => {}), ['L-count']],
]

describe('a deliberately wrong host', () => {
  test.each(faults)('%s', async (_name, breakHost, wanted) => {
    breakHost()
    expect(await redCases()).toEqual(wanted)
  })
})

test('the report shows the judges side by side', async ({ skip }) => {
  const judges = [harnessJudge(modules), envoyJudge(modules)] as const
  const missing = await judges[1].unavailable()
  if (missing !== null && !process.env['CI']) skip(missing)
  faults[2]![1]()
  const run = new TableRun(table, judges)
  const one = table.cases.find(({ id }) => id === 'L-reply')!
  const report = await run.difference(one, judges[0])
  await run.close()
  expect(report?.split('\n').slice(1)).toEqual([
    '  steps.0.request.status',
    '    wanted   403',
    '    harness  404   <-- differs',
    '    wasmtime (not asked)',
    '    host     (not asked)',
    '    envoy    403',
  ])
})
