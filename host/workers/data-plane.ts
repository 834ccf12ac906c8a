/**
 * Everything that serves streams in one thread, put together from a configuration. The main thread has one too, without
 * listeners: like Envoy's, its plugins tick and get answers to their callouts.
 */
import { HttpConnectionManager, type StreamLog } from '../chain/connection-manager.ts'
import { PluginLog } from '../chain/plugin-log.ts'
import { TcpManager } from '../chain/tcp/tcp-manager.ts'
import { ClusterManager } from '../cluster/cluster-manager.ts'
import type { Connector } from '../cluster/connector.ts'
import { Http1Connector } from '../cluster/http1-connector.ts'
import { Http2Connector } from '../cluster/http2-connector.ts'
import { systemLookup } from '../cluster/strict-dns.ts'
import { SystemNames } from '../cluster/system-names.ts'
import type {
  BootstrapConfig,
  ClusterConfig,
  FilterConfig,
  HttpConnectionManagerConfig,
  FilterChainConfig,
  HttpChainConfig,
  ListenerConfig,
  PluginConfig,
  Resource,
  RouterConfig,
  TcpChainConfig,
  TcpProxyConfig,
} from '../config/types.ts'
import { SluiceError, SluiceErrors } from '../errors.ts'
import type { Services } from '../hostcalls/services.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { VmRegistry } from '../plugin/vm-registry.ts'
import { CalloutClient } from '../proxy/callout-client.ts'
import { HttpConnections } from '../proxy/downstream-connection.ts'
import { TcpConnections } from '../proxy/downstream-tcp.ts'
import { Listener, type ConnectionFactory } from '../proxy/listener.ts'
import { RouterFactory } from '../proxy/router.ts'
import { RouterStats } from '../proxy/router-stats.ts'
import { ClusterTcpUpstreams } from '../proxy/tcp-upstreams.ts'
import { TimeoutPool } from '../proxy/timeout-pool.ts'
import { AccessLog } from '../route/access-log.ts'
import { RouteTable } from '../route/route-table.ts'
import { AccessLogSinks } from '../services/access-log-sink.ts'
import { StoreGuestMetrics } from '../services/guest-metrics.ts'
import { systemClock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { systemRandom } from '../util/random.ts'
import { systemTimers } from '../util/timers.ts'
import type { ClusterView, ListenerAddress } from './messages.ts'
import { listenError } from './probe-address.ts'
import type { ThreadState } from './thread-state.ts'

/** Routers of callouts count here, as in Envoy. */
const CALLOUT_STAT_PREFIX = 'async-client'
/** `traffic_direction` of a listener. */
const INBOUND = 1

const CALLOUT_ROUTER: RouterConfig = { suppressEnvoyHeaders: false }

export class DataPlane {
  readonly config: BootstrapConfig
  readonly services: Services
  readonly #state: ThreadState
  readonly #timeouts: TimeoutPool
  readonly #clusters: ClusterManager
  readonly #vms: VmRegistry
  readonly #accessLogs: AccessLogSinks
  /** A plugin that stands in several chains has one root context. */
  readonly #plugins = new Map<string, Plugin>()
  #listeners: readonly Listener[] = []

  constructor(config: BootstrapConfig, state: ThreadState, fileFlushInterval: number) {
    const timers = systemTimers(systemClock)
    this.config = config
    this.#state = state
    this.#timeouts = new TimeoutPool(timers)
    this.#clusters = new ClusterManager({
      stats: state.stats,
      timers,
      random: systemRandom,
      lookup: systemLookup,
      isFirstWorker: state.thread === 1,
      connectorFor: (cluster) => connectorFor(cluster, state.loggers.get('client')),
    })
    this.services = {
      clock: systemClock,
      timers,
      random: systemRandom,
      loggers: state.loggers,
      metrics: new StoreGuestMetrics(state.stats),
      sharedData: state.sharedData,
      sharedQueues: state.sharedQueues,
      callouts: new CalloutClient(this.#clusters, systemClock, this.#makeRouters(CALLOUT_ROUTER, CALLOUT_STAT_PREFIX)),
      names: new SystemNames(),
      node: { message: config.node.message, json: config.node.json },
    }
    this.#vms = new VmRegistry({ services: this.services, stats: state.stats, vmIds: state.vmIds })
    this.#accessLogs = new AccessLogSinks(timers, state.stats, fileFlushInterval)
  }

  /** Starts clusters, then plugins; ends when clusters know their endpoints. Throws SluiceErrors of refused plugins. */
  async start(): Promise<void> {
    await Promise.all(this.config.clusters.map((cluster) => this.#clusters.addOrUpdate(cluster)))
    const errors: SluiceError[] = []
    for (const plugin of pluginsOf(this.config, this.#state.thread === 0)) this.#startPlugin(plugin, errors)
    if (errors.length > 0) throw new SluiceErrors(errors)
  }

  /** Opens the listeners at the addresses of their names; says where they really are. */
  async listen(addresses: readonly ListenerAddress[]): Promise<ListenerAddress[]> {
    this.#listeners = this.config.listeners.map((resource) => this.#makeListener(resource))
    return Promise.all(this.#listeners.map((listener) => bind(listener, addresses)))
  }

  /** Ends when the last connection of the listeners is gone. */
  async drain(isInboundOnly: boolean): Promise<void> {
    const chosen = this.#listeners.filter((listener) => !isInboundOnly || listener.config.direction === INBOUND)
    await Promise.all(chosen.map((listener) => listener.drain()))
  }

  /** Closes everything and tells plugins of their end. */
  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()))
    for (const plugin of this.#plugins.values()) plugin.stop()
    this.#clusters.stop()
    await this.#accessLogs.stop()
    this.#state.sharedQueues.stop()
  }

  clusterStatuses(): ClusterView[] {
    return this.#clusters.all().map(({ name, endpoints }) => ({
      name,
      endpoints: endpoints.map(({ address: { host, port, hostname }, counts }) => ({
        host,
        port,
        hostname,
        counts: { ...counts },
      })),
    }))
  }

  /** For log rotation. */
  reopenLogs(): void {
    this.#accessLogs.reopen()
  }

  #startPlugin(config: PluginConfig, errors: SluiceError[]): void {
    const key = keyOf(config)
    if (this.#plugins.has(key)) return
    try {
      this.#plugins.set(key, this.#vms.start(config))
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      errors.push(pluginError(config, error))
    }
  }

  #makeListener(resource: Resource<ListenerConfig>): Listener {
    const { connectionIds } = this.#state
    const listener = resource.value
    const chains = listener.chains.map((config) => ({ config, connections: this.#makeConnections(config, listener) }))
    return new Listener(resource, chains, () => connectionIds.next())
  }

  #makeConnections(chain: FilterChainConfig, listener: ListenerConfig): ConnectionFactory {
    const { stats, loggers } = this.#state
    const { clock, timers } = this.services
    const context = { stats, clock, timers, loggers }
    return chain.tcp === null
      ? new HttpConnections(chain, listener, this.#makeManager(chain, listener.bufferLimit), context)
      : new TcpConnections(listener, this.#makeTcpManager(chain, listener.bufferLimit), context)
  }

  #makeManager({ http }: HttpChainConfig, bufferLimit: number): HttpConnectionManager {
    return new HttpConnectionManager({
      config: http,
      bufferLimit,
      routes: new RouteTable(http.routes),
      filters: this.#pluginsOf(http.filters),
      services: this.services,
      terminals: this.#makeRouters(http.router, http.statPrefix),
      accessLogs: this.#openLogs(http),
      statistics: this.#state.stats,
    })
  }

  #makeTcpManager({ tcp }: TcpChainConfig, bufferLimit: number): TcpManager {
    return new TcpManager({
      config: tcp,
      bufferLimit,
      filters: this.#pluginsOf(tcp.filters),
      services: this.services,
      upstreams: new ClusterTcpUpstreams(this.#clusters),
      accessLogs: this.#openLogs(tcp),
      statistics: this.#state.stats,
    })
  }

  /** In chain order. */
  #pluginsOf(filters: readonly FilterConfig[]): Plugin[] {
    return filters.map((filter) => this.#plugins.get(keyOf(filter.plugin))!)
  }

  #openLogs({ accessLogs, logPlugins }: HttpConnectionManagerConfig | TcpProxyConfig): StreamLog[] {
    return [
      ...accessLogs.map(({ format, target }) => new AccessLog(format, this.#accessLogs.open(target))),
      ...logPlugins.map((plugin) => new PluginLog(this.#plugins.get(keyOf(plugin))!)),
    ]
  }

  #makeRouters(config: RouterConfig, statPrefix: string): RouterFactory {
    return new RouterFactory({
      clusters: this.#clusters,
      clock: systemClock,
      timeouts: this.#timeouts,
      config,
      stats: new RouterStats(this.#state.stats, statPrefix),
    })
  }
}

function connectorFor(cluster: ClusterConfig, log: Logger): Connector {
  return cluster.protocol === 'HTTP/2' ? new Http2Connector(cluster, log) : new Http1Connector(cluster, log)
}

/** Every plugin: access logs and chains of listeners in order, then services, of which some run in the main thread only. */
export function pluginsOf(config: BootstrapConfig, isMainThread: boolean): PluginConfig[] {
  const chains = config.listeners.flatMap(({ value }) => value.chains).map(({ http, tcp }) => http ?? tcp)
  const filters = chains.flatMap((chain) => [...chain.logPlugins, ...chain.filters.map((filter) => filter.plugin)])
  const services = config.services.filter(({ singleton }) => isMainThread || !singleton)
  return [...filters, ...services.map(({ plugin }) => plugin)]
}

function keyOf(plugin: PluginConfig): string {
  return `${plugin.vmKey} ${plugin.pluginKey}`
}

/** A refused plugin in Envoy's words. */
export function pluginError(plugin: PluginConfig, cause: SluiceError): SluiceError {
  return new SluiceError(cause.code, `Unable to create Wasm plugin ${plugin.name}: ${cause.message}`, cause.detail, cause)
}

async function bind(listener: Listener, addresses: readonly ListenerAddress[]): Promise<ListenerAddress> {
  const { name } = listener
  const address = addresses.find((one) => one.name === name) ?? listener.config.address
  try {
    return { name, ...(await listener.listen(address)) }
  } catch (cause) {
    throw listenError(name, address, cause)
  }
}
