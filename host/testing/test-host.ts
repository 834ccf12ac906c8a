/**
 * A host without sockets: the same chain, plugins, hostcalls, routes and statistics as the proxy, on virtual time,
 * with a scripted upstream at the end. One VM per thread and (vm_id, module, configuration).
 */
import { TcpManager } from '../chain/tcp/tcp-manager.ts'
import { SluiceError } from '../errors.ts'
import { StreamInfo } from '../http/stream-info.ts'
import { selectMetrics } from '../stats/pages.ts'
import { GUEST_PREFIX, prometheusPage } from '../stats/prometheus.ts'
import type { MetricSnapshot, StatsStore } from '../stats/store.ts'
import { TagExtractor } from '../stats/tags.ts'
import { connectionOf } from './connection-facts.ts'
import type { Coverage } from './coverage/coverage.ts'
import { processCoverage } from './coverage/saved-coverage.ts'
import { LogBook, type GuestLine, type HostLine } from './log-book.ts'
import type { UpstreamRequest } from './messages.ts'
import { together } from '../plugin/observers.ts'
import { PhaseStream } from './phase-stream.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'
import { Strictness } from './strict.ts'
import { buildTestConfig } from './test-config.ts'
import { ScriptedConnections, TestConnection, TestPeer } from './test-connection.ts'
import type { TestHostOptions } from './test-options.ts'
import { TestProperties } from './test-properties.ts'
import { TestStream, type TestConnectionOptions, type TestRequest, type TestResponse } from './test-stream.ts'
import { TestThread, type ThreadSurroundings } from './test-thread.ts'
import { createThreadStores } from './thread-stores.ts'
import { Transcript } from './transcript.ts'
import { VirtualTime } from './virtual-time.ts'

/** What the guests use. */
export interface GuestUsage {
  /** Linear memory of all VMs; it never shrinks. */
  readonly memoryBytes: number
  /** Root and stream contexts that live. */
  readonly contexts: number
}

/** Of a stream of {@link TestHost.phases}. */
export interface PhaseOptions extends Pick<TestRequest, 'connection' | 'properties' | 'worker'> {
  /** Its filter's place in `filters`; default 0, the first one. */
  readonly filter?: number
}

