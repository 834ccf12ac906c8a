/** Every scenario through host and Envoy: both give the expected answers, equal byte by byte unless a reason is written down. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { missing } from './judge.ts'
import { SCENARIOS } from './rows/index.ts'
import { RouteBench } from './run.ts'

const LIMIT = 60_000
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`routes in host and Envoy${why}`, () => {
  let bench: RouteBench | undefined

  beforeAll(async () => {
    bench = await RouteBench.start(SCENARIOS)
  }, LIMIT)

  afterAll(() => bench?.stop())

  test.each(SCENARIOS.map((scenario, index) => [scenario.name, scenario, index] as const))('%s', async (_, scenario, index) => {
    for (const [request, expected] of scenario.exchanges) {
      const { host, envoy } = await bench!.ask(index, request)
      const ofEnvoy = scenario.differs?.envoy[request]
      const lacks = { request, host: missing(host, expected), envoy: missing(envoy, ofEnvoy ?? expected) }
      expect(lacks).toEqual({ request, host: [], envoy: [] })
      if (ofEnvoy === undefined) expect({ request, lines: host }).toEqual({ request, lines: envoy })
      else expect(host, 'the difference is gone: take it out').not.toEqual(envoy)
    }
  })
})

test('every scenario has a name of its own', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})
