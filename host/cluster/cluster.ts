/**
 * A cluster as one worker uses it: its endpoints, their pools, the load balancer, breakers and statistics. The
 * configuration never changes; an update makes a new cluster, and streams keep the one that they started with.
 */
import type { OriginalDstConfig, ClusterConfig, Resource } from '../config/types.ts'
import { BalancerFactory } from './balancer-factory.ts'
import { CircuitBreakers } from './circuit-breakers.ts'
import type { ClusterContext } from './cluster-manager.ts'
import { ClusterStats } from './cluster-stats.ts'
import type { PoolContext } from './connection-pool.ts'
import { EndpointPools, type PoolContexts } from './endpoint-pools.ts'
import { OriginalDst, type NamedPlace } from './original-dst.ts'
import { addressLabel, addressOf, addressOfPlace, emptyCounts, Endpoint, type EndpointAddress } from './endpoint.ts'
import type { Home } from './home.ts'
import { HealthChecker } from './health/health-checker.ts'
import { HostHealth, PASSIVE_FAILURE, UNWATCHED, type HealthWatch } from './host-health.ts'
import type { LoadBalancer, PickContext } from './load-balancer.ts'
import { OutlierWatch } from './outlier-watch.ts'
import { DnsEndpoints } from './dns-endpoints.ts'
import { TcpClusterStats } from './tcp-cluster-stats.ts'
import { TlsMatcher } from './tls-matcher.ts'
import { TcpConnector, type TcpConnection } from './tcp-connector.ts'

/** What a cluster has for connections without a protocol. */
interface TcpSide {
  readonly stats: TcpClusterStats
  readonly pools: PoolContext<TcpConnection>
}

export class Cluster {
  readonly name: string
  readonly identity: string
  readonly config: ClusterConfig
  readonly stats: ClusterStats
  readonly breakers: CircuitBreakers
  /** Of requests of the priority HIGH; null = they are as all others. */
  readonly highBreakers: CircuitBreakers | null
  readonly #context: ClusterContext
  readonly #statName: string
  readonly #tls: TlsMatcher
  readonly #poolContexts: PoolContexts
  #tcp: TcpSide | null = null
  readonly #dns: DnsEndpoints | null
  readonly #originalDst: OriginalDst | null
  readonly #outliers: OutlierWatch | null
  /** Only in the worker that checks for all. */
  readonly #checker: HealthChecker | null
  /** By label. */
  #known = new Map<string, Endpoint>()
  #endpoints: readonly Endpoint[] = []
  readonly #balancers: BalancerFactory
  #balancer: LoadBalancer
  /** Health has changed: the next request has the balancer made anew, so that many changes at once cost it once. */
  #isStale = false
  /** It was said that there are too many endpoints. */
  #hasUnwatched = false
  /** Told of other endpoints, and of other health. */
  onChange: () => void = () => {}

