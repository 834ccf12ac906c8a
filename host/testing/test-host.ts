/**
 * A host without sockets: the same chain, plugins, hostcalls, routes and statistics as the proxy, on virtual time,
 * with a scripted upstream at the end. One thread, one VM per (vm_id, module, configuration).
 */
import { HttpConnectionManager, type StreamLog } from '../chain/connection-manager.ts'
import { PluginLog } from '../chain/plugin-log.ts'
import { TcpManager } from '../chain/tcp/tcp-manager.ts'
import type { PluginConfig } from '../config/types.ts'
import type { Services } from '../hostcalls/services.ts'
import { StreamInfo } from '../http/stream-info.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { VmRegistry } from '../plugin/vm-registry.ts'
import { RouteTable } from '../route/route-table.ts'
import { StoreGuestMetrics } from '../services/guest-metrics.ts'
import { createSharedData, type ProcessSharedData } from '../services/shared-data.ts'
import { createSharedQueues, type ProcessSharedQueues } from '../services/shared-queues.ts'
import { VmIds } from '../services/vm-ids.ts'
import { selectMetrics } from '../stats/pages.ts'
import { GUEST_PREFIX, prometheusPage } from '../stats/prometheus.ts'
import { createStatsStore, type MetricSnapshot, type StatsStore } from '../stats/store.ts'
import { TagExtractor } from '../stats/tags.ts'
import type { LogLevel } from '../util/logger.ts'
import type { Coverage } from './coverage/coverage.ts'
import { processCoverage } from './coverage/saved-coverage.ts'
import type { Faults } from './faults.ts'
import type { HostcallCoverage } from './hostcall-coverage.ts'
import { together } from './observers.ts'
import { LogBook, type GuestLine, type HostLine } from './log-book.ts'
import type { Upstream, UpstreamRequest } from './messages.ts'
import { ScriptedCallouts } from './scripted-callouts.ts'
import { ScriptedNames } from './scripted-names.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'
import { SeededRandom } from './seeded-random.ts'
import { connectionOf } from './connection-facts.ts'
import { PhaseStream } from './phase-stream.ts'
import { buildTestConfig, type TestConfig, type TestConfigOptions } from './test-config.ts'
import { ScriptedConnections, TestConnection, TestPeer } from './test-connection.ts'
import { TestStream, type TestConnectionOptions, type TestRequest, type TestResponse } from './test-stream.ts'
import { TestProperties, type PropertyTexts } from './test-properties.ts'
import { Transcript } from './transcript.ts'
import { VirtualTime } from './virtual-time.ts'

/** How a test host is made; only `filters` is needed. */
export interface TestHostOptions extends TestConfigOptions {
  /** Answers requests that bring no answer of their own, and callouts; default: 200 without a body. */
  readonly upstream?: Upstream
  /** What the clock shows at first, milliseconds since the Unix epoch; default 2026-01-01T00:00:00Z. */
  readonly startTime?: number
  /** IP literals of the names that guests look up; any other name does not exist. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  /** Seed of the randomness; default 1. */
  readonly seed?: number
  /** Level that the log keeps and guests see; default debug. */
  readonly logLevel?: LogLevel
  /** Told of each line that a guest logs, also while the host starts. */
  readonly onLog?: (line: GuestLine) => void
  /** Records every hostcall and callback; costs time. */
  readonly transcript?: boolean
  /** Failures of hostcalls and of the guest's allocator; while the host starts, too. */
  readonly faults?: Faults
  /** Counts hostcalls and their statuses. */
  readonly hostcalls?: HostcallCoverage
  /** Sees every callback and hostcall. */
  readonly observer?: VmObserver
  /** Foreign functions by name, beside Envoy's own: bytes of a result, or a status. */
  readonly foreignFunctions?: Readonly<Record<string, TestForeignFunction>>
  /** Properties (byte strings) by path with dots (`request.region`), before the host's own. */
  readonly properties?: PropertyTexts
  /** Counts what of the filters' sources runs; only on the engine `v8`. */
  readonly coverage?: Coverage
}

/** Takes the guest's argument; answers the bytes of a result, or a status without one. */
export type TestForeignFunction = (argument: Buffer) => Uint8Array | number

/** What the guests use. */
export interface GuestUsage {
  /** Linear memory of all VMs; it never shrinks. */
  readonly memoryBytes: number
  /** Root and stream contexts that live. */
  readonly contexts: number
}

/** Of a stream of {@link TestHost.phases}. */
export interface PhaseOptions extends Pick<TestRequest, 'connection' | 'properties'> {
  /** Its filter's place in `filters`; default 0, the first one. */
  readonly filter?: number
}

/** Count and sum of a guest's histogram. */
export interface HistogramValue {
  readonly count: number
  readonly sum: number
}

/** Room for a test's metrics and shared data; the proxy's own limits are far larger. */
const STORE_LIMITS = { writers: 1, maxCells: 65_536, maxNameBytes: 4_194_304 }
const SHARED_LIMITS = { maxBytes: 16_777_216 }

