/** One thread of a test host: plugins with their VMs, and the chain that they stand in, put together as the proxy does it. */
import { HttpConnectionManager, type StreamLog } from '../chain/connection-manager.ts'
import { PluginLog } from '../chain/plugin-log.ts'
import { TcpManager } from '../chain/tcp/tcp-manager.ts'
import type { PluginConfig } from '../config/types.ts'
import type { Services } from '../hostcalls/services.ts'
import { checkPlugin } from '../plugin/check-plugin.ts'
import type { HostcallGate } from '../plugin/hostcall-gate.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { VmRegistry, type VmRegistryOptions } from '../plugin/vm-registry.ts'
import { RouteTable } from '../route/route-table.ts'
import { StoreGuestMetrics } from '../services/guest-metrics.ts'
import { VmIds } from '../services/vm-ids.ts'
import { assert } from '../util/assert.ts'
import type { Coverage } from './coverage/coverage.ts'
import type { LogBook } from './log-book.ts'
import { ScriptedCallouts } from './scripted-callouts.ts'
import { ScriptedNames } from './scripted-names.ts'
import type { ScriptedUpstream } from './scripted-upstream.ts'
import { SeededRandom } from './seeded-random.ts'
import type { TestConfig } from './test-config.ts'
import type { ScriptedConnections } from './test-connection.ts'
import type { TestHostOptions } from './test-options.ts'
import type { TestProperties } from './test-properties.ts'
import type { ThreadStores } from './thread-stores.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What all threads of a host have in common. */
export interface ThreadSurroundings {
  readonly config: TestConfig
  readonly options: TestHostOptions
  readonly time: VirtualTime
  readonly log: LogBook
  readonly upstream: ScriptedUpstream
  readonly connections: ScriptedConnections
  readonly properties: TestProperties
  readonly observer: VmObserver | null
  readonly gate: HostcallGate | null
  readonly coverage: Coverage | null
}

export class TestThread {
  readonly plugins: Plugin[] = []
  readonly #around: ThreadSurroundings
  readonly #stores: ThreadStores
  /** 0 = the main thread; null = the only one. */
  readonly #number: number | null
  readonly #services: Services
  readonly #registry: VmRegistry
  #filters: readonly Plugin[] = []
  #manager: HttpConnectionManager | TcpManager | null = null

  constructor(around: ThreadSurroundings, stores: ThreadStores, number: number | null) {
    this.#around = around
    this.#stores = stores
    this.#number = number
    this.#services = this.#makeServices()
    const vmIds = this.#isMain ? new VmIds(stores.data, stores.queues) : null
    this.#registry = new VmRegistry({ services: this.#services, vmIds, ...this.#vmOptions() })
  }

  /** Of the chain, in its order. */
  get filters(): readonly Plugin[] {
    return this.#filters
  }

  /** Makes streams; once started. */
  get manager(): HttpConnectionManager | TcpManager {
    assert(this.#manager !== null, 'the thread is started')
    return this.#manager
  }

  /** The canaries: every plugin once, in a VM of its own. Throws SluiceError of a refused one. */
  judge(): void {
    const { chain, services } = this.#around.config
    const { logPlugins, filters } = chain.http ?? chain.tcp
    const plugins = [...logPlugins, ...[...filters, ...services].map(({ plugin }) => plugin)]
    for (const plugin of plugins) checkPlugin(plugin, this.#services, this.#vmOptions())
  }

  /** Starts plugins in the order of the proxy: access logs, filters, services. */
  start(): void {
    const { config, connections, upstream } = this.#around
    const { http, tcp } = config.chain
    const chain = http ?? tcp
    const accessLogs: StreamLog[] = chain.logPlugins.map((plugin) => new PluginLog(this.#start(plugin)))
    const filters = (this.#filters = chain.filters.map(({ plugin }) => this.#start(plugin)))
    if (this.#isMain) for (const { plugin } of config.services) this.#start(plugin)
    const { bufferLimit } = config
    const shared = { bufferLimit, filters, services: this.#services, accessLogs, statistics: this.#stores.stats }
    if (http === null) this.#manager = new TcpManager({ ...shared, config: tcp, upstreams: connections })
    else
      this.#manager = new HttpConnectionManager({
        ...shared,
        config: http,
        routes: new RouteTable(http.routes),
        terminals: upstream,
      })
  }

  /** on_done and on_delete of the root contexts. */
  stop(): void {
    for (const plugin of this.plugins) plugin.stop()
    this.#stores.queues.stop()
  }

  get #isMain(): boolean {
    return this.#number === null || this.#number === 0
  }

  #start(plugin: PluginConfig): Plugin {
    this.#around.coverage?.addSource(plugin)
    const started = this.#registry.start(plugin)
    this.plugins.push(started)
    return started
  }

  #vmOptions(): Omit<VmRegistryOptions, 'services' | 'vmIds'> {
    const { observer, gate, coverage } = this.#around
    return { stats: this.#stores.stats, observer, gate, engine: coverage?.engine ?? null }
  }

  #makeServices(): Services {
    const { config, options, time, log, upstream, properties } = this.#around
    const { seed = 1, names = {}, foreignFunctions = {} } = options
    const { stats, data, queues } = this.#stores
    return {
      clock: time,
      timers: time,
      random: new SeededRandom(seed + (this.#number ?? 0)),
      loggers: log.loggersOf(this.#number),
      metrics: new StoreGuestMetrics(stats),
      sharedData: data,
      sharedQueues: queues,
      callouts: new ScriptedCallouts(upstream),
      names: new ScriptedNames(names, (task) => time.defer(task)),
      node: config.node,
      foreignFunctions: new Map(Object.entries(foreignFunctions)),
      properties,
    }
  }
}
