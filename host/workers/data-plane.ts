/**
 * Everything that serves streams in one thread, put together from a configuration. The main thread has one too, without
 * listeners: like Envoy's, its plugins tick and get answers to their callouts.
 */
import { ClusterManager } from '../cluster/cluster-manager.ts'
import type { Connector } from '../cluster/connector.ts'
import { Http1Connector } from '../cluster/http1-connector.ts'
import { Http2Connector } from '../cluster/http2-connector.ts'
import { SystemNames } from '../cluster/system-names.ts'
import { chainsOf } from '../config/chains-of.ts'
import type { BootstrapConfig, ClusterConfig, NodeConfig, PluginConfig, RouterConfig, TlsSecret } from '../config/types.ts'
import type { Services } from '../hostcalls/services.ts'
import { together } from '../plugin/observers.ts'
import { VmRegistry } from '../plugin/vm-registry.ts'
import { CalloutClient } from '../proxy/callout-client.ts'
import type { ListenerContext } from '../proxy/listener.ts'
import { ListenerManager, type ListenerAddress } from '../proxy/listener-manager.ts'
import { RouterFactory } from '../proxy/router.ts'
import { RouterStats } from '../proxy/router-stats.ts'
import { TimeoutPool } from '../proxy/timeout-pool.ts'
import { AccessLogSinks } from '../services/access-log-sink.ts'
import { FilterTimes } from '../services/filter-times.ts'
import { StoreGuestMetrics } from '../services/guest-metrics.ts'
import { TapPoint } from '../tap/tap-point.ts'
import { TapSession, type TapRequest } from '../tap/tap-session.ts'
import { TlsSecrets } from '../tls/tls-secrets.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { systemTimers, type Timers } from '../util/timers.ts'
import { ChainFactory, type ChainParts } from './chain-factory.ts'
import type { ClusterView } from './messages.ts'
import { PluginSet } from './plugin-set.ts'
import { measurePollDelay } from './poll-delay.ts'
import { listenError } from './probe-address.ts'
import type { ThreadState } from './thread-state.ts'

/** Routers of callouts count here, as in Envoy. */
const CALLOUT_STAT_PREFIX = 'async-client'
const CALLOUT_ROUTER: RouterConfig = { suppressEnvoyHeaders: false }

/** A configuration that a thread runs. */
interface Generation {
  readonly config: BootstrapConfig
  readonly plugins: PluginSet
}

export class DataPlane {
  readonly services: Services
  readonly #state: ThreadState
  readonly #timeouts: TimeoutPool
  readonly #clusters: ClusterManager
  readonly #vms: VmRegistry
  readonly #accessLogs: AccessLogSinks
  readonly #listenerContext: ListenerContext
  readonly #listeners: ListenerManager
  readonly #secrets = new TlsSecrets()
  readonly #tap = new TapPoint()
  /** Null unless the configuration asks for it. */
  #times: FilterTimes | null = null
  #stopPollDelay: (() => void) | null = null
  #current: Generation | null = null
  #next: Generation | null = null
  /** Those before, whose last streams still run. */
  readonly #leaving = new Set<Generation>()

