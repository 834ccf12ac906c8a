/** Active health checks beside what else changes a cluster: others that take over, outlier detection, names. */
import { describe, expect, it } from 'vitest'
import { HostFlag } from '../../../host/services/shared-hosts.ts'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import { endpointConfig } from './fakes.ts'
import { flagsOf, setUp } from './health-checks.ts'

describe('active health checks beside other changes', () => {
  it('bring back what outlier detection has taken out', async () => {
    const { buildOutlier } = await import('../../../host/config/build/outlier.ts')
    const { OutlierDetectionSchema } = await import('../../../host/config/gen/envoy/config/cluster/v3/outlier_detection_pb.ts')
    const { create } = await import('@bufbuild/protobuf')
    const outlier = { ...buildOutlier(create(OutlierDetectionSchema)), consecutive5xx: 1, maxEjectionPercent: 100 }
    const { cluster, advance, gauge } = await setUp({ 1: 200, 2: 200 }, { cluster: { outlier } })
    const endpoints = await cluster()
    endpoints.endpoints[0]!.outlier!.onStatus(500)
    expect(flagsOf(endpoints)).toEqual(['/failed_outlier_check', ''])
    advance(1000)
    expect([flagsOf(endpoints), gauge('outlier_detection.ejections_active')]).toEqual([['', ''], 0])
  })

  it('say nothing to a cluster that takes over without them, and neither does outlier detection', async () => {
    const { buildOutlier } = await import('../../../host/config/build/outlier.ts')
    const { OutlierDetectionSchema } = await import('../../../host/config/gen/envoy/config/cluster/v3/outlier_detection_pb.ts')
    const { create } = await import('@bufbuild/protobuf')
    const outlier = buildOutlier(create(OutlierDetectionSchema))
    const { manager, value, cluster, time } = await setUp({ 1: 200, 2: 200 }, { cluster: { outlier } })
    const { CheckDegraded, Ejected, LeftOut } = HostFlag
    const [one, two] = (await cluster()).endpoints
    one!.health.shared!.change(Ejected, 0)
    two!.health.shared!.change(CheckDegraded | LeftOut, 0)
    expect(flagsOf(await cluster())).toEqual(['/failed_outlier_check', '/degraded_active_hc/excluded_via_immediate_hc_fail'])
    await manager.addOrUpdate({ name: 'c', identity: '2', value: { ...value, healthCheck: null } })
    expect(flagsOf(manager.get('c')!)).toEqual(['/failed_outlier_check', ''])
    const checked = manager.addOrUpdate({ name: 'c', identity: '3', value: { ...value, outlier: null } })
    time.settle()
    await checked
    expect(flagsOf(manager.get('c')!)).toEqual(['', ''])
  })

  it('go on under a cluster that takes over, and end with it', async () => {
    const { manager, value, cluster, connector, time, advance } = await setUp({ 1: 200 })
    await cluster()
    const next = manager.addOrUpdate({ name: 'c', identity: '2', value: { ...value, bufferLimit: 11 } })
    time.settle()
    await next
    expect(flagsOf(manager.get('c')!)).toEqual([''])
    advance(3000)
    expect(connector.times.get(1)).toEqual([0, 0, 1000, 2000, 3000])
    manager.remove('c')
    advance(9000)
    expect(connector.times.get(1)).toHaveLength(5)
  })

  it('keep a healthy endpoint whose name has no such address any more', async () => {
    let addresses = ['10.0.0.1', '10.0.0.2']
    const lookup: Lookup = () => Promise.resolve(addresses.map((address) => ({ address, ttl: 0 })))
    const named = { discovery: 'STRICT_DNS' as const, endpoints: [endpointConfig('up.test', 80)], keepsHealthyEndpoints: true }
    const { cluster, connector, advance } = await setUp({ 80: 200 }, { cluster: named, lookup })
    const found = await cluster()
    const refresh = async (): Promise<string[]> => {
      advance(5000)
      for (let turns = 0; turns < 30; turns++) await Promise.resolve()
      return found.endpoints.map(({ label, health }) => label + health.flags.join(''))
    }
    addresses = ['10.0.0.2']
    expect(await refresh()).toEqual(['10.0.0.1:80/pending_dynamic_removal', '10.0.0.2:80'])
    connector.answers[80] = 404
    advance(1000)
    expect(await refresh()).toEqual(['10.0.0.2:80/failed_active_hc'])
    // What comes again has to be checked first.
    connector.answers[80] = 0
    addresses = ['10.0.0.1']
    expect(await refresh()).toEqual(['10.0.0.1:80/failed_active_hc'])
    expect(found.endpoints[0]!.health.shared!.hasFlag(HostFlag.Checked)).toBe(false)
  })
})
