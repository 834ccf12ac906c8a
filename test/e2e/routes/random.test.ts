/** Random requests to random route tables: host and Envoy answer alike. A failure names the table and the request. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { shareOf } from '../../support/counts.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { RandomRoutes } from './random-routes.ts'
import { RouteBench } from './run.ts'

const LIMIT = 240_000
const SEED = 20_261_128
const TABLES = shareOf(800)
const REQUESTS_PER_TABLE = 50
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`random routes in host and Envoy${why}`, () => {
  const random = new RandomRoutes(SEED)
  const scenarios = Array.from({ length: TABLES }, (_, index) => random.scenario(`table ${index}`))
  let bench: RouteBench | undefined

  beforeAll(async () => {
    bench = await RouteBench.start(scenarios)
  }, LIMIT)

  afterAll(() => bench?.stop())

  test(`${TABLES} tables, ${REQUESTS_PER_TABLE} requests each`, { timeout: LIMIT }, async () => {
    for (const [index, scenario] of scenarios.entries()) {
      const requests = Array.from({ length: REQUESTS_PER_TABLE }, () => random.request())
      const answers = await Promise.all(requests.map((request) => bench!.ask(index, request)))
      for (const [i, { host, envoy }] of answers.entries()) {
        const request = requests[i]
        if (JSON.stringify(host) !== JSON.stringify(envoy)) {
          expect({ table: scenario.table, request, lines: host }).toEqual({ table: scenario.table, request, lines: envoy })
        }
      }
    }
  })
})