  constructor(node: NodeConfig, state: ThreadState, fileFlushInterval: number) {
    const timers = systemTimers(systemClock)
    this.#state = state
    this.#timeouts = new TimeoutPool(timers)
    this.#clusters = new ClusterManager({
      stats: state.stats,
      timers,
      clock: systemClock,
      random: systemRandom,
      hosts: state.hosts,
      names: state.names,
      log: state.loggers.get('upstream'),
      secrets: this.#secrets,
      isFirstWorker: state.thread === 1,
      node,
      connectorFor: (cluster, statName) => this.#connectorFor(cluster, statName, timers),
    })
    this.services = {
      clock: systemClock,
      timers,
      random: systemRandom,
      loggers: state.loggers,
      metrics: new StoreGuestMetrics(state.stats),
      sharedData: state.sharedData,
      sharedQueues: state.sharedQueues,
      callouts: new CalloutClient(this.#clusters, systemClock, this.#makeRouters(CALLOUT_ROUTER, CALLOUT_STAT_PREFIX), this.#tap),
      names: new SystemNames(),
      node: { message: node.message, json: node.json },
    }
    this.#vms = new VmRegistry({ services: this.services, stats: state.stats, vmIds: state.vmIds })
    this.#accessLogs = new AccessLogSinks(timers, state.stats, fileFlushInterval)
    this.#listenerContext = {
      stats: state.stats,
      clock: systemClock,
      timers,
      loggers: state.loggers,
      overload: state.overload,
      tlsSecret: state.tlsSecret,
      secrets: this.#secrets,
      servesFiles: state.thread === 1,
      nextConnectionId: () => state.connectionIds.next(),
    }
    this.#listeners = new ListenerManager(this.#listenerContext)
  }

  /**
   * Makes a configuration ready beside the one that runs: clusters, then plugins; ends when clusters know their
   * endpoints. Throws SluiceErrors of refused plugins; `discard` has to follow then.
   */
  async prepare(config: BootstrapConfig): Promise<void> {
    await this.#clusters.prepare(config.clusters)
    this.#next = { config, plugins: new PluginSet(pluginsOf(config, this.#state.thread === 0), this.#vms) }
  }

  /** New connections use these secrets, by their keys. */
  setSecrets(secrets: ReadonlyMap<string, TlsSecret>): void {
    this.#secrets.replace(secrets)
  }

  /** Opens the listeners of what was prepared, at the addresses of their names; says where they really are. */
  async listen(addresses: readonly ListenerAddress[]): Promise<readonly ListenerAddress[]> {
    const { config, plugins } = this.#next!
    const chains = new ChainFactory(this.#chainParts(), plugins)
    return this.#listeners.prepare(config.listeners, (listener) => chains.makeChains(listener), addresses, listenError)
  }

  /** What was prepared takes the place of what runs; that ends with its last stream. */
  commit(): void {
    const before = this.#current
    this.#current = this.#next
    this.#next = null
    this.#clusters.commit()
    this.#measure(this.#current!.config.dispatcherStats)
    const idle = this.#listeners.commit()
    if (before === null) return
    this.#leaving.add(before)
    void idle.then(() => this.#end(before))
  }

  /** What was prepared, in whole or in part, is not wanted. */
  async discard(): Promise<void> {
    await this.#listeners.discard()
    this.#next?.plugins.stop()
    this.#next = null
    this.#clusters.discard()
  }

  /** Ends when the last connection of the listeners is gone. */
  async drain(isInboundOnly: boolean): Promise<void> {
    await this.#listeners.drain(isInboundOnly)
  }

  /** Closes everything and tells plugins of their end. */
  async stop(): Promise<void> {
    this.#measure(false)
    await this.#listeners.stop()
    for (const generation of [...this.#leaving, this.#current, this.#next]) generation?.plugins.stop()
    this.#clusters.stop()
    await this.#accessLogs.stop()
    this.#state.sharedQueues.stop()
    this.#state.hosts.stop()
    this.#state.names.stop()
  }

  clusterStatuses(): ClusterView[] {
    return this.#clusters.all().map(({ name, endpoints }) => ({
      name,
      endpoints: endpoints.map(({ address: { host, port, hostname, weight, priority, locality }, health, counts }) => ({
        host,
        port,
        hostname,
        weight,
        priority,
        locality,
        healthFlags: health.flags,
        counts: { ...counts },
      })),
    }))
  }

  /** For log rotation. */
  reopenLogs(): void {
    this.#accessLogs.reopen()
  }

  /** Follows streams from now on; the tap before it, if there is one, ends. */
  openTap(request: TapRequest): void {
    this.closeTap()
    this.#tap.session = new TapSession(request, this.#state.thread)
    this.#observe()
  }

  /** The next stream that the tap wants, as a line of JSON; null = the tap is closed. */
  nextTrace(): Promise<string | null> {
    return this.#tap.session?.next() ?? Promise.resolve(null)
  }

  closeTap(): void {
    this.#tap.session?.close()
    this.#tap.session = null
    this.#observe()
  }

  /** No stream has this configuration any more. */
  #end(generation: Generation): void {
    this.#leaving.delete(generation)
    generation.plugins.stop()
    const wanted = new Set([this.#current!, ...this.#leaving].flatMap(({ config }) => config.clusters.map(({ name }) => name)))
    for (const { name } of generation.config.clusters) if (!wanted.has(name)) this.#clusters.remove(name)
  }

  /** Begins or ends to measure event loop and callbacks. */
  #measure(isWanted: boolean): void {
    if (isWanted === (this.#times !== null)) return
    this.#times = isWanted ? new FilterTimes(this.#state.stats) : null
    this.#stopPollDelay?.()
    this.#stopPollDelay = isWanted ? measurePollDelay(this.#state.stats, this.#state.thread) : null
    this.#observe()
  }

  #observe(): void {
    this.#vms.observe(together([this.#times, this.#tap.session?.observer ?? null].filter((one) => one !== null)))
  }

  #chainParts(): ChainParts {
    return {
      context: this.#listenerContext,
      services: this.services,
      clusters: this.#clusters,
      accessLogs: this.#accessLogs,
      tap: this.#tap,
      makeRouters: (config, statPrefix) => this.#makeRouters(config, statPrefix),
    }
  }

  #makeRouters(config: RouterConfig, statPrefix: string): RouterFactory {
    const shared = {
      clusters: this.#clusters,
      clock: systemClock,
      random: systemRandom,
      timeouts: this.#timeouts,
      config,
      tap: this.#tap,
    }
    const internal = new RouterStats(this.#state.stats, CALLOUT_STAT_PREFIX)
    const internalRouters = new RouterFactory({ ...shared, stats: internal, internalRouters: null })
    return new RouterFactory({ ...shared, stats: new RouterStats(this.#state.stats, statPrefix), internalRouters })
  }

  #connectorFor(cluster: ClusterConfig, statName: string, timers: Timers): Connector {
    const log = this.#state.loggers.get('client')
    if (cluster.protocol === 'HTTP/1.1') return new Http1Connector(cluster, log)
    return new Http2Connector(cluster, statName, {
      stats: this.#state.stats,
      clock: systemClock,
      timers,
      random: systemRandom,
      log,
    })
  }
}

/** Every plugin: access logs and chains of listeners in order, then services, of which some run in the main thread only. */
export function pluginsOf(config: BootstrapConfig, isMainThread: boolean): PluginConfig[] {
  const listeners = config.listeners.map(({ value }) => value)
  const chains = listeners.flatMap(chainsOf).map(({ http, tcp }) => http ?? tcp)
  const filters = [
    ...listeners.flatMap(({ logPlugins }) => logPlugins),
    ...chains.flatMap((chain) => [...chain.logPlugins, ...chain.filters.map((filter) => filter.plugin)]),
  ]
  const services = config.services.filter(({ singleton }) => isMainThread || !singleton)
  return [...filters, ...services.map(({ plugin }) => plugin)]
}
