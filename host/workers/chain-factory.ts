/** Makes the filter chains of listeners, with what their thread has. */
import { HttpConnectionManager, type StreamLog } from '../chain/connection-manager.ts'
import { PluginLog } from '../chain/plugin-log.ts'
import { TcpManager } from '../chain/tcp/tcp-manager.ts'
import type { ClusterManager } from '../cluster/cluster-manager.ts'
import type {
  AccessLogConfig,
  DownstreamTlsConfig,
  FilterChainConfig,
  FilterConfig,
  HttpChainConfig,
  HttpConnectionManagerConfig,
  ListenerConfig,
  Resource,
  RouterConfig,
  TcpChainConfig,
  TcpProxyConfig,
} from '../config/types.ts'
import type { Services } from '../hostcalls/services.ts'
import type { Plugin } from '../plugin/plugin.ts'
import { HttpConnections } from '../proxy/downstream-connection.ts'
import { TcpConnections } from '../proxy/downstream-tcp.ts'
import { listenerStatName } from '../proxy/listener.ts'
import type { ConnectionFactory, ListenerChain, ListenerChains, ListenerContext } from '../proxy/listener.ts'
import type { RouterFactory } from '../proxy/router.ts'
import { ClusterTcpUpstreams } from '../proxy/tcp-upstreams.ts'
import { AccessLog, FilteredLog } from '../route/access-log.ts'
import { compileLogFilter } from '../route/log-filter.ts'
import { RouteTable } from '../route/route-table.ts'
import { DownstreamTls } from '../tls/downstream-tls.ts'
import { SecretStats } from '../tls/secret-stats.ts'
import { TlsStats } from '../tls/tls-stats.ts'
import type { AccessLogSinks } from '../services/access-log-sink.ts'
import type { TapPoint } from '../tap/tap-point.ts'
import type { PluginSet } from './plugin-set.ts'

/** What chains are made of, beside their plugins. */
export interface ChainParts {
  readonly context: ListenerContext
  readonly services: Services
  readonly clusters: ClusterManager
  readonly accessLogs: AccessLogSinks
  readonly tap: TapPoint
  makeRouters(config: RouterConfig, statPrefix: string): RouterFactory
}

export class ChainFactory {
  readonly #parts: ChainParts
  readonly #plugins: PluginSet

  /** `plugins` has all that the chains name. */
  constructor(parts: ChainParts, plugins: PluginSet) {
    this.#parts = parts
    this.#plugins = plugins
  }

  makeChains(listener: Resource<ListenerConfig>): ListenerChains {
    const { chains, defaultChain } = listener.value
    return {
      chains: chains.map((config) => this.#makeChain(config, listener)),
      defaultChain: defaultChain === null ? null : this.#makeChain(defaultChain, listener),
      logs: this.#openLogs(listener.value),
    }
  }

  #makeChain(config: FilterChainConfig, listener: Resource<ListenerConfig>): ListenerChain {
    const tls = config.tls === null ? null : this.#makeTls(config.tls, listener)
    return { config, tls, connections: this.#makeConnections(config, listener) }
  }

  #makeTls(config: DownstreamTlsConfig, { value }: Resource<ListenerConfig>): DownstreamTls {
    const { stats, tlsSecret, secrets } = this.#parts.context
    const owner = `listener.${listenerStatName(value)}`
    const secretStats = new SecretStats(stats, `${owner}.server`)
    return new DownstreamTls(config, { stats: new TlsStats(stats, owner), secretStats, secrets }, tlsSecret)
  }

  #makeConnections(chain: FilterChainConfig, { name, value: listener }: Resource<ListenerConfig>): ConnectionFactory {
    const { context } = this.#parts
    return chain.tcp === null
      ? new HttpConnections(chain, listener, this.#makeManager(chain, listener.bufferLimit, name), context)
      : new TcpConnections(listener, this.#makeTcpManager(chain, listener.bufferLimit), context)
  }

  #makeManager({ http }: HttpChainConfig, bufferLimit: number, listener: string): HttpConnectionManager {
    const { services, context, tap } = this.#parts
    return new HttpConnectionManager({
      config: http,
      bufferLimit,
      routes: new RouteTable(http.routes),
      filters: this.#pluginsOf(http.filters),
      services,
      terminals: this.#parts.makeRouters(http.router, http.statPrefix),
      accessLogs: this.#openLogs(http),
      statistics: context.stats,
      tap: { point: tap, listener },
      overload: context.overload,
    })
  }

  #makeTcpManager({ tcp }: TcpChainConfig, bufferLimit: number): TcpManager {
    const { services, clusters, context } = this.#parts
    return new TcpManager({
      config: tcp,
      bufferLimit,
      filters: this.#pluginsOf(tcp.filters),
      services,
      upstreams: new ClusterTcpUpstreams(clusters),
      accessLogs: this.#openLogs(tcp),
      statistics: context.stats,
    })
  }

  /** In chain order. */
  #pluginsOf(filters: readonly FilterConfig[]): Plugin[] {
    return filters.map((filter) => this.#plugins.get(filter.plugin))
  }

  #openLog({ format, target, filter }: AccessLogConfig): StreamLog {
    const log = new AccessLog(format, this.#parts.accessLogs.open(target))
    return filter === null ? log : new FilteredLog(log, compileLogFilter(filter))
  }

  #openLogs({ accessLogs, logPlugins }: HttpConnectionManagerConfig | TcpProxyConfig | ListenerConfig): StreamLog[] {
    return [
      ...accessLogs.map((log) => this.#openLog(log)),
      ...logPlugins.map((plugin) => new PluginLog(this.#plugins.get(plugin))),
    ]
  }
}
