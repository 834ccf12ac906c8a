/** Every row through host and Envoy: requests come to the same servers. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { BalancingBench } from './bench.ts'
import { HASH_ROWS } from './hash-rows.ts'
import { judgeRow } from './judge.ts'
import { POLICY_ROWS } from './policy-rows.ts'
import { SPREAD_ROWS } from './spread-rows.ts'
import { SUBSET_ROWS } from './subset-rows.ts'

const LIMIT = 60_000
const ROWS = [...HASH_ROWS, ...SPREAD_ROWS, ...SUBSET_ROWS, ...POLICY_ROWS]
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`load balancing in host and Envoy${why}`, () => {
  let bench: BalancingBench | undefined

  beforeAll(async () => {
    bench = await BalancingBench.start(ROWS)
  }, LIMIT)

  afterAll(() => bench?.stop())

  test.each(ROWS.map((row, index) => [row.name, row, index] as const))('%s', { timeout: LIMIT }, (_, row, index) =>
    judgeRow(bench!, row, index),
  )
})
