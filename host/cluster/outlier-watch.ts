/**
 * Outlier detection of one cluster in one worker: gives each endpoint its monitor. In the worker that detects for all it has
 * the detector, which all workers tell of limits.
 */
import type { OutlierConfig, OutlierKind } from '../config/types.ts'
import { HostFlag, type SharedHost } from '../services/shared-hosts.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Endpoint } from './endpoint.ts'
import { OutlierDetector, type OutlierContext, type Watched } from './outlier-detector.ts'
import { LIMIT_EVENTS, OutlierMonitor } from './outlier-monitor.ts'
import { OutlierStats } from './outlier-stats.ts'

/** What it takes from its worker. */
export interface OutlierWatchContext extends OutlierContext {
  readonly stats: StatsStore
  /** The worker that detects for all. */
  readonly isFirstWorker: boolean
}

export class OutlierWatch {
  readonly #config: OutlierConfig
  readonly #context: OutlierWatchContext
  readonly #detector: OutlierDetector | null
  readonly #watched = new Map<Endpoint, Watched>()

  constructor(config: OutlierConfig, statName: string, context: OutlierWatchContext) {
    this.#config = config
    this.#context = context
    const stats = new OutlierStats(context.stats, statName)
    this.#detector = context.isFirstWorker ? new OutlierDetector(config, stats, context) : null
  }

  /** The endpoints from now on. */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    const wanted = new Set(endpoints)
    for (const endpoint of this.#watched.keys()) if (!wanted.has(endpoint)) this.#watched.delete(endpoint)
    for (const endpoint of endpoints) if (!this.#watched.has(endpoint)) this.#watch(endpoint)
    this.#detector?.setHosts([...this.#watched.values()])
  }

  stop(): void {
    this.#detector?.stop()
    this.#watched.clear()
  }

  /** Flags of an endpoint have changed. */
  onFlags(): void {
    this.#detector?.countActive()
  }

  /** A limit was reached in some worker. */
  onEvent(endpoint: Endpoint, event: number): void {
    const watched = this.#watched.get(endpoint)
    const kind = LIMIT_EVENTS[event - 1]
    if (watched !== undefined && kind !== undefined) this.#detector?.onLimit(watched, kind)
  }

  /** The host has passed a health check, which may bring it back. */
  onCheckPassed(host: SharedHost): void {
    if (!this.#config.unejectsOnHealthCheck || !host.hasFlag(HostFlag.Ejected)) return
    const watched = this.#watched.values().find(({ shared }) => shared === host)
    if (watched !== undefined) this.#detector?.uneject(watched)
  }

  /** One too many for shared memory is not watched. */
  #watch(endpoint: Endpoint): void {
    const { shared } = endpoint.health
    if (shared === null) return
    const monitor = new OutlierMonitor(shared, this.#config, (kind) => tellLimit(shared, kind))
    const ejections = shared.hasFlag(HostFlag.Ejected) ? 1 : 0
    const ejectedAt = this.#context.clock.monotonicMillis()
    this.#watched.set(endpoint, { shared, monitor, ejections, ejectedAt, jitter: 0 })
    endpoint.outlier = monitor
  }
}

/** Whoever detects for all hears it, here or in another worker. */
function tellLimit(shared: SharedHost, kind: OutlierKind): void {
  shared.sendEvent(LIMIT_EVENTS.indexOf(kind) + 1)
}
