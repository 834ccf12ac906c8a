/** Every row through host and Envoy: requests come to the same servers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { BalancingBench, type Placement } from './bench.ts'
import { HASH_ROWS } from './hash-rows.ts'
import { POLICY_ROWS } from './policy-rows.ts'
import type { Row } from './row.ts'
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

  test.each(ROWS.map((row, index) => [row.name, row, index] as const))('%s', { timeout: LIMIT }, async (_, row, index) => {
    const { host, envoy } = await bench!.place(row, index)
    const reached = wanted(row)
    if (reached !== null)
      expect({ host: summaryOf(host, row), envoy: summaryOf(envoy, row) }).toEqual({ host: reached, envoy: reached })
    if ('same' in row.expected) expect(host).toEqual(envoy)
    if (row.stats === undefined) return
    const stats = await bench!.stats(index)
    const wantedStats = expect.objectContaining(row.stats)
    expect(stats).toEqual({ host: wantedStats, envoy: wantedStats })
  })
})

/** What a row wants, in the form of `summaryOf`; null = it does not say. */
function wanted({ expected }: Row): unknown {
  if ('counts' in expected) return expected.counts
  if ('status' in expected) return [expected.status]
  return 'same' in expected ? expected.servers : expected.reached
}

function summaryOf(placements: readonly Placement[], { expected }: Row): unknown {
  if ('status' in expected) return [...new Set(placements.map((placement) => ('status' in placement ? placement.status : 200)))]
  const servers = placements.map((placement) => ('server' in placement ? placement.server : -placement.status))
  if (!('counts' in expected)) return [...new Set(servers)].toSorted((a, b) => a - b)
  return Object.fromEntries(
    Map.groupBy(servers, (server) => server)
      .entries()
      .map(([server, all]) => [server, all.length]),
  )
}
