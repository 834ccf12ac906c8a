import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import { ANYWHERE } from '../../../host/cluster/load-balancer.ts'
import { buildOutlier } from '../../../host/config/build/outlier.ts'
import { OutlierDetectionSchema } from '../../../host/config/gen/envoy/config/cluster/v3/outlier_detection_pb.ts'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import type { ClusterConfig, DnsConfig, SubsetConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { HostFlag } from '../../../host/services/shared-hosts.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { clusterConfig, clusterContext, endpointConfig, FakeConnector, FakeTimers, noLookup, startOfRange } from './fakes.ts'

function setUp(lookup: Lookup = noLookup, isFirstWorker = true, random = startOfRange) {
  const stats = createStatsStore({ writers: 1 })
  const timers = new FakeTimers()
  const connector = new FakeConnector()
  const manager = new ClusterManager(
    clusterContext({ stats, timers, random, lookup, isFirstWorker, connectorFor: () => connector }),
  )
  return { manager, stats, timers, connector }
}

/** Randomness that draws the middle. */
const halfOfRange = { ...startOfRange, fraction: () => 0.5 }
const request = { onPoolReady: () => {}, onPoolFailure: () => {} }

describe('ClusterManager', () => {
  it('does no work for an unchanged identity', async () => {
    const { manager, stats } = setUp()
    await manager.addOrUpdate({ name: 'c', identity: '1', value: clusterConfig() })
    const cluster = manager.get('c')
    await manager.addOrUpdate({ name: 'c', identity: '1', value: clusterConfig() })
    expect(manager.get('c')).toBe(cluster)
    expect(stats.counter('cluster_manager.cluster_modified').value()).toBe(0)
  })

  it('replaces a cluster and drains the old one', async () => {
    const { manager, connector, stats } = setUp()
    await manager.addOrUpdate({ name: 'c', identity: '1', value: clusterConfig() })
    manager.get('c')!.pick(ANYWHERE)!.pools.for(false, null)!.acquire(request)
    connector.connections[0]!.events.onConnected()
    connector.connections[0]!.events.onStreamEnded(true)
    await manager.addOrUpdate({ name: 'c', identity: '2', value: clusterConfig({ endpoints: 2 }) })
    expect([manager.get('c')!.endpoints.length, connector.connections[0]!.isClosed]).toEqual([2, true])
    expect(stats.counter('cluster_manager.cluster_modified').value()).toBe(1)
  })

  it('counts the groups of clusters that are there', async () => {
    const { manager, stats } = setUp()
    const selectors = [{ keys: ['k'], fallback: 'NOT_DEFINED', fallbackKeys: [], takesOne: false }] as const
    const subsets: SubsetConfig = {
      fallback: 'NO_FALLBACK',
      defaults: [],
      selectors,
      localityWeighted: false,
      scalesLocalities: false,
      panicsToAny: false,
      splitsLists: false,
      triesAlternatives: false,
    }
    const metadata = (k: string) => ({ message: new Uint8Array(0), json: { filter_metadata: { 'envoy.lb': { k } } } })
    const grouped = (...values: readonly string[]): ClusterConfig => {
      const config = clusterConfig()
      const endpoints = values.map((value, index) => endpointConfig('127.0.0.1', index + 1, { metadata: metadata(value) }))
      return { ...config, endpoints, balancing: { ...config.balancing, subsets } }
    }
    const figures = (): number[] => [
      stats.gauge('cluster.c.lb_subsets_active').value(),
      stats.counter('cluster.c.lb_subsets_created').value(),
      stats.counter('cluster.c.lb_subsets_removed').value(),
    ]
    await manager.addOrUpdate({ name: 'c', identity: '1', value: grouped('a', 'b') })
    expect(figures()).toEqual([2, 2, 0])
    await manager.addOrUpdate({ name: 'c', identity: '2', value: grouped('a', 'b', 'd') })
    expect(figures()).toEqual([3, 5, 2])
    manager.remove('c')
    expect(figures()).toEqual([0, 5, 5])
  })

  it('forgets a removed cluster, whose streams go on', async () => {
    const { manager, connector, stats } = setUp()
    await manager.addOrUpdate({ name: 'c', identity: '1', value: clusterConfig() })
    manager.get('c')!.pick(ANYWHERE)!.pools.for(false, null)!.acquire(request)
    connector.connections[0]!.events.onConnected()
    expect([manager.remove('c'), manager.remove('c'), manager.get('c')]).toEqual([true, false, null])
    expect(connector.connections[0]!.isClosed).toBe(false)
    connector.connections[0]!.events.onStreamEnded(true)
    expect(connector.connections[0]!.isClosed).toBe(true)
    expect(stats.gauge('cluster_manager.active_clusters').value()).toBe(0)
  })

  const outlier = buildOutlier(create(OutlierDetectionSchema))

  it('leaves out endpoints that are not healthy', async () => {
    const { manager, stats } = setUp()
    await manager.addOrUpdate({ name: 'c', identity: '1', value: { ...clusterConfig({ endpoints: 2 }), outlier } })
    const cluster = manager.get('c')!
    const [first, second] = cluster.endpoints
    const healthy = stats.gauge('cluster.c.membership_healthy')
    first!.health.shared!.change(HostFlag.Ejected, 0)
    expect([cluster.pick(ANYWHERE), cluster.pick(ANYWHERE), healthy.value()]).toEqual([second, second, 1])
    expect(first!.health.flags).toEqual(['/failed_outlier_check'])
    first!.health.shared!.change(0, HostFlag.Ejected)
    expect([cluster.pick(ANYWHERE), cluster.pick(ANYWHERE), healthy.value()]).toEqual([second, first, 2])
  })

  it('counts only in the first worker', async () => {
    const { manager, stats } = setUp(noLookup, false)
    await manager.addOrUpdate({ name: 'c', identity: '1', value: clusterConfig() })
    expect([stats.counter('cluster_manager.cluster_added').value(), stats.gauge('cluster.c.membership_total').value()]).toEqual([
      0, 0,
    ])
  })
})

const found = (hosts: readonly string[], ttl = 0) => Promise.resolve(hosts.map((address) => ({ address, ttl })))

describe('a STRICT_DNS cluster', () => {
  const REFRESH = 5000
  const named = (family: DnsConfig['family'] = 'V4_ONLY', more: Partial<DnsConfig> = {}) => ({
    ...clusterConfig(),
    discovery: 'STRICT_DNS' as const,
    dns: { ...clusterConfig().dns, family, refreshRate: REFRESH, ...more },
    endpoints: [endpointConfig('up.test', 80)],
  })
  const labels = (manager: ClusterManager): string[] => manager.get('c')!.endpoints.map(({ label }) => label)

  it('follows the addresses of its names; endpoints that stay keep their pool', async () => {
    let hosts = ['10.0.0.1', '10.0.0.2']
    const { manager, timers, stats } = setUp(() => found(hosts))
    await manager.addOrUpdate({ name: 'c', identity: '1', value: named() })
    expect(labels(manager)).toEqual(['10.0.0.1:80', '10.0.0.2:80'])
    const kept = manager.get('c')!.endpoints[1]
    hosts = ['10.0.0.2', '10.0.0.3']
    timers.fire(REFRESH)
    await expect.poll(() => labels(manager)).toEqual(['10.0.0.2:80', '10.0.0.3:80'])
    expect(manager.get('c')!.endpoints[0]).toBe(kept)
    expect([stats.counter('cluster.c.membership_change').value(), stats.counter('cluster.c.update_success').value()]).toEqual([
      2, 2,
    ])
  })

  it('keeps what it knows when a look-up fails', async () => {
    let isUp = true
    const { manager, timers, stats } = setUp(() => (isUp ? found(['10.0.0.1']) : Promise.reject(new Error('ENOTFOUND'))))
    await manager.addOrUpdate({ name: 'c', identity: '1', value: named() })
    isUp = false
    timers.fire(REFRESH)
    await expect.poll(() => stats.counter('cluster.c.update_failure').value()).toBe(1)
    expect(labels(manager)).toEqual(['10.0.0.1:80'])
  })

  it('looks names up again when their time is over, and at growing intervals after failures', async () => {
    let isUp = true
    const failureRate = { base: 100, max: 300 }
    const look: Lookup = () => (isUp ? found(['10.0.0.1'], 7) : Promise.reject(new Error('SERVFAIL')))
    const { manager, timers, stats } = setUp(look, true, halfOfRange)
    const attempts = (): number => stats.counter('cluster.c.update_attempt').value()
    await manager.addOrUpdate({ name: 'c', identity: '1', value: named('V4_ONLY', { respectsTtl: true, failureRate }) })
    isUp = false
    timers.fire(7000)
    await expect.poll(attempts).toBe(2)
    for (const [attempt, millis] of [
      [3, 50],
      [4, 100],
      [5, 150],
      [6, 150],
    ] as const) {
      await expect.poll(() => (timers.fire(millis), attempts())).toBe(attempt)
    }
  })

  it('with family ALL keeps what it knows when one family fails and the other has no address', async () => {
    let isUp = true
    const look: Lookup = (_name, version) =>
      isUp ? found(version === 4 ? ['10.0.0.1'] : []) : version === 4 ? Promise.reject(new Error('SERVFAIL')) : found([])
    const { manager, timers, stats } = setUp(look)
    await manager.addOrUpdate({ name: 'c', identity: '1', value: named('ALL') })
    isUp = false
    timers.fire(REFRESH)
    await expect.poll(() => stats.counter('cluster.c.update_failure').value()).toBe(1)
    expect(labels(manager)).toEqual(['10.0.0.1:80'])
  })

  it('as LOGICAL_DNS takes the first address and keeps it while there is none', async () => {
    let hosts = ['10.0.0.2', '10.0.0.1']
    const { manager, timers, stats } = setUp(() => found(hosts))
    await manager.addOrUpdate({ name: 'c', identity: '1', value: { ...named(), discovery: 'LOGICAL_DNS' } })
    hosts = []
    timers.fire(REFRESH)
    await expect.poll(() => stats.counter('cluster.c.update_success').value()).toBe(2)
    expect(labels(manager)).toEqual(['10.0.0.2:80'])
  })

  it.each([
    { family: 'AUTO', known: { 4: ['10.0.0.1'], 6: ['::1'] }, labels: ['[::1]:80'] },
    { family: 'AUTO', known: { 4: ['10.0.0.1'], 6: null }, labels: ['10.0.0.1:80'] },
    { family: 'V4_ONLY', known: { 4: ['10.0.0.1'], 6: ['::1'] }, labels: ['10.0.0.1:80'] },
    { family: 'V6_ONLY', known: { 4: ['10.0.0.1'], 6: null }, labels: [] },
    { family: 'ALL', known: { 4: ['10.0.0.1'], 6: ['::1'] }, labels: ['10.0.0.1:80', '[::1]:80'] },
    { family: 'ALL', known: { 4: ['10.0.0.1'], 6: null }, labels: ['10.0.0.1:80'] },
  ] as const)('with family $family takes $labels of $known', async ({ family, known, labels: wanted }) => {
    const lookup: Lookup = (_name, version) => {
      const hosts = known[version]
      return hosts === null ? Promise.reject(new Error('none')) : found(hosts)
    }
    const { manager } = setUp(lookup)
    await manager.addOrUpdate({ name: 'c', identity: '1', value: named(family) })
    expect(labels(manager)).toEqual(wanted)
  })
})

describe('an ORIGINAL_DST cluster', () => {
  const CLEANUP = 700
  const original = {
    ...clusterConfig({ endpoints: 0 }),
    discovery: 'ORIGINAL_DST' as const,
    originalDst: { header: 'x-to', portOverride: null, cleanupInterval: CLEANUP },
  }
  const to = (place: string) => ({ ...ANYWHERE, headers: HeaderMap.from([['x-to', place]]) })

  it('has the endpoints that requests name, as long as they are named or connected', async () => {
    const { manager, connector, stats, timers } = setUp()
    await manager.addOrUpdate({ name: 'c', identity: '1', value: original })
    const cluster = manager.get('c')!
    const [first, second] = [cluster.pick(to('10.0.0.1:80')), cluster.pick(to('10.0.0.2:80'))]
    expect([cluster.pick(to('10.0.0.1:080')), cluster.pick(to('10.0.0.2:80'))]).toEqual([first, second])
    expect(cluster.endpoints).toEqual([first, second])
    first!.pools.for(false, null)!.acquire(request)
    timers.fire(CLEANUP)
    expect(cluster.endpoints).toEqual([first, second])
    timers.fire(CLEANUP)
    expect([cluster.endpoints, stats.gauge('cluster.c.membership_total').value()]).toEqual([[first], 1])
    connector.connections[0]!.close()
    timers.fire(CLEANUP)
    expect(cluster.endpoints).toEqual([])
    expect(stats.counter('cluster.c.membership_change').value()).toBe(4)
  })
})