  /** `home` is what it knows of this proxy's place; null = nothing. */
  constructor(resource: Resource<ClusterConfig>, context: ClusterContext, home: Home | null) {
    const config = resource.value
    this.name = resource.name
    this.identity = resource.identity
    this.config = config
    this.#context = context
    this.#statName = config.altStatName === '' ? resource.name : config.altStatName
    this.stats = new ClusterStats(context.stats, this.#statName, config.protocol)
    const { breakers, highBreakers } = config
    this.breakers = new CircuitBreakers(breakers, 'default', highBreakers === null, this.stats)
    this.highBreakers = highBreakers === null ? null : new CircuitBreakers(highBreakers, 'high', false, this.stats)
    this.#tls = new TlsMatcher(config, this.#statName, context)
    this.#poolContexts = this.#makePoolContexts()
    this.#outliers = config.outlier === null ? null : new OutlierWatch(config.outlier, this.#statName, context)
    this.#checker = context.isFirstWorker ? this.#makeChecker() : null
    this.#balancers = new BalancerFactory(config.balancing, context, this.#statName, home)
    this.#originalDst = config.originalDst === null ? null : this.#makeOriginalDst(config.originalDst)
    this.#balancer = this.#originalDst ?? this.#balancers.make([])
    this.#dns = config.discovery === 'STRICT_DNS' || config.discovery === 'LOGICAL_DNS' ? this.#makeDns() : null
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  /** Resolves once the endpoints are known and, if this worker checks, checked; a failed look-up counts as known. */
  async start(): Promise<void> {
    const { name, identity } = this
    if (this.#dns !== null) await this.#dns.start(this.#context.names, { cluster: name, identity, statName: this.#statName })
    else this.#setEndpoints(this.config.endpoints.map((endpoint) => addressOf(endpoint, endpoint.host)))
    this.#originalDst?.start()
    if (this.#endpoints.length > 0) await this.#checker?.firstRound()
  }

  /** The endpoint for a request, or null when there is none (hot). */
  pick(context: PickContext): Endpoint | null {
    if (this.#isStale) this.#rebalance()
    const endpoint = this.#balancer.pick(context)
    if (endpoint === null) this.stats.cxNoneHealthy.add(1)
    return endpoint
  }

  /** No new look-ups; connections close as they become free. */
  drain(): void {
    this.#stopWatching()
    for (const endpoint of this.#endpoints) endpoint.pools.drain()
  }

  /** The circuit breakers of requests of the priority HIGH, or of all others. */
  breakersFor(isHigh: boolean): CircuitBreakers {
    return isHigh && this.highBreakers !== null ? this.highBreakers : this.breakers
  }

  /** Closes every connection. */
  stop(): void {
    this.#stopWatching()
    for (const endpoint of this.#endpoints) endpoint.pools.close()
  }

  #stopWatching(): void {
    this.#dns?.stop()
    this.#originalDst?.stop()
    this.#outliers?.stop()
    this.#checker?.stop()
    this.#balancers.stop()
    for (const endpoint of this.#endpoints) this.#release(endpoint)
  }

  #makePoolContexts(): PoolContexts {
    const { config, stats, highBreakers } = this
    const normal: PoolContext = {
      connector: this.#context.connectorFor(config, this.#statName),
      timers: this.#context.timers,
      stats,
      breakers: this.breakers,
      connectTimeout: config.connectTimeout,
      idleTimeout: config.idleTimeout,
    }
    const high = highBreakers === null ? null : { ...normal, breakers: highBreakers }
    return { normal, high, tcp: () => this.#tcpSide.pools }
  }

  /** Statistics of connections without a protocol; opened when the first one is needed. */
  get tcpStats(): TcpClusterStats {
    return this.#tcpSide.stats
  }

  get #tcpSide(): TcpSide {
    if (this.#tcp !== null) return this.#tcp
    const stats = new TcpClusterStats(this.#context.stats, this.#statName)
    const connector = new TcpConnector(this.config.bufferLimit, stats)
    const pools = { ...this.#poolContexts.normal, connector }
    return (this.#tcp = { stats, pools })
  }

  #makeOriginalDst(config: OriginalDstConfig): OriginalDst {
    const invalid = this.#context.stats.counter(`cluster.${this.#statName}.original_dst_host_invalid`)
    const endpointAt = (place: NamedPlace): Endpoint => this.#endpointAt(place)
    const keepOnly = (kept: ReadonlySet<Endpoint>): void =>
      void this.#setEndpoints(this.#endpoints.filter((one) => kept.has(one)).map(({ address }) => address))
    return new OriginalDst(config, { endpointAt, keepOnly }, invalid, this.#context.timers)
  }

  /** One more makes no others anew: clients may name very many. */
  #endpointAt(place: NamedPlace): Endpoint {
    const label = addressLabel(place.host, place.port)
    const known = this.#known.get(label)
    if (known !== undefined) return known
    const endpoint = this.#makeEndpoint(addressOfPlace(place))
    this.#use(this.#known.set(label, endpoint))
    return endpoint
  }

  #makeDns(): DnsEndpoints {
    return new DnsEndpoints(this.config, (addresses) => {
      const isOther = this.#setEndpoints(addresses)
      if (!isOther && this.#context.isFirstWorker) this.stats.updates.noRebuild.add(1)
    })
  }

  /** Endpoints that stay keep their connections; those that go are drained. False when all stay and none comes. */
  #setEndpoints(addresses: readonly EndpointAddress[]): boolean {
    const old = this.#known
    const next = new Map<string, Endpoint>()
    for (const address of addresses) {
      const label = addressLabel(address.host, address.port)
      const endpoint = next.get(label) ?? old.get(label) ?? this.#makeEndpoint(address)
      endpoint.health.isLeaving = false
      next.set(label, endpoint)
    }
    for (const [label, endpoint] of old) if (!next.has(label) && this.#outlivesName(endpoint)) next.set(label, endpoint)
    if (next.size === old.size && [...next.keys()].every((label) => old.has(label))) return false
    this.#use(next)
    for (const [label, endpoint] of old) if (!next.has(label)) this.#drop(endpoint)
    return true
  }

  #use(endpoints: Map<string, Endpoint>): void {
    this.#known = endpoints
    this.#endpoints = [...endpoints.values()]
    this.#outliers?.setEndpoints(this.#endpoints)
    this.#checker?.setEndpoints(this.#endpoints)
    if (this.#context.isFirstWorker) this.stats.membershipChange.add(1)
    this.#rebalance()
    this.#countMembers()
    this.onChange()
  }

  /** As in Envoy, an endpoint that checks find well stays without its name, until they do not. */
  #outlivesName({ address, health }: Endpoint): boolean {
    const isKept = this.config.keepsHealthyEndpoints && health.isChecked && !health.hasFailedCheck
    health.isLeaving = isKept && address.health !== 'UNHEALTHY' && address.health !== 'DRAINING'
    return health.isLeaving
  }

  #drop(endpoint: Endpoint): void {
    endpoint.pools.drain()
    this.#release(endpoint)
  }

  #release({ health: { shared } }: Endpoint): void {
    if (shared !== null) this.#context.hosts.release(shared)
  }

  /** Somebody has changed what is known of the endpoint's health. */
  #onFlags(endpoint: Endpoint): void {
    const { health } = endpoint
    this.#outliers?.onFlags()
    const { isOther, hasPassedCheck } = health.note()
    if (!isOther) return
    if (hasPassedCheck || (health.isHealthy && endpoint.healthySince < 0))
      endpoint.healthySince = this.#context.clock.monotonicMillis()
    if (health.hasFailedCheck || health.isEjected) endpoint.pools.retire(this.config.closesOnHealthFailure)
    this.#isStale = true
    this.#countMembers()
    this.onChange()
  }

  /** What the balancer goes by beside the endpoints has changed. */
  onHomeChanged(): void {
    this.#isStale = true
  }

  #onEvent(endpoint: Endpoint, event: number): void {
    if (event === PASSIVE_FAILURE) this.#checker?.onPassiveFailure(endpoint)
    else this.#outliers?.onEvent(endpoint, event)
  }

  /** Endpoints or their health are others than before. */
  #rebalance(): void {
    this.#isStale = false
    this.#balancer = this.#originalDst ?? this.#balancers.make(this.#endpoints)
  }

  #countMembers(): void {
    if (!this.#context.isFirstWorker) return
    this.stats.membershipTotal.set(this.#endpoints.length)
    this.stats.membershipHealthy.set(this.#endpoints.filter(({ health }) => health.isHealthy).length)
    this.stats.membershipDegraded.set(this.#endpoints.filter(({ health }) => health.isDegraded).length)
    this.stats.membershipExcluded.set(this.#endpoints.filter(({ health }) => health.isExcluded).length)
  }

  #makeEndpoint(address: EndpointAddress): Endpoint {
    const counts = emptyCounts()
    const { host, port, hostname } = address
    const tls = this.#tls.tlsOf(address, this.#context.isFirstWorker)
    const destination = { host, port, tls, server: tls?.serverOf(hostname === host ? '' : hostname) ?? null }
    const watch = this.#watchOf(address)
    const pools = new EndpointPools(destination, counts, this.#poolContexts)
    const endpoint = new Endpoint(address, new HostHealth(address.health, watch), counts, pools)
    if (watch.shared !== null) {
      watch.shared.onFlags = () => this.#onFlags(endpoint)
      watch.shared.onEvent = (event) => this.#onEvent(endpoint, event)
    }
    if (endpoint.health.isHealthy) endpoint.healthySince = this.#context.clock.monotonicMillis()
    return endpoint
  }

  #watchOf({ host, port, check }: EndpointAddress): HealthWatch {
    const { outlier, healthCheck, balancing } = this.config
    if (outlier === null && healthCheck === null) return UNWATCHED
    const shared = this.#context.hosts.host(this.name, addressLabel(host, port))
    if (shared === null) this.#onUnwatched(addressLabel(host, port))
    const isChecked = healthCheck !== null && !check.isDisabled
    const isDetected = shared !== null && outlier !== null
    return { shared, isChecked, isDetected, isIgnoredUnchecked: balancing.ignoresUnchecked }
  }

  /** There are too many in the process. Who should be checked is not used; who only answers for what it does, is. */
  #onUnwatched(label: string): void {
    const { stats, log } = this.#context
    stats.counter('sluice.unwatched_endpoints').add(1)
    if (this.#hasUnwatched) return
    this.#hasUnwatched = true
    log.log(3, `cluster '${this.name}': no room to watch ${label} and others: health checks leave them out, nothing ejects them`)
  }

  #makeChecker(): HealthChecker | null {
    const { config } = this
    if (config.healthCheck === null) return null
    return new HealthChecker(config.healthCheck, {
      ...this.#context,
      clusterName: this.name,
      identity: this.identity,
      statName: this.#statName,
      connectorFor: (protocol) => this.#context.connectorFor({ ...config, protocol }, this.#statName),
      hasTraffic: () => this.stats.cxTotal.isUsed(),
      onPassed: (host) => this.#outliers?.onCheckPassed(host),
    })
  }
}