/** Count and sum of a guest's histogram. */
export interface HistogramValue {
  readonly count: number
  readonly sum: number
}

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
  readonly #connections: ScriptedConnections
  readonly #bufferLimit: number
  readonly #strictness: Strictness | null
  readonly #threads: readonly TestThread[]
  /** Threads that take requests. */
  readonly #workers: readonly TestThread[]
  #nextWorker = 0

  constructor(options: TestHostOptions) {
    const config = buildTestConfig(options)
    const { clusters = { up: 'upstream' }, workers, upstream = answerEmpty } = options
    const strictness = (this.#strictness = strictnessOf(options))
    const time = new VirtualTime(options.startTime ?? Date.UTC(2026, 0, 1), () => strictness?.check())
    this.clock = time
    this.#bufferLimit = config.bufferLimit
    this.#log = new LogBook(options.logLevel ?? 'debug', (line) => {
      strictness?.logged(line)
      options.onLog?.(line)
    })
    this.#tags = new TagExtractor(config.stats)
    this.#transcript = options.transcript === true ? new Transcript() : null
    this.#upstream = new ScriptedUpstream(time, clusters, typeof upstream === 'function' ? upstream : upstream.upstream)
    this.#properties = new TestProperties(options.properties ?? {})
    this.#connections = new ScriptedConnections(time, clusters, (cluster) => config.clusters.get(cluster)?.bufferLimit ?? 0)
    const surroundings: ThreadSurroundings = {
      config,
      options,
      time,
      log: this.#log,
      upstream: this.#upstream,
      connections: this.#connections,
      properties: this.#properties,
      observer: together([this.#transcript, options.hostcalls, options.observer, strictness?.observer]),
      gate: strictness?.gate ?? options.faults ?? null,
      coverage: coverageOf(options),
    }
    const stores = createThreadStores((workers ?? 0) + 1, time)
    this.#store = stores[0]!.stats
    this.#threads = stores.map((own, number) => new TestThread(surroundings, own, workers === undefined ? null : number))
    this.#workers = workers === undefined ? this.#threads : this.#threads.slice(1)
    this.#start(workers !== undefined)
    time.settle()
  }

  /** Sends a request and returns its stream; runs as far as it goes without the clock moving. */
  open(request: TestRequest = {}): TestStream {
    const stream = new TestStream(this.clock, request)
    const { manager } = this.#workerOf(request)
    if (manager instanceof TcpManager) throw new Error('No requests: the option tcp makes a listener of connections')
    const receiver = manager.newStream(stream, connectionOf(request.connection ?? {}))
    this.#upstream.streams.set(receiver.info, stream)
    this.#properties.give(receiver.info, request.properties ?? {})
    this.#strictness?.opened(stream, request)
    stream.start(receiver, receiver.info)
    this.clock.settle()
    return stream
  }

  /** Sends a request; resolves when its response is complete, for which the clock may have to be moved. */
  request(request: TestRequest = {}): Promise<TestResponse> {
    return this.open(request).done()
  }

  /** A client connects; only with the option `tcp`. Runs as far as it goes without the clock moving. */
  tcp(connection: TestConnectionOptions = {}): TestConnection {
    const { manager } = this.#workerOf(connection)
    if (!(manager instanceof TcpManager)) throw new Error('No connections: wanted createTestHost({ tcp: {} })')
    const client = new TestPeer(this.clock)
    const stream = manager.newStream(client, connectionOf(connection))
    this.#properties.give(stream.info, connection.properties ?? {})
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
    const vms = [...new Set(this.#threads.flatMap(({ plugins }) => plugins.map(({ root }) => root.vm)))]
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
  phases({ filter = 0, worker, connection = {}, properties = {} }: PhaseOptions = {}): PhaseStream {
    const { filters } = this.#workerOf({ worker })
    const plugin = filters[filter]
    if (plugin === undefined) throw new RangeError(`No filter ${filter}: seen ${filters.length}, counted from 0`)
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

  /**
   * Stops the filters (on_done, on_delete of their root contexts), those of the main thread last. A strict host throws when a request
   * has no answer yet or the script of its upstream was not used up.
   */
  close(): void {
    this.#strictness?.closing()
    for (const thread of this.#threads.toReversed()) thread.stop()
    this.#strictness?.check()
  }

  /** The one that is named, else the next one. */
  #workerOf({ worker }: { readonly worker?: number | undefined }): TestThread {
    const count = this.#workers.length
    const index = worker === undefined ? this.#nextWorker++ % count : worker - 1
    const thread = this.#workers[index]
    if (thread === undefined) throw new RangeError(`No worker ${worker}: seen ${count}, counted from 1`)
    return thread
  }

  #start(hasCanaries: boolean): void {
    try {
      if (hasCanaries) this.#threads[0]!.judge()
      for (const thread of this.#threads) thread.start()
    } catch (error) {
      throw withTrap(error, this.traps().at(-1))
    }
  }

  #allMetrics(): MetricSnapshot[] {
    return selectMetrics(this.#store.snapshot(), { filter: null, usedOnly: false })
  }
}

/** A refusal that a trap led to says where. */
function withTrap(error: unknown, trap: string | undefined): unknown {
  if (trap === undefined || !(error instanceof SluiceError)) return error
  return new SluiceError(error.code, `${error.message}: ${trap}`, error.detail, error)
}

/** What the test asks for, else what the run asks for, which another engine goes without. */
function coverageOf({ coverage, engine = 'v8' }: TestHostOptions): Coverage | null {
  if (engine === 'v8') return coverage ?? processCoverage
  if (coverage !== undefined) throw new Error(`Coverage: seen engine ${engine}, wanted v8`)
  return null
}

function strictnessOf({ strict = false, faults, upstream }: TestHostOptions): Strictness | null {
  if (strict === false) return null
  const script = typeof upstream === 'object' ? upstream : null
  return new Strictness(strict === true ? {} : strict, faults ?? null, script)
}

function answerEmpty(): object {
  return {}
}

function valueOf(metric: MetricSnapshot): number | HistogramValue {
  return metric.kind === 'histogram' ? { count: metric.count, sum: metric.sum } : Number(metric.value)
}
