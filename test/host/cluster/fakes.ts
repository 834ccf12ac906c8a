/** Test doubles below the cluster: connections that do what the test says. */
import { buildHttp2 } from '../../../host/config/build/http2-options.ts'
import type { ClusterConfig, EndpointConfig } from '../../../host/config/types.ts'
import type { Logger } from '../../../host/util/logger.ts'
import type { Random } from '../../../host/util/random.ts'
import type { ClientConnection, ClientConnectionEvents, ClientStream, ResponseReceiver } from '../../../host/http/codec.ts'
import { addressOf, emptyCounts, Endpoint } from '../../../host/cluster/endpoint.ts'
import { HostHealth } from '../../../host/cluster/host-health.ts'
import type { ClusterContext } from '../../../host/cluster/cluster-manager.ts'
import type { EndpointPools } from '../../../host/cluster/endpoint-pools.ts'
import { NameInquiries } from '../../../host/cluster/name-inquiries.ts'
import { createSharedHosts } from '../../../host/services/shared-hosts.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { systemClock } from '../../../host/util/clock.ts'
import type { Lookup } from '../../../host/cluster/dns-lookup.ts'
import { TlsSecrets } from '../../../host/tls/tls-secrets.ts'
import type { Connector, Destination } from '../../../host/cluster/connector.ts'
import type { Timer, Timers } from '../../../host/util/timers.ts'

export class FakeStream implements ClientStream {
  readonly calls: string[] = []
  readonly receiver: ResponseReceiver

  constructor(receiver: ResponseReceiver) {
    this.receiver = receiver
  }

  head(): void {
    this.calls.push('head')
  }
  data(_bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.calls.push(`data ${end - start}${endStream ? ' end' : ''}`)
  }
  trailers(): void {
    this.calls.push('trailers')
  }
  reset(): void {
    this.calls.push('reset')
  }
  pauseReads(): void {
    this.calls.push('pause')
  }
  resumeReads(): void {
    this.calls.push('resume')
  }
}

export class FakeConnection implements ClientConnection {
  readonly address: string
  readonly events: ClientConnectionEvents
  readonly streams: FakeStream[] = []
  maxStreams = 1
  isClosed = false

  constructor(address: string, events: ClientConnectionEvents) {
    this.address = address
    this.events = events
  }

  newStream(receiver: ResponseReceiver): ClientStream {
    const stream = new FakeStream(receiver)
    this.streams.push(stream)
    return stream
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.events.onClosed('local_reset', '')
  }
}

export class FakeConnector implements Connector {
  readonly protocol: ClusterConfig['protocol']
  readonly expectedStreams: number
  readonly connections: FakeConnection[] = []

  constructor(protocol: ClusterConfig['protocol'] = 'HTTP/1.1') {
    this.protocol = protocol
    this.expectedStreams = protocol === 'HTTP/2' ? 100 : 1
  }

  connect({ host, port }: Destination, events: ClientConnectionEvents): ClientConnection {
    const connection = new FakeConnection(`${host}:${port}`, events)
    if (this.protocol === 'HTTP/2') connection.maxStreams = 100
    this.connections.push(connection)
    return connection
  }
}

/** Timers that fire when the test says so. */
export class FakeTimers implements Timers {
  readonly #armed = new Map<Timer, { millis: number; callback: () => void }>()

  create(callback: () => void): Timer {
    const timer: Timer = {
      arm: (millis) => void this.#armed.set(timer, { millis, callback }),
      disarm: () => void this.#armed.delete(timer),
      stop: () => void this.#armed.delete(timer),
    }
    return timer
  }

