/** Outlier detection under a clock of the test's own; what it does on sockets stands in test/e2e/outlier. */
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import type { Cluster } from '../../../host/cluster/cluster.ts'
import { ANYWHERE } from '../../../host/cluster/load-balancer.ts'
import { buildOutlier } from '../../../host/config/build/outlier.ts'
import { OutlierDetectionSchema } from '../../../host/config/gen/envoy/config/cluster/v3/outlier_detection_pb.ts'
import { createSharedHosts, SharedHosts } from '../../../host/services/shared-hosts.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { fromJson, type JsonObject } from '@bufbuild/protobuf'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'
import { clusterConfig, clusterContext } from './fakes.ts'

const MINUTE = 60_000
const PREFIX = 'cluster.c.outlier_detection.ejections_'
const open: SharedHosts[] = []

afterEach(() => {
  for (const hosts of open.splice(0)) hosts.stop()
})

/** A cluster in one worker; another one joins with the first one's `world`. */
async function setUp(detection: JsonObject, endpoints: number, world = makeWorld(), isFirstWorker = true) {
  const { time, stats } = world
  const hosts = isFirstWorker ? world.hosts : new SharedHosts(world.hosts.handle, 2)
  open.push(hosts)
  const manager = new ClusterManager(clusterContext({ stats, timers: time, clock: time, hosts, isFirstWorker }))
  const outlier = buildOutlier(fromJson(OutlierDetectionSchema, detection))
  await manager.addOrUpdate({ name: 'c', identity: '1', value: { ...clusterConfig({ endpoints }), outlier } })
  const cluster = manager.get('c')!
  const count = (name: string): number => stats.counter(PREFIX + name).value()
  return {
    world,
    cluster,
    manager,
    count,
    advance: (millis: number) => time.advance(millis),
    active: () => stats.gauge(`${PREFIX}active`).value(),
  }
}

function makeWorld() {
  return { time: new VirtualTime(0), stats: createStatsStore({ writers: 1 }), hosts: createSharedHosts(3) }
}

function answer(cluster: Cluster, index: number, ...statuses: number[]): void {
  for (const status of statuses) cluster.endpoints[index]!.outlier!.onStatus(status)
}

/** Ports of the endpoints that get requests. */
function inUse(cluster: Cluster): number[] {
  const ports = Array.from({ length: 2 * cluster.endpoints.length }, () => cluster.pick(ANYWHERE)?.address.port ?? 0)
  return [...new Set(ports)].toSorted((a, b) => a - b)
}

function times(count: number, status: number): number[] {
  return Array.from({ length: count }, () => status)
}

