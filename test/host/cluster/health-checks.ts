/** A cluster with active health checks whose clock stands still, and whose endpoints answer as they are told. */
import { afterEach } from 'vitest'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import { NameInquiries } from '../../../host/cluster/name-inquiries.ts'
import type { Cluster } from '../../../host/cluster/cluster.ts'
import type { ClusterConfig, HealthCheckConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { createSharedHosts, SharedHosts } from '../../../host/services/shared-hosts.ts'
import { TlsSecrets } from '../../../host/tls/tls-secrets.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'
import { clusterConfig, FakeConnector, noLookup, silent, startOfRange, type FakeConnection } from './fakes.ts'

const open: SharedHosts[] = []

afterEach(() => {
  for (const hosts of open.splice(0)) hosts.stop()
})

/** Answers of endpoints by port; 0 = it says nothing, -1 = it ends the connection. */
export type Answers = Record<number, number>

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

/** A running cluster `c` in its first worker, and what a test does with it. */
export async function setUp(answers: Answers, choices: Choices = {}) {
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
export function flagsOf(cluster: Cluster): string[] {
  return cluster.endpoints.map(({ health }) => health.flags.join(''))
}
