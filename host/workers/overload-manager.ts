/**
 * Looks at what is scarce and turns actions on and off (source/server/overload_manager_impl.cc). Runs on the main
 * thread; the workers see its verdicts in shared memory.
 */
import { readFileSync } from 'node:fs'
import type { OverloadActionConfig, OverloadConfig, OverloadMonitorConfig } from '../config/types.ts'
import { OverloadAction, type OverloadState } from '../services/overload-state.ts'
import type { Counter, Gauge } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Logger } from '../util/logger.ts'

const CELLS: Readonly<Record<OverloadActionConfig['name'], OverloadAction>> = {
  'envoy.overload_actions.stop_accepting_requests': OverloadAction.StopAcceptingRequests,
  'envoy.overload_actions.disable_http_keepalive': OverloadAction.DisableHttpKeepalive,
  'envoy.overload_actions.reject_incoming_connections': OverloadAction.RejectIncomingConnections,
}

interface Monitor {
  readonly config: OverloadMonitorConfig
  readonly pressure: Gauge
  readonly failedUpdates: Counter
  /** Of the last look that worked; 0 to 1, or above. */
  value: number
}

interface Action {
  readonly config: OverloadActionConfig
  readonly active: Gauge
  readonly scalePercent: Gauge
  isOn: boolean
}

export class OverloadManager {
  readonly #state: OverloadState
  readonly #logger: Logger
  readonly #readRss: () => number
  readonly #interval: number
  readonly #monitors: ReadonlyMap<string, Monitor>
  readonly #actions: readonly Action[]
  #timer: NodeJS.Timeout | null = null

  constructor(
    config: OverloadConfig,
    state: OverloadState,
    stats: StatsStore,
    logger: Logger,
    readRss: () => number = process.memoryUsage.rss,
  ) {
    this.#state = state
    this.#logger = logger
    this.#readRss = readRss
    this.#interval = config.refreshInterval
    this.#monitors = new Map(config.monitors.map((monitor) => [monitor.name, makeMonitor(monitor, stats)]))
    this.#actions = config.actions.map((action) => makeAction(action, stats))
    for (const monitor of config.monitors) if (monitor.kind === 'downstream_connections') state.limitConnections(monitor.most)
  }

  /** Looks now, and again after each interval. */
  start(): void {
    if (this.#monitors.size === 0) return
    this.update()
    this.#timer = setInterval(() => this.update(), this.#interval)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** Looks at every monitor and judges every action. */
  update(): void {
    for (const monitor of this.#monitors.values()) this.#look(monitor)
    for (const action of this.#actions) this.#judge(action)
  }

  #look(monitor: Monitor): void {
    const value = this.#pressureOf(monitor.config)
    if (Number.isNaN(value)) return monitor.failedUpdates.add(1)
    monitor.value = value
    monitor.pressure.set(Math.floor(value * 100))
  }

  /** NaN = it cannot be found out. */
  #pressureOf(config: OverloadMonitorConfig): number {
    if (config.kind === 'fixed_heap') return this.#readRss() / config.maxBytes
    if (config.kind === 'downstream_connections') return this.#state.connections / config.most
    return readPressure(config.file)
  }

  #judge(action: Action): void {
    const isOn = action.config.triggers.some(({ monitor, from }) => this.#monitors.get(monitor)!.value >= from)
    if (isOn === action.isOn) return
    action.isOn = isOn
    action.active.set(isOn ? 1 : 0)
    action.scalePercent.set(isOn ? 100 : 0)
    this.#state.set(CELLS[action.config.name], isOn)
    this.#logger.log(isOn ? 3 : 2, `${action.config.name} is ${isOn ? 'on' : 'off'}`)
  }
}

function makeMonitor(config: OverloadMonitorConfig, stats: StatsStore): Monitor {
  const prefix = `overload.${config.name}.`
  return { config, pressure: stats.gauge(`${prefix}pressure`), failedUpdates: stats.counter(`${prefix}failed_updates`), value: 0 }
}

function makeAction(config: OverloadActionConfig, stats: StatsStore): Action {
  const prefix = `overload.${config.name}.`
  return { config, active: stats.gauge(`${prefix}active`), scalePercent: stats.gauge(`${prefix}scale_percent`), isOn: false }
}

function readPressure(file: string): number {
  try {
    const value = Number(readFileSync(file, 'utf8').trim())
    return value >= 0 && value <= 1 ? value : Number.NaN
  } catch {
    return Number.NaN
  }
}