describe('outlier detection', () => {
  it('takes an endpoint out after 7 answers of 5xx in a row, looks every 5 minutes and brings it back after 15', async () => {
    const detection = { consecutive5xx: 7, interval: '300s', baseEjectionTime: '900s', maxEjectionPercent: 100 }
    const { cluster, count, advance, active } = await setUp(detection, 2)
    answer(cluster, 0, ...times(6, 500))
    expect(inUse(cluster)).toEqual([1, 2])
    answer(cluster, 0, 503)
    expect(inUse(cluster)).toEqual([2])
    expect([count('enforced_consecutive_5xx'), count('enforced_total'), active()]).toEqual([1, 1, 1])
    advance(14 * MINUTE)
    expect(inUse(cluster)).toEqual([2])
    advance(MINUTE)
    expect(inUse(cluster)).toEqual([1, 2])
    expect(active()).toBe(0)
  })

  it('begins to count anew with a good answer', async () => {
    const { cluster } = await setUp({ consecutive5xx: 3, maxEjectionPercent: 100 }, 2)
    answer(cluster, 0, 500, 500, 200, 500, 500, 404, 500, 500)
    expect(inUse(cluster)).toEqual([1, 2])
  })

  it('keeps an endpoint out longer each time, and no longer than the limit', async () => {
    const detection = {
      consecutive5xx: 1,
      interval: '10s',
      baseEjectionTime: '30s',
      maxEjectionTime: '80s',
      maxEjectionPercent: 100,
    }
    const { cluster, advance } = await setUp(detection, 2)
    const out: number[] = []
    for (let round = 0; round < 4; round++) {
      answer(cluster, 0, 500)
      let seconds = 0
      for (; inUse(cluster).length === 1; seconds += 10) advance(10_000)
      out.push(seconds)
    }
    expect(out).toEqual([30, 60, 80, 80])
  })

  it('takes out no more than its share, but one if that is wanted', async () => {
    const { cluster, count } = await setUp({ consecutive5xx: 1 }, 2)
    answer(cluster, 0, 500)
    expect([inUse(cluster), count('overflow'), count('detected_consecutive_5xx')]).toEqual([[1, 2], 1, 1])
    const one = await setUp({ consecutive5xx: 1, alwaysEjectOneHost: true }, 2)
    answer(one.cluster, 0, 500)
    answer(one.cluster, 1, 500)
    expect(inUse(one.cluster)).toEqual([2])
  })

  it('only notes what is not enforced', async () => {
    const { cluster, count } = await setUp({ consecutive5xx: 1, enforcingConsecutive5xx: 0, maxEjectionPercent: 100 }, 2)
    answer(cluster, 0, 500)
    expect([inUse(cluster), count('detected_consecutive_5xx'), count('enforced_total')]).toEqual([[1, 2], 1, 0])
  })

  it('counts gateway failures apart', async () => {
    const detection = {
      consecutive5xx: 9,
      consecutiveGatewayFailure: 3,
      enforcingConsecutiveGatewayFailure: 100,
      maxEjectionPercent: 100,
    }
    const { cluster, count } = await setUp(detection, 2)
    answer(cluster, 0, 502, 503, 500, 504, 502)
    expect(inUse(cluster)).toEqual([1, 2])
    answer(cluster, 0, 503)
    expect([inUse(cluster), count('enforced_consecutive_gateway_failure')]).toEqual([[2], 1])
  })

  it('counts failures without an answer as 503 and 504, or apart', async () => {
    const together = await setUp({ consecutive5xx: 2, maxEjectionPercent: 100 }, 2)
    together.cluster.endpoints[0]!.outlier!.onLocalFailure(503)
    together.cluster.endpoints[0]!.outlier!.onLocalFailure(504)
    expect([inUse(together.cluster), together.count('enforced_consecutive_5xx')]).toEqual([[2], 1])
    const detection = {
      consecutive5xx: 2,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailure: 3,
      maxEjectionPercent: 100,
    }
    const { cluster, count } = await setUp(detection, 2)
    const monitor = cluster.endpoints[0]!.outlier!
    monitor.onLocalFailure(503)
    monitor.onLocalFailure(503)
    monitor.onLocalSuccess()
    monitor.onLocalFailure(503)
    monitor.onLocalFailure(503)
    expect(inUse(cluster)).toEqual([1, 2])
    monitor.onLocalFailure(504)
    expect([inUse(cluster), count('enforced_consecutive_local_origin_failure')]).toEqual([[2], 1])
  })

  it('takes out what succeeds far less often than the others', async () => {
    const detection = { consecutive5xx: 1000, successRateRequestVolume: 10, interval: '10s', maxEjectionPercent: 100 }
    const { cluster, count, advance } = await setUp(detection, 5)
    for (const index of [0, 1, 2, 3]) answer(cluster, index, ...times(10, 200))
    answer(cluster, 4, ...times(9, 200), 500)
    advance(10_000)
    // Four at 100 % and one at 90 %: mean 98, deviation 4; 98 - 1.9 x 4 = 90.4.
    expect([inUse(cluster), count('enforced_success_rate')]).toEqual([[1, 2, 3, 4], 1])
  })

  it('takes out what fails too often, whatever the others do', async () => {
    const detection = {
      consecutive5xx: 1000,
      enforcingSuccessRate: 0,
      enforcingFailurePercentage: 100,
      failurePercentageMinimumHosts: 2,
      failurePercentageRequestVolume: 10,
      failurePercentageThreshold: 50,
      maxEjectionPercent: 100,
    }
    const { cluster, count, advance } = await setUp(detection, 2)
    answer(cluster, 0, ...times(5, 200), ...times(5, 500))
    answer(cluster, 1, ...times(6, 200), ...times(4, 500))
    advance(10_000)
    expect([inUse(cluster), count('enforced_failure_percentage')]).toEqual([[2], 1])
  })

  it('counts the answers of all workers together, and all of them leave the endpoint out', async () => {
    const detection = { consecutive5xx: 4, maxEjectionPercent: 100 }
    const first = await setUp(detection, 2)
    const second = await setUp(detection, 2, first.world, false)
    answer(first.cluster, 0, 500, 500)
    answer(second.cluster, 0, 500, 500)
    await expect.poll(() => [inUse(first.cluster), inUse(second.cluster)]).toEqual([[2], [2]])
    expect(first.count('enforced_total')).toBe(1)
    // A worker that starts now knows it from the beginning.
    const third = await setUp(detection, 2, first.world, false)
    expect(inUse(third.cluster)).toEqual([2])
    first.advance(30_000)
    await expect.poll(() => inUse(second.cluster)).toEqual([1, 2])
  })

  it('counts who is out over a change of the cluster, whoever of the two takes out or brings back', async () => {
    const { manager, cluster, active, advance } = await setUp(
      { base_ejection_time: '1s', interval: '2s', max_ejection_percent: 100 },
      4,
    )
    answer(cluster, 0, ...times(5, 500))
    expect(active()).toBe(1)
    await manager.prepare([{ name: 'c', identity: '2', value: { ...cluster.config, connectTimeout: 1 } }])
    answer(cluster, 1, ...times(5, 500))
    answer(cluster, 2, ...times(5, 500))
    manager.commit()
    expect(active()).toBe(3)

    await manager.prepare([{ name: 'c', identity: '3', value: cluster.config }])
    advance(2000)
    manager.commit()
    expect([inUse(manager.get('c')!), active()]).toEqual([[1, 2, 3, 4], 0])
    expect(manager.remove('c')).toBe(true)
    expect(active()).toBe(0)
  })
})
