import { describe, expect, test } from 'vitest'
import { Captures } from '../../host/testing/cases/captures.ts'
import type { CaseJudge, Observation } from '../../host/testing/cases/observation.ts'
import { summarize } from './report.ts'
import { chosenJudges, TableRun } from './runner.ts'
import { parseTable } from '../../host/testing/cases/load-table.ts'
import type { JudgeName } from '../../host/testing/cases/table.ts'

const table = parseTable(
  `filter: demo
cases:
  - {id: good, title: Good, steps: [{request: {expect: {status: 200}}}]}
  - {id: bad, title: Bad, steps: [{request: {expect: {status: 201}}}]}
  - {id: late, title: Late, steps: [{advance: 1h}]}
`,
  'cases.yaml',
)

const SEEN: Observation = {
  refused: false,
  refusedLogs: [],
  captures: new Captures(null),
  stray: [],
  said: [],
  steps: [
    {
      kind: 'requests',
      callouts: {},
      exchanges: [
        {
          status: 200,
          headers: [],
          body: '',
          trailers: [],
          reset: false,
          aborted: false,
          tookMillis: 0,
          upstream: [],
          details: null,
          flags: null,
        },
      ],
    },
  ],
}

interface FakeJudge extends CaseJudge {
  /** What was asked of it. */
  readonly calls: string[]
}

function fake(name: JudgeName, run: () => Observation = () => SEEN, missing: string | null = null): FakeJudge {
  const calls: string[] = []
  return {
    name,
    calls,
    unavailable: () => Promise.resolve(missing),
    open: async () => {
      calls.push('open')
      return {
        slackMillis: 0,
        run: async (one) => {
          calls.push(one.id)
          return one.id === 'late' ? { ...SEEN, steps: [{ kind: 'advance', callouts: {} }] } : run()
        },
        close: async () => void calls.push('close'),
      }
    },
  }
}

describe('TableRun', () => {
  test('asks each judge once per case, and skips what the case or the judge cannot do', async () => {
    const judges = [fake('harness'), fake('host', () => SEEN, 'no host'), fake('envoy')]
    const run = new TableRun(table, judges)
    for (const judge of judges) for (const one of table.cases) await run.difference(one, judge)
    await run.close()
    // The harness differs on `bad`, so the report on it asked Envoy before its turn.
    expect(judges.map(({ calls }) => calls.join(' '))).toEqual(['open good bad late close', '', 'open bad good close'])
    expect(summarize([run])).toBe(`cases x judges
  demo                 3 cases   harness 2/3   wasmtime 0/3   host 0/3   envoy 1/3
    skipped, host: no host: good bad
    skipped, host: clock: late
    skipped, envoy: clock: late`)
  })

  test('reports a judge that fails next to those that do not', async () => {
    const broken = fake('envoy', () => {
      throw new Error('no connection')
    })
    const run = new TableRun(table, [fake('harness'), broken])
    const report = await run.difference(table.cases[0]!, broken)
    expect(report).toMatch(/^good: Good \(cases.yaml\)\n {2}envoy failed: Error: no connection/)
  })

  test('starts judges on sockets with the first, and has them run a case side by side', async () => {
    const [harness, host, envoy] = [fake('harness'), fake('host'), fake('envoy')]
    const run = new TableRun(table, [harness, host, envoy])
    await run.verdict(table.cases[0]!, harness)
    await expect.poll(() => [host.calls, envoy.calls]).toEqual([['open'], ['open']])
    await run.verdict(table.cases[0]!, host)
    await run.close()
    expect(envoy.calls).toEqual(['open', 'good', 'close'])
  })

  test('runs the cases of a judge one after the other', async () => {
    const judge = fake('harness')
    const run = new TableRun(table, [judge])
    await Promise.all(table.cases.map((one) => run.verdict(one, judge)))
    expect(judge.calls).toEqual(['open', 'good', 'bad', 'late'])
  })
})

describe('chosenJudges', () => {
  const judges = [fake('harness'), fake('envoy')]
  test.each([
    [undefined, ['harness', 'envoy']],
    ['envoy', ['envoy']],
    ['host, harness', ['harness']],
  ])('of SLUICE_JUDGES=%s', (value, names) => {
    expect(chosenJudges(judges, value).map(({ name }) => name)).toEqual(names)
  })

  test('refuses a name that no judge has', () => {
    expect(() => chosenJudges(judges, 'nginx')).toThrow("seen 'nginx', wanted some of harness, wasmtime, host, envoy")
  })
})