  /** Fires every timer that runs for `millis`. */
  fire(millis: number): void {
    for (const [timer, armed] of Array.from(this.#armed)) {
      if (armed.millis !== millis) continue
      this.#armed.delete(timer)
      armed.callback()
    }
  }
}

export const NO_METADATA = { message: new Uint8Array(0), json: {} }

/** Randomness that starts every balancer at its first endpoint. */
export const startOfRange: Random = { fill: () => {}, fraction: () => 0, uuid: () => '' }

export const NOWHERE = { region: '', zone: '', subZone: '', weight: 0 }

export const CHECKED_AS_OTHERS = { isDisabled: false, host: '', port: 0, hostname: '' }

export function endpointConfig(host: string, port: number, more: Partial<EndpointConfig> = {}): EndpointConfig {
  const rest = { weight: 1, priority: 0, locality: NOWHERE, health: 'HEALTHY', check: CHECKED_AS_OTHERS } as const
  return { host, port, hostname: '', metadata: NO_METADATA, ...rest, ...more }
}

const sharedHosts = createSharedHosts(3)
let lastEndpoint = 0

/** Endpoint `127.0.0.1:port` that nobody connects to, with flags of its own. */
export function fakeEndpoint(port: number, more: Partial<EndpointConfig> = {}): Endpoint {
  const address = addressOf(endpointConfig('127.0.0.1', port, more), '127.0.0.1')
  const shared = sharedHosts.host('fake', String(++lastEndpoint))
  const health = new HostHealth(address.health, { shared, isChecked: false, isDetected: true, isIgnoredUnchecked: false })
  return new Endpoint(address, health, emptyCounts(), {} as EndpointPools)
}

export const noLookup: Lookup = () => Promise.resolve([])

export interface ClusterChoices {
  /** How many, at ports 1, 2 … */
  readonly endpoints?: number
  readonly limits?: Partial<ClusterConfig['breakers']>
  readonly trailers?: boolean
}

/** What holds where nothing is said of zones. */
export const EVERY_ZONE: ClusterConfig['balancing']['zones'] = {
  share: 100,
  minClusterSize: 6,
  failsInPanic: false,
  keepsAll: false,
}

export const BREAKERS: ClusterConfig['breakers'] = {
  maxConnections: 9,
  maxPendingRequests: 9,
  maxRequests: 9,
  maxRetries: 3,
  maxConnectionPools: Infinity,
  retryBudget: null,
  tracksRemaining: false,
}

export const silent: Logger = { level: 6, enabled: () => false, log: () => {} }

/** What a manager of clusters needs of the first worker of a process that has no DNS; `parts` take the place of its own. */
export function clusterContext({
  lookup = noLookup,
  ...parts
}: Partial<ClusterContext & { lookup: Lookup }> = {}): ClusterContext {
  const { stats = createStatsStore({ writers: 1 }), timers = new FakeTimers(), random = startOfRange } = parts
  return {
    stats,
    timers,
    clock: systemClock,
    random,
    hosts: createSharedHosts(3),
    names: new NameInquiries({ lookup, stats, timers, random }),
    log: silent,
    secrets: new TlsSecrets(),
    isFirstWorker: true,
    node: { locality: null, localCluster: '' },
    connectorFor: () => new FakeConnector(),
    ...parts,
  }
}

/** A static cluster with a buffer limit of ten bytes. */
export function clusterConfig({ endpoints = 1, limits = {}, trailers = false }: ClusterChoices = {}): ClusterConfig {
  return {
    discovery: 'STATIC',
    endpoints: Array.from({ length: endpoints }, (_, i) => endpointConfig('127.0.0.1', i + 1)),
    connectTimeout: 5000,
    originalDst: null,
    dns: {
      refreshRate: 5000,
      failureRate: null,
      respectsTtl: false,
      jitter: 0,
      family: 'AUTO',
      servers: [],
      queryTimeout: 5000,
      queryTries: 4,
    },
    bufferLimit: 10,
    balancing: {
      policy: { kind: 'ROUND_ROBIN' },
      panicThreshold: 0,
      overprovisioning: 140,
      localityWeighted: false,
      zones: EVERY_ZONE,
      subsets: null,
      ignoresUnchecked: false,
      slowStart: null,
    },
    breakers: { ...BREAKERS, ...limits },
    highBreakers: null,
    idleTimeout: 60_000,
    tls: null,
    tlsMatches: [],
    requestServer: null,
    protocol: 'HTTP/1.1',
    http2: buildHttp2(undefined),
    outlier: null,
    healthCheck: null,
    closesOnHealthFailure: false,
    keepsHealthyEndpoints: false,
    enableTrailers: trailers,
    letterCase: 'LOWER',
    allowChunkedLength: false,
    sendsWholeUrl: false,
    metadata: NO_METADATA,
    altStatName: '',
  }
}
