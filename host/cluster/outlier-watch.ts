/**
 * Outlier detection of one cluster in one worker: gives each endpoint its monitor and keeps its health as the shared flags
 * say. In the worker that detects for all it has the detector, which the other workers tell of limits.
 */
import type { OutlierConfig, OutlierKind } from '../config/types.ts'
import { HostFlag, type SharedHost, type SharedHosts } from '../services/shared-hosts.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Endpoint } from './endpoint.ts'
import { OutlierDetector, type OutlierContext, type Watched } from './outlier-detector.ts'
import { LIMIT_EVENTS, OutlierMonitor } from './outlier-monitor.ts'
import { OutlierStats } from './outlier-stats.ts'

/** What it takes from its worker. */
export interface OutlierWatchContext extends OutlierContext {
  readonly hosts: SharedHosts
  readonly stats: StatsStore
  /** The worker that detects for all. */
  readonly isFirstWorker: boolean
}

export class OutlierWatch {
  readonly #config: OutlierConfig
  readonly #cluster: string
  readonly #context: OutlierWatchContext
  readonly #detector: OutlierDetector | null
  readonly #watched = new Map<Endpoint, Watched>()

  constructor(config: OutlierConfig, cluster: string, statName: string, context: OutlierWatchContext) {
    this.#config = config
    this.#cluster = cluster
    this.#context = context
    const stats = new OutlierStats(context.stats, statName)
    this.#detector = context.isFirstWorker ? new OutlierDetector(config, stats, context) : null
  }

  /** The endpoints from now on. */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    for (const endpoint of this.#watched.keys()) if (!endpoints.includes(endpoint)) this.#watched.delete(endpoint)
    for (const endpoint of endpoints) if (!this.#watched.has(endpoint)) this.#watch(endpoint)
    this.#detector?.setHosts([...this.#watched.values()])
  }

  stop(): void {
    this.#detector?.stop()
    this.#watched.clear()
  }

  /** One too many for shared memory is not watched. */
  #watch(endpoint: Endpoint): void {
    const shared = this.#context.hosts.host(this.#cluster, endpoint.label)
    if (shared === null) return
    const monitor = new OutlierMonitor(shared, this.#config, (kind) => this.#onLimit(watched, kind))
    const isEjected = shared.hasFlag(HostFlag.Ejected)
    const ejectedAt = this.#context.clock.monotonicMillis()
    const watched: Watched = { shared, monitor, ejections: isEjected ? 1 : 0, ejectedAt, jitter: 0 }
    this.#watched.set(endpoint, watched)
    endpoint.outlier = monitor
    endpoint.health.ejected = isEjected
    shared.onFlags = () => (endpoint.health.ejected = shared.hasFlag(HostFlag.Ejected))
    if (this.#detector !== null) shared.onEvent = (event) => this.#onEvent(watched, event)
  }

  #onLimit(watched: Watched, kind: OutlierKind): void {
    if (this.#detector !== null) this.#detector.onLimit(watched, kind)
    else tellLimit(watched.shared, kind)
  }

  #onEvent(watched: Watched, event: number): void {
    const kind = LIMIT_EVENTS[event - 1]
    if (kind !== undefined) this.#detector!.onLimit(watched, kind)
  }
}

function tellLimit(shared: SharedHost, kind: OutlierKind): void {
  shared.sendEvent(LIMIT_EVENTS.indexOf(kind) + 1)
}
