/** Judges what came of a row. */
import { expect } from 'vitest'
import type { BalancingBench, Placement } from './bench.ts'
import type { Row } from './row.ts'

/** Runs a row through both proxies. */
export async function judgeRow(bench: BalancingBench, row: Row, index: number): Promise<void> {
  const { host, envoy } = await bench.place(row, index)
  const reached = wanted(row)
  if (reached !== null)
    expect({ host: summaryOf(host, row), envoy: summaryOf(envoy, row) }).toEqual({ host: reached, envoy: reached })
  if ('same' in row.expected) expect(host).toEqual(envoy)
  if (row.stats === undefined && row.counted === undefined) return
  const stats = await bench.stats(index)
  const wantedStats = expect.objectContaining(row.stats ?? {})
  expect(stats).toEqual({ host: wantedStats, envoy: wantedStats })
  for (const name of row.counted ?? []) expect([name, stats.host[name]! > 0, stats.envoy[name]! > 0]).toEqual([name, true, true])
}

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
