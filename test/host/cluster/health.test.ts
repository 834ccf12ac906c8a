/** Active health checks under a clock of the test's own; what they do on sockets stands in test/e2e/health. */
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import { NameInquiries } from '../../../host/cluster/name-inquiries.ts'
import type { Cluster } from '../../../host/cluster/cluster.ts'
import { ANYWHERE } from '../../../host/cluster/load-balancer.ts'
import type { ClusterConfig, HealthCheckConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { MAX_PLACES } from '../../../host/services/host-places.ts'
import { createSharedHosts, HostFlag, SharedHosts } from '../../../host/services/shared-hosts.ts'
import { TlsSecrets } from '../../../host/tls/tls-secrets.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'
import { clusterConfig, endpointConfig, FakeConnector, noLookup, silent, startOfRange, type FakeConnection } from './fakes.ts'

const open: SharedHosts[] = []

afterEach(() => {
  for (const hosts of open.splice(0)) hosts.stop()
})

/** Answers of endpoints by port; 0 = it says nothing, -1 = it ends the connection. */
type Answers = Record<number, number>

/** Endpoints that answer every check at once. */
class AnsweringConnector extends FakeConnector {
  readonly answers: Answers
  /** When each check came, by port. */
  readonly times = new Map<number, number[]>()
  readonly #time: VirtualTime

  constructor(answers: Answers, time: VirtualTime) {
    super()
    this.answers = answers
    this.#time = time
  }

  override connect(...args: Parameters<FakeConnector['connect']>): FakeConnection {
    const connection = super.connect(...args) as FakeConnection
    const { port } = args[0]
    const newStream = connection.newStream.bind(connection)
    connection.newStream = (receiver) => {
      const stream = newStream(receiver)
      this.times.set(port, [...(this.times.get(port) ?? []), this.#time.monotonicMillis() - 1000])
      const status = this.answers[port]!
      this.#time.defer(() => {
        if (status > 0) receiver.head(answer(status), true)
        if (status < 0) receiver.onReset('connection_termination', '')
        if (status < 0) connection.close()
      })
      return stream
    }
    this.#time.defer(() => connection.events.onConnected())
    return connection
  }
}

function answer(status: number): HeaderMap {
  const headers = new HeaderMap()
  headers.push(':status', String(status))
  return headers
}

const CHECK: HealthCheckConfig = {
  timeout: 500,
  initialJitter: 0,
  intervalJitter: 0,
  intervalJitterPercent: 0,
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  reusesConnection: true,
  intervals: {
    healthy: 1000,
    healthyEdge: 200,
    unhealthy: 3000,
    unhealthyEdge: 100,
    noTraffic: 60_000,
    noTrafficHealthy: 90_000,
  },
  probe: {
    kind: 'HTTP',
    protocol: 'HTTP/1.1',
    method: 'GET',
    host: '',
    path: '/',
    body: Buffer.alloc(0),
    headersToAdd: [],
    headersToRemove: [],
    expected: [{ start: 200, end: 201 }],
    retriable: [{ start: 500, end: 501 }],
    receive: [],
    maxBodyBytes: 1024,
    service: null,
  },
}

interface Choices {
  readonly check?: Partial<HealthCheckConfig>
  readonly cluster?: Partial<ClusterConfig>
  readonly hasTraffic?: boolean
  readonly random?: number
  readonly lookup?: Lookup
  readonly hosts?: SharedHosts
}

async function setUp(answers: Answers, choices: Choices = {}) {
  const {
    hosts = createSharedHosts(3),
    check = {},
    cluster: more = {},
    hasTraffic = true,
    random = 0,
    lookup = noLookup,
  } = choices
  const time = new VirtualTime(0)
  const stats = createStatsStore({ writers: 1 })
  open.push(hosts)
  const connector = new AnsweringConnector(answers, time)
  const drawing = { ...startOfRange, fraction: () => random }
  const names = new NameInquiries({ lookup, stats, timers: time, random: drawing })
  const log = { ...silent, log: (_level: number, message: string) => void logged.push(message) }
  const logged: string[] = []
  const node = { locality: null, localCluster: '' }
  const context = {
    stats,
    timers: time,
    clock: time,
    random: drawing,
    names,
    log,
    node,
    secrets: new TlsSecrets(),
    connectorFor: () => connector,
  }
  const manager = new ClusterManager({ ...context, hosts, isFirstWorker: true })
  const healthCheck = { ...CHECK, ...check }
  const value: ClusterConfig = { ...clusterConfig({ endpoints: Object.keys(answers).length }), healthCheck, ...more }
  if (hasTraffic) stats.counter('cluster.c.upstream_cx_total').add(1)
  const started = manager.addOrUpdate({ name: 'c', identity: '1', value })
  // Look-ups answer in microtasks.
  for (let turns = 0; turns < 30; turns++) await Promise.resolve()
  time.settle()
  return {
    time,
    stats,
    connector,
    manager,
    started,
    value,
    logged,
    cluster: async () => {
      await started
      return manager.get('c')!
    },
    advance: (millis: number) => time.advance(millis),
    count: (name: string) => stats.counter(`cluster.c.health_check.${name}`).value(),
    gauge: (name: string) => stats.gauge(`cluster.c.${name}`).value(),
    /** The cluster as another worker has it. */
    other: () => inAnother(2, context, '1'),
    /** As the next first worker has it: this one has died, its time stands still. */
    successor: async (identity = '1') => {
      stats.releaseWriter(0)
      const later = new VirtualTime(0)
      const parts = { ...context, timers: later, clock: later, connectorFor: () => new AnsweringConnector(answers, later) }
      return { first: await inAnother(1, parts, identity, later), advance: (millis: number) => later.advance(millis) }
    },
  }

  async function inAnother(thread: number, parts: typeof context, identity: string, clock = time): Promise<Cluster> {
    const otherHosts = new SharedHosts(hosts.handle, thread)
    open.push(otherHosts)
    const second = new ClusterManager({ ...parts, hosts: otherHosts, isFirstWorker: thread === 1 })
    const isReady = second.addOrUpdate({ name: 'c', identity, value })
    clock.settle()
    await isReady
    return second.get('c')!
  }
}

/** Flags of the endpoints in order. */
function flagsOf(cluster: Cluster): string[] {
  return cluster.endpoints.map(({ health }) => health.flags.join(''))
}

describe('active health checks', () => {
  it('decide over new endpoints with the first check', async () => {
    const { cluster, count, gauge } = await setUp({ 1: 200, 2: 404 })
    expect(flagsOf(await cluster())).toEqual(['', '/failed_active_hc'])
    expect([count('attempt'), count('success'), count('failure'), count('network_failure')]).toEqual([2, 1, 1, 0])
    expect([gauge('health_check.healthy'), gauge('membership_healthy'), gauge('membership_excluded')]).toEqual([1, 1, 0])
  })

  it('go on with what is known when the worker that checks has died', async () => {
    const answers: Answers = { 1: 200, 2: 404 }
    const { cluster, other, successor, count, gauge } = await setUp(answers)
    await cluster()
    const second = await other()
    Object.assign(answers, { 1: 500, 2: 200 })
    const { first, advance } = await successor()
    expect([flagsOf(first), gauge('health_check.healthy'), count('attempt')]).toEqual([['', '/failed_active_hc'], 1, 4])
    advance(199)
    expect(flagsOf(first)).toEqual(['', '/failed_active_hc'])
    advance(1)
    expect(flagsOf(first)).toEqual(['/failed_active_hc', ''])
    expect(gauge('health_check.healthy')).toBe(1)
    await expect.poll(() => flagsOf(second)).toEqual(['/failed_active_hc', ''])
  })

  it('begin anew when the cluster is another one than the dead worker had', async () => {
    const answers: Answers = { 1: 200, 2: 404 }
    const { cluster, successor } = await setUp(answers)
    await cluster()
    Object.assign(answers, { 1: 404, 2: 200 })
    const { first } = await successor('2')
    expect(flagsOf(first)).toEqual(['/failed_active_hc', ''])
  })

  it('begin anew after a cluster that has ended in good order', async () => {
    const answers: Answers = { 1: 200, 2: 404 }
    const { cluster, other, successor, manager } = await setUp(answers)
    await cluster()
    await other()
    manager.stop()
    Object.assign(answers, { 1: 404, 2: 200 })
    const { first } = await successor()
    expect(flagsOf(first)).toEqual(['/failed_active_hc', ''])
  })

  it('leave an endpoint out that is one too many to be watched, and say so', async () => {
    const hosts = createSharedHosts(3)
    for (let i = 1; i < MAX_PLACES; i++) hosts.host('others', String(i))
    const { cluster, stats, logged, connector } = await setUp({ 1: 200, 2: 200, 3: 200 }, { hosts })
    expect(flagsOf(await cluster())).toEqual(['', '/failed_active_hc', '/failed_active_hc'])
    expect([...connector.times.keys()]).toEqual([1])
    expect(stats.counter('sluice.unwatched_endpoints').value()).toBe(2)
    expect(logged).toEqual([expect.stringMatching(/^cluster 'c': no room to watch 127.0.0.1:2 and others/)])
  })

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

  it('take an endpoint out after some failures in a row, and bring it back after some successes', async () => {
    const { cluster, connector, advance } = await setUp({ 1: 200, 2: 200 })
    const endpoints = await cluster()
    connector.answers[2] = 500
    advance(1000)
    advance(100)
    connector.answers[2] = 200
    advance(100)
    connector.answers[2] = 500
    advance(1000 + 100)
    expect(flagsOf(endpoints)).toEqual(['', ''])
    advance(100)
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc'])
    connector.answers[2] = 200
    advance(3000)
    connector.answers[2] = 404
    advance(200)
    connector.answers[2] = 200
    advance(3000)
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc'])
    advance(200)
    expect(flagsOf(endpoints)).toEqual(['', ''])
  })

  it('take an endpoint out at once when its answer says so', async () => {
    const { cluster, connector, advance, gauge } = await setUp({ 1: 200, 2: 200 })
    const endpoints = await cluster()
    connector.answers[2] = 404
    advance(1000)
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc'])
    const used = Array.from({ length: 4 }, () => endpoints.pick(ANYWHERE)!.address.port)
    expect([used, gauge('membership_healthy'), gauge('health_check.healthy')]).toEqual([[1, 1, 1, 1], 1, 1])
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

  it('take silence for a failure of the network', async () => {
    const { cluster, connector, advance, count } = await setUp({ 1: 200 })
    const endpoints = await cluster()
    connector.answers[1] = 0
    advance(1000 + 500 + 100 + 500 + 100 + 500)
    expect(flagsOf(endpoints)).toEqual(['/failed_active_hc/active_hc_timeout'])
    expect([count('network_failure'), connector.connections.filter(({ isClosed }) => isClosed).length]).toEqual([3, 3])
    connector.answers[1] = 404
    advance(3000)
    expect(flagsOf(endpoints)).toEqual(['/failed_active_hc'])
  })

  it('leave out an endpoint whose answer to a request asks for it, until a check is passed', async () => {
    const { cluster, advance, count, gauge } = await setUp({ 1: 200, 2: 200 })
    const endpoints = await cluster()
    endpoints.endpoints[1]!.health.failAtOnce()
    expect(flagsOf(endpoints)).toEqual(['', '/failed_active_hc/excluded_via_immediate_hc_fail'])
    expect([count('passive_failure'), gauge('membership_excluded'), gauge('membership_healthy')]).toEqual([1, 1, 1])
    advance(1000 + 200)
    expect([flagsOf(endpoints), gauge('membership_excluded')]).toEqual([['', ''], 0])
  })

  it('tell all workers', async () => {
    const { cluster, other, connector, advance } = await setUp({ 1: 200, 2: 200 })
    const [first, second] = [await cluster(), await other()]
    expect(flagsOf(second)).toEqual(['', ''])
    connector.answers[1] = 404
    advance(1000)
    await expect.poll(() => Array.from({ length: 4 }, () => second.pick(ANYWHERE)!.address.port)).toEqual([2, 2, 2, 2])
    // A worker that starts now knows it from the beginning, and each can tell of an answer.
    expect(flagsOf(await other())).toEqual(['/failed_active_hc', ''])
    second.endpoints[1]!.health.failAtOnce()
    await expect.poll(() => flagsOf(first)[1]).toBe('/failed_active_hc/excluded_via_immediate_hc_fail')
  })

  it('leave alone endpoints that are not to be checked', async () => {
    const check = { isDisabled: true, host: '', port: 0, hostname: '' }
    const endpoints = [endpointConfig('127.0.0.1', 1), endpointConfig('127.0.0.1', 2, { check })]
    const { cluster, connector } = await setUp({ 1: 404, 2: 404 }, { cluster: { endpoints } })
    expect([flagsOf(await cluster()), connector.times.has(2)]).toEqual([['/failed_active_hc', ''], false])
  })

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

  it('give up a question that was answered and not taken', async () => {
    const { connector, advance } = await setUp({ 1: 200 })
    const [connection] = connector.connections
    expect(connection!.streams.map(({ calls }) => calls)).toEqual([['head']])
    advance(1000)
    expect(connection!.streams.map(({ calls }) => calls)).toEqual([['head', 'reset'], ['head']])
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