/** How the host's line on a trap begins. */
const TRAP_MARK = /^Function: \w+ failed: /

/** Starts the filters; throws SluiceError(s) when the configuration or a plugin is refused. */
export function createTestHost(options: TestHostOptions): TestHost {
  return new TestHost(options)
}

export class TestHost {
  /** Moves the time. */
  readonly clock: VirtualTime
  readonly #log: LogBook
  readonly #store: StatsStore
  readonly #tags: TagExtractor
  readonly #transcript: Transcript | null
  readonly #upstream: ScriptedUpstream
  readonly #properties: TestProperties
  readonly #data: ProcessSharedData
  readonly #queues: ProcessSharedQueues
  readonly #plugins: Plugin[] = []
  #filters: readonly Plugin[] = []
  readonly #bufferLimit: number
  readonly #connections: ScriptedConnections
  readonly #manager: HttpConnectionManager | TcpManager

  constructor(options: TestHostOptions) {
    const config = buildTestConfig(options)
    const coverage = coverageOf(options)
    this.#bufferLimit = config.bufferLimit
    this.clock = new VirtualTime(options.startTime ?? Date.UTC(2026, 0, 1))
    this.#log = new LogBook(options.logLevel ?? 'debug', options.onLog ?? ignore)
    this.#store = createStatsStore(STORE_LIMITS)
    this.#tags = new TagExtractor(config.stats)
    this.#transcript = options.transcript === true ? new Transcript() : null
    this.#upstream = new ScriptedUpstream(this.clock, options.clusters ?? { up: 'upstream' }, options.upstream ?? answerEmpty)
    this.#properties = new TestProperties(options.properties ?? {})
    this.#connections = new ScriptedConnections(
      this.clock,
      options.clusters ?? { up: 'upstream' },
      (cluster) => config.clusters.get(cluster)?.bufferLimit ?? 0,
    )
    this.#data = createSharedData(this.#store, SHARED_LIMITS)
    this.#queues = createSharedQueues(this.#store, (task) => this.clock.defer(task), SHARED_LIMITS)
    const services = this.#makeServices(config, options)
    this.#manager = this.#makeManager(config, services, this.#makeRegistry(services, options, coverage), coverage)
    this.clock.settle()
  }

  /** Sends a request and returns its stream; runs as far as it goes without the clock moving. */
  open(request: TestRequest = {}): TestStream {
    const stream = new TestStream(this.clock, request)
    if (this.#manager instanceof TcpManager) throw new Error('No requests: the option tcp makes a listener of connections')
    const receiver = this.#manager.newStream(stream, connectionOf(request.connection ?? {}))
    this.#upstream.streams.set(receiver.info, stream)
    this.#properties.give(receiver.info, request.properties ?? {})
    stream.start(receiver, receiver.info)
    this.clock.settle()
    return stream
  }

  /** Sends a request; resolves when its response is complete, for which the clock may have to be moved. */
  request(request: TestRequest = {}): Promise<TestResponse> {
    return this.open(request).done()
  }

  /** A client connects; only with the option `tcp`. Runs as far as it goes without the clock moving. */
  tcp({ properties = {}, ...connection }: TestConnectionOptions = {}): TestConnection {
    if (!(this.#manager instanceof TcpManager)) throw new Error('No connections: wanted createTestHost({ tcp: {} })')
    const client = new TestPeer(this.clock)
    const stream = this.#manager.newStream(client, connectionOf(connection))
    this.#properties.give(stream.info, properties)
    stream.start()
    client.attach(stream)
    this.clock.settle()
    return new TestConnection(client, stream.info, this.#connections)
  }

  /** Every request that arrived at a cluster, callouts included. */
  get upstreamRequests(): readonly UpstreamRequest[] {
    return this.#upstream.requests
  }

  /** Callouts that still wait for their answer, oldest first. */
  get pendingCallouts(): readonly UpstreamRequest[] {
    return this.upstreamRequests.filter(({ isCallout, isPending }) => isCallout && isPending)
  }

  /** Values of the guests' metrics by their own names. */
  metrics(): Record<string, number | HistogramValue> {
    const guests = Object.entries(this.stats()).filter(([name]) => name.startsWith(GUEST_PREFIX))
    return Object.fromEntries(guests.map(([name, value]) => [name.slice(GUEST_PREFIX.length), value]))
  }

  /** Every metric of the host under its full name, as `/stats` shows it. */
  stats(): Record<string, number | HistogramValue> {
    return Object.fromEntries(this.#allMetrics().map((metric) => [metric.name, valueOf(metric)]))
  }

  /** The page of `/stats/prometheus`. */
  prometheus(): string {
    return prometheusPage(this.#allMetrics(), this.#tags)
  }

  /** What the guests have logged. */
  logs(): readonly GuestLine[] {
    return this.#log.guests
  }

  /** What the host has logged. */
  hostLogs(): readonly HostLine[] {
    return this.#log.host
  }

  /** What the guests use now. */
  usage(): GuestUsage {
    const vms = [...new Set(this.#plugins.map(({ root }) => root.vm))]
    return {
      memoryBytes: vms.reduce((sum, { memory }) => sum + memory.u8().length, 0),
      contexts: vms.reduce((sum, { contexts }) => sum + contexts.size, 0),
    }
  }

  /** Backtraces of guests that have trapped, with file and line where a source map lies beside the module. */
  traps(): string[] {
    return this.#log.host.map(({ text }) => text).filter((text) => TRAP_MARK.test(text))
  }

  /** The conversation with the guests; only with the option `transcript`. */
  transcript(): string {
    if (this.#transcript === null) throw new Error('No transcript: wanted createTestHost({ transcript: true })')
    return this.#transcript.lines.map((line) => `${line}\n`).join('')
  }

  /** Opens a stream of one filter, to be driven callback by callback. Throws when its VM has failed. */
  phases({ filter = 0, connection = {}, properties = {} }: PhaseOptions = {}): PhaseStream {
    const plugin = this.#filters[filter]
    if (plugin === undefined) throw new RangeError(`No filter ${filter}: seen ${this.#filters.length}, counted from 0`)
    const info = new StreamInfo(connectionOf(connection), this.clock.wallMillis(), this.clock.monotonicMillis())
    this.#properties.give(info, properties)
    return new PhaseStream({
      open: (slot) => plugin.openStream(slot),
      time: this.clock,
      info,
      bufferLimit: this.#bufferLimit,
      traps: () => this.traps(),
    })
  }

  /** Stops the filters (on_done, on_delete of their root contexts). */
  close(): void {
    for (const plugin of this.#plugins) plugin.stop()
    this.#queues.stop()
  }

  #makeServices(config: TestConfig, options: TestHostOptions): Services {
    const { seed = 1, names = {}, foreignFunctions = {} } = options
    return {
      clock: this.clock,
      timers: this.clock,
      random: new SeededRandom(seed),
      loggers: this.#log,
      metrics: new StoreGuestMetrics(this.#store),
      sharedData: this.#data,
      sharedQueues: this.#queues,
      callouts: new ScriptedCallouts(this.#upstream),
      names: new ScriptedNames(names, (task) => this.clock.defer(task)),
      node: config.node,
      foreignFunctions: new Map(Object.entries(foreignFunctions)),
      properties: this.#properties,
    }
  }

  #makeRegistry(
    services: Services,
    { faults, hostcalls, observer: own }: TestHostOptions,
    coverage: Coverage | null,
  ): VmRegistry {
    const engine = coverage?.engine ?? null
    const observer = together([this.#transcript, hostcalls, own].filter((one) => one !== null && one !== undefined))
    const vmIds = new VmIds(this.#data, this.#queues)
    return new VmRegistry({ services, stats: this.#store, vmIds, observer, gate: faults ?? null, engine })
  }

  /** Starts plugins in the order of the proxy: access logs, filters, services. */
  #makeManager(
    config: TestConfig,
    services: Services,
    registry: VmRegistry,
    coverage: Coverage | null,
  ): HttpConnectionManager | TcpManager {
    const start = (plugin: PluginConfig): Plugin => {
      coverage?.addSource(plugin)
      const started = registry.start(plugin)
      this.#plugins.push(started)
      return started
    }
    const { http, tcp } = config.chain
    const chain = http ?? tcp
    const accessLogs: StreamLog[] = chain.logPlugins.map((plugin) => new PluginLog(start(plugin)))
    const filters = (this.#filters = chain.filters.map(({ plugin }) => start(plugin)))
    for (const { plugin } of config.services) start(plugin)
    const shared = { bufferLimit: config.bufferLimit, filters, services, accessLogs, statistics: this.#store }
    if (http === null) return new TcpManager({ ...shared, config: tcp, upstreams: this.#connections })
    const routes = new RouteTable(http.routes)
    return new HttpConnectionManager({ ...shared, config: http, routes, terminals: this.#upstream })
  }

  #allMetrics(): MetricSnapshot[] {
    return selectMetrics(this.#store.snapshot(), { filter: null, usedOnly: false })
  }
}

/** What the test asks for, else what the run asks for, which another engine goes without. */
function coverageOf({ coverage, engine = 'v8' }: TestHostOptions): Coverage | null {
  if (engine === 'v8') return coverage ?? processCoverage
  if (coverage !== undefined) throw new Error(`Coverage: seen engine ${engine}, wanted v8`)
  return null
}

function answerEmpty(): object {
  return {}
}

function ignore(): void {}

function valueOf(metric: MetricSnapshot): number | HistogramValue {
  return metric.kind === 'histogram' ? { count: metric.count, sum: metric.sum } : Number(metric.value)
}
