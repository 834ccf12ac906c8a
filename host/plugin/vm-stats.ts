/** What VMs and plugins count, under Envoy's names, without a prefix (source/extensions/common/wasm/stats_handler.h). */

interface Cell {
  add(delta: number): void
}

/** Where counters and gauges come from: the process's statistics store. */
export interface VmStats {
  counter(name: string): Cell
  gauge(name: string): Cell
}

/** For callers that count nothing. */
export const noVmStats: VmStats = { counter: () => ({ add: () => {} }), gauge: () => ({ add: () => {} }) }

/** VMs of an engine, made so far and alive. */
export class VmCounts {
  readonly #created: Cell
  readonly #active: Cell
  readonly #all: Cell

  constructor(stats: VmStats, engine: string) {
    this.#created = stats.counter(`wasm.envoy.wasm.runtime.${engine}.created`)
    this.#active = stats.gauge(`wasm.envoy.wasm.runtime.${engine}.active`)
    this.#all = stats.gauge('wasm.wasm_vm_count')
  }

  opened(): void {
    this.#created.add(1)
    this.#active.add(1)
    this.#all.add(1)
  }

  closed(): void {
    this.#active.add(-1)
    this.#all.add(-1)
  }
}

/** Reloads of one plugin. */
export class ReloadCounts {
  readonly success: Cell
  readonly failure: Cell
  /** Streams that came before the back-off was over. */
  readonly backoff: Cell

  constructor(stats: VmStats, plugin: string) {
    this.success = stats.counter(`wasm.${plugin}.vm_reload_success`)
    this.failure = stats.counter(`wasm.${plugin}.vm_reload_failure`)
    this.backoff = stats.counter(`wasm.${plugin}.vm_reload_backoff`)
    // Envoy has this one too and never counts it.
    stats.counter(`wasm.${plugin}.vm_reload`)
  }
}

/** Modules of other machines: how many were fetched before the start, and how many were known from before. */
export function countRemoteLoads(
  stats: VmStats,
  { fetched, cached }: { readonly fetched: number; readonly cached: number },
): void {
  stats.counter('wasm.remote_load_cache_hits').add(cached)
  stats.counter('wasm.remote_load_cache_misses').add(fetched)
  stats.counter('wasm.remote_load_fetch_successes').add(fetched)
  stats.gauge('wasm.remote_load_cache_entries').add(fetched + cached)
  // Counted by nobody: a module that cannot be had keeps the host from starting.
  stats.counter('wasm.remote_load_cache_negative_hits')
  stats.counter('wasm.remote_load_fetch_failures')
}
