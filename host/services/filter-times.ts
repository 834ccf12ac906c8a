/**
 * What the callbacks of each plugin cost, as metrics: `wasm.<plugin>.callback_us`, their time with their hostcalls, and
 * `wasm.<plugin>.callback_hostcalls`, how many they made. Attached to the VMs of a thread only when it is asked for: two
 * readings of the clock per hostcall cost about as much as the hostcall.
 */
import type { Context } from '../plugin/context.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { Histogram } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

interface PluginTimes {
  readonly micros: Histogram
  readonly hostcalls: Histogram
}

export class FilterTimes implements VmObserver {
  readonly #stats: StatsStore
  readonly #plugins = new Map<string, PluginTimes>()
  /** Of the callback that runs. */
  #times: PluginTimes | null = null
  #start = 0
  #hostcalls = 0

  constructor(stats: StatsStore) {
    this.#stats = stats
  }

  enter(_callback: string, _args: readonly number[], context: Context): void {
    this.#times = this.#timesOf(context.root.config.name)
    this.#hostcalls = 0
    this.#start = performance.now()
  }

  leave(): void {
    this.#record()
  }

  hostcall(): void {
    this.#hostcalls++
  }

  trap(): void {
    this.#record()
  }

  #record(): void {
    this.#times?.micros.record((performance.now() - this.#start) * 1000)
    this.#times?.hostcalls.record(this.#hostcalls)
    this.#times = null
  }

  #timesOf(plugin: string): PluginTimes {
    const known = this.#plugins.get(plugin)
    if (known !== undefined) return known
    const prefix = `wasm.${plugin}.callback_`
    const made = { micros: this.#stats.histogram(`${prefix}us`), hostcalls: this.#stats.histogram(`${prefix}hostcalls`) }
    this.#plugins.set(plugin, made)
    return made
  }
}
