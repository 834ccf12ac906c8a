/** When active health checks come. */
import { describe, expect, it } from 'vitest'
import { ANYWHERE } from '../../../host/cluster/load-balancer.ts'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import { clusterConfig, endpointConfig } from './fakes.ts'
import { flagsOf, setUp } from './health-checks.ts'

describe('times of active health checks', () => {
  it('hold the cluster back until as many are over as there are endpoints', async () => {
    let isStarted = false
    const { started, advance } = await setUp({ 1: 200, 2: 0 })
    void started.then(() => (isStarted = true))
    await Promise.resolve()
    expect(isStarted).toBe(false)
    advance(500)
    await started
    expect(isStarted).toBe(true)
  })

  it('wait longer or shorter by what the last check has changed', async () => {
    const { connector, advance } = await setUp({ 1: 200 })
    advance(900)
    connector.answers[1] = -1
    // Two failures are edges, the third makes it unhealthy.
    advance(100 + 100 + 100 + 2900)
    connector.answers[1] = 200
    advance(100 + 200 + 1000)
    expect(connector.times.get(1)).toEqual([0, 1000, 1100, 1200, 4200, 4400, 5400])
  })

  it('come seldom while the cluster has no traffic', async () => {
    const { connector, advance, stats } = await setUp({ 1: 200, 2: 404 }, { hasTraffic: false })
    advance(200_000)
    expect([connector.times.get(1), connector.times.get(2)]).toEqual([
      [0, 90_000, 180_000],
      [0, 60_000, 120_000, 180_000],
    ])
    stats.counter('cluster.c.upstream_cx_total').add(1)
    advance(72_000)
    expect(connector.times.get(1)!.slice(3)).toEqual([270_000, 271_000, 272_000])
  })

  it('wait some more by chance', async () => {
    const check = { initialJitter: 100, intervalJitter: 10, intervalJitterPercent: 20 }
    const { connector, advance } = await setUp({ 1: 200 }, { check, random: 0.5 })
    advance(3000)
    expect(connector.times.get(1)).toEqual([50, 1155, 2260])
  })

  it('let new endpoints count only when they have been checked, if that is wanted', async () => {
    let addresses = ['10.0.0.1']
    const lookup: Lookup = () => Promise.resolve(addresses.map((address) => ({ address, ttl: 0 })))
    const balancing = { ...clusterConfig().balancing, ignoresUnchecked: true, panicThreshold: 50 }
    const named = { discovery: 'STRICT_DNS' as const, endpoints: [endpointConfig('up.test', 80)], balancing }
    const { cluster, advance, gauge } = await setUp({ 80: 200 }, { cluster: named, lookup })
    const found = await cluster()
    addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']
    advance(5000)
    for (let turns = 0; turns < 30; turns++) await Promise.resolve()
    expect(flagsOf(found).slice(1)).toEqual(Array.from({ length: 3 }, () => '/failed_active_hc/pending_active_hc'))
    const used = Array.from({ length: 4 }, () => found.pick(ANYWHERE)!.label)
    expect([used, gauge('membership_excluded')]).toEqual([Array.from({ length: 4 }, () => '10.0.0.1:80'), 3])
  })
})
