/**
 * The clusters of one worker by name. Resources enter by `addOrUpdate` and `remove`, the calls of static
 * configuration and of xDS alike; an unchanged identity is no work.
 */
import type { ClusterConfig, Resource } from '../config/types.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Random } from '../util/random.ts'
import type { Timers } from '../util/timers.ts'
import { Cluster } from './cluster.ts'
import type { Connector } from './connector.ts'
import type { Lookup } from './strict-dns.ts'

/** What clusters take from their worker. */
export interface ClusterContext {
  readonly stats: StatsStore
  readonly timers: Timers
  readonly random: Random
  readonly lookup: Lookup
  /** Statistics that concern the process, not a worker, are counted by the first worker only. */
  readonly isFirstWorker: boolean
  connectorFor(config: ClusterConfig): Connector
}

export class ClusterManager {
  readonly #context: ClusterContext
  readonly #clusters = new Map<string, Cluster>()

  constructor(context: ClusterContext) {
    this.#context = context
  }

  /** The cluster now; streams keep it. Null when nothing of that name exists (hot). */
  get(name: string): Cluster | null {
    return this.#clusters.get(name) ?? null
  }

  all(): readonly Cluster[] {
    return [...this.#clusters.values()]
  }

  /** Resolves when the cluster's endpoints are known; it can be used before. */
  async addOrUpdate(resource: Resource<ClusterConfig>): Promise<void> {
    const old = this.#clusters.get(resource.name)
    if (old?.identity === resource.identity) return
    const cluster = new Cluster(resource, this.#context)
    this.#clusters.set(resource.name, cluster)
    this.#count(old === undefined ? 'cluster_added' : 'cluster_modified')
    await cluster.start()
    old?.drain()
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
    for (const cluster of this.#clusters.values()) cluster.stop()
    this.#clusters.clear()
  }

  #count(event: 'cluster_added' | 'cluster_modified' | 'cluster_removed'): void {
    if (!this.#context.isFirstWorker) return
    this.#context.stats.counter(`cluster_manager.${event}`).add(1)
    this.#context.stats.gauge('cluster_manager.active_clusters').set(this.#clusters.size)
  }
}
