/** Zone-aware routing through host and Envoy, both in the zone `a`, by what is known of proxies like them. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { BalancingBench } from './bench.ts'
import { judgeRow } from './judge.ts'
import { ZONE_SUITES } from './zone-rows.ts'

const LIMIT = 60_000
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null).each(ZONE_SUITES)(`zones in host and Envoy${why}: $name`, ({ home, rows }) => {
  let bench: BalancingBench | undefined

  beforeAll(async () => {
    bench = await BalancingBench.start(rows, home)
  }, LIMIT)

  afterAll(() => bench?.stop())

  test.each(rows.map((row, index) => [row.name, row, index] as const))('%s', { timeout: LIMIT }, (_, row, index) =>
    judgeRow(bench!, row, index),
  )
})
