/**
 * The clusters of one worker by name. Resources enter by `addOrUpdate` and `remove`, the calls of static
 * configuration and of xDS alike; an unchanged identity is no work.
 */
import type { ClusterConfig, NodeConfig, Resource } from '../config/types.ts'
import type { StatsStore } from '../stats/store.ts'
import type { SharedHosts } from '../services/shared-hosts.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { TlsSecrets } from '../tls/tls-secrets.ts'
import type { Timers } from '../util/timers.ts'
import { Cluster } from './cluster.ts'
import { Home } from './home.ts'
import { keyOfLocality } from './host-set.ts'
import type { Connector } from './connector.ts'
import type { NameSource } from './name-source.ts'

/** What clusters take from their worker. */
export interface ClusterContext {
  readonly stats: StatsStore
  readonly timers: Timers
  readonly clock: Clock
  readonly random: Random
  readonly hosts: SharedHosts
  readonly names: NameSource
  readonly log: Logger
  readonly secrets: TlsSecrets
  /** Statistics that concern the process, not a worker, are counted by the first worker only. */
  readonly isFirstWorker: boolean
  /** Where this proxy runs, and the cluster of proxies like it, '' = not known. */
  readonly node: Pick<NodeConfig, 'locality' | 'localCluster'>
  /** `statName`: under which name the cluster is counted. */
  connectorFor(config: ClusterConfig, statName: string): Connector
}

export class ClusterManager {
  readonly #context: ClusterContext
  readonly #clusters = new Map<string, Cluster>()
  /** Prepared successors of clusters that run, and clusters that nothing used before. */
  readonly #warm = new Map<string, Cluster>()
  readonly #added = new Set<string>()
  readonly #home: Home | null

  constructor(context: ClusterContext) {
    const { locality, localCluster } = context.node
    const key = locality === null ? null : keyOfLocality(locality)
    this.#context = context
    this.#home = localCluster === '' ? null : new Home(key, () => this.#clusters.get(localCluster)?.endpoints ?? [])
  }

  /** The cluster now; streams keep it. Null when nothing of that name exists (hot). */
  get(name: string): Cluster | null {
    return this.#clusters.get(name) ?? null
  }

  all(): readonly Cluster[] {
    return [...this.#clusters.values()]
  }

  /** Resolves when the cluster's endpoints are known and new streams use it; until then they use the one before. */
  async addOrUpdate(resource: Resource<ClusterConfig>): Promise<void> {
    if (this.#clusters.get(resource.name)?.identity === resource.identity) return
    const cluster = this.#make(resource)
    await cluster.start()
    this.#replace(cluster)
  }

  /**
   * Makes clusters ready beside those that run; resolves when their endpoints are known. New names can be used at once,
   * by plugins that start.
   */
  async prepare(resources: readonly Resource<ClusterConfig>[]): Promise<void> {
    await Promise.all(resources.map((resource) => this.#prepareOne(resource)))
  }

  /** What was prepared takes over. */
  commit(): void {
    this.#added.clear()
    for (const cluster of this.#warm.values()) this.#replace(cluster)
    this.#warm.clear()
  }

  /** What was prepared is not wanted. */
  discard(): void {
    for (const cluster of this.#warm.values()) cluster.stop()
    this.#warm.clear()
    for (const name of this.#added) this.remove(name)
    this.#added.clear()
  }

  /** False when there is no such cluster. Its streams go on. */
  remove(name: string): boolean {
    const cluster = this.#clusters.get(name)
    if (cluster === undefined) return false
    this.#clusters.delete(name)
    this.#count('cluster_removed')
    cluster.drain()
    return true
  }

  /** Closes everything. */
  stop(): void {
    for (const cluster of [...this.#clusters.values(), ...this.#warm.values()]) cluster.stop()
    this.#clusters.clear()
  }

  async #prepareOne(resource: Resource<ClusterConfig>): Promise<void> {
    const { name, identity } = resource
    const old = this.#clusters.get(name)
    if (old?.identity === identity) return
    const cluster = this.#make(resource)
    if (old === undefined) {
      this.#added.add(name)
      this.#replace(cluster)
    } else this.#warm.set(name, cluster)
    await cluster.start()
  }

  #make(resource: Resource<ClusterConfig>): Cluster {
    const isHome = resource.name === this.#context.node.localCluster
    const cluster = new Cluster(resource, this.#context, isHome ? null : this.#home)
    if (isHome) cluster.onChange = () => this.#onHomeChanged()
    return cluster
  }

  #onHomeChanged(): void {
    for (const cluster of [...this.#clusters.values(), ...this.#warm.values()]) cluster.onHomeChanged()
  }

  #replace(cluster: Cluster): void {
    const old = this.#clusters.get(cluster.name)
    this.#clusters.set(cluster.name, cluster)
    if (cluster.name === this.#context.node.localCluster) this.#onHomeChanged()
    this.#count(old === undefined ? 'cluster_added' : 'cluster_modified')
    old?.drain()
  }

  #count(event: 'cluster_added' | 'cluster_modified' | 'cluster_removed'): void {
    if (!this.#context.isFirstWorker) return
    this.#context.stats.counter(`cluster_manager.${event}`).add(1)
    this.#context.stats.gauge('cluster_manager.active_clusters').set(this.#clusters.size)
  }
}
