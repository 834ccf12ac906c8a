/**
 * Loggers by component. Levels are cells of shared memory: the admin interface changes them in the main thread, every
 * thread sees it at its next message, and `enabled` is one array read.
 */
import { assert } from '../util/assert.ts'
import { LOG_LEVELS, type Logger, type LoggerFactory, type LogLevel } from '../util/logger.ts'
import { NameTable } from '../util/name-table.ts'
import type { LogSink } from './log-sink.ts'

/** Components known before anyone asks for their log, so that their levels can be set; others may come. */
export const LOG_COMPONENTS = [
  'admin',
  'client',
  'config',
  'conn_handler',
  'connection',
  'dns',
  'filter',
  'health_checker',
  'http',
  'http2',
  'main',
  'pool',
  'router',
  'runtime',
  'stats',
  'upstream',
  'wasm',
] as const

export interface LoggersOptions {
  /** Level of all components. */
  readonly level: LogLevel
  /** Levels of single components, for Envoy's `--component-log-level`. */
  readonly components?: ReadonlyMap<string, LogLevel>
}

/** What another thread needs to attach; goes through `workerData`. */
export interface LoggersHandle {
  readonly names: SharedArrayBuffer
  readonly levels: SharedArrayBuffer
}

const MAX_COMPONENTS = 256
const MAX_NAME_BYTES = 64 * 1024
/** The level of components that come later; components start at 1. */
const DEFAULT_CELL = 0

/** Makes the levels and attaches the main thread, which is number 0. */
export function createLoggers(options: LoggersOptions, sink: LogSink): Loggers {
  const levels = new SharedArrayBuffer(4 * MAX_COMPONENTS)
  new Int32Array(levels)[DEFAULT_CELL] = LOG_LEVELS.indexOf(options.level)
  const loggers = attachLoggers({ names: NameTable.allocate(MAX_NAME_BYTES), levels }, 0, sink)
  for (const component of LOG_COMPONENTS) loggers.get(component)
  for (const [component, level] of options.components ?? []) {
    loggers.get(component)
    loggers.setLevel(component, level)
  }
  return loggers
}

/** The loggers of `thread`, with a sink of its own. */
export function attachLoggers(handle: LoggersHandle, thread: number, sink: LogSink): Loggers {
  return new Loggers(handle, thread, sink)
}

export class Loggers implements LoggerFactory {
  readonly handle: LoggersHandle
  readonly #names: NameTable
  readonly #levels: Int32Array
  readonly #sink: LogSink
  readonly #loggers = new Map<string, Logger>()

  constructor(handle: LoggersHandle, thread: number, sink: LogSink) {
    this.handle = handle
    this.#names = new NameTable(handle.names, thread)
    this.#levels = new Int32Array(handle.levels)
    this.#sink = sink
  }

  get(component: string): Logger {
    let logger = this.#loggers.get(component)
    if (logger === undefined) this.#loggers.set(component, (logger = this.#open(component)))
    return logger
  }

  /** Sets one component's level; false when there is no such component. */
  setLevel(component: string, level: LogLevel): boolean {
    const cell = this.#names.find(component)
    if (cell === undefined) return false
    this.#levels[cell] = LOG_LEVELS.indexOf(level)
    return true
  }

  /** Sets the level of all components, of later ones too. */
  setAll(level: LogLevel): void {
    this.#levels.fill(LOG_LEVELS.indexOf(level))
  }

  /** Components with their levels, sorted by name. */
  levels(): [component: string, level: LogLevel][] {
    const components = this.#names
      .entries()
      .map(({ name, value }): [string, LogLevel] => [name, LOG_LEVELS[this.#levels[value]!]!])
    return components.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
  }

  /** To be called when a worker's thread has ended, before its number is used again. */
  releaseThread(thread: number): void {
    this.#names.breakLockOf(thread)
  }

  #open(component: string): Logger {
    const cell = this.#names.findOrAdd(component, () => this.#addCell())
    assert(cell !== null, `no room for a log of ${component}`)
    return new ComponentLogger(component, this.#levels, cell, this.#sink)
  }

  /** Under the table's lock. */
  #addCell(): number | null {
    const cell = this.#names.entries().length + 1
    if (cell === MAX_COMPONENTS) return null
    this.#levels[cell] = this.#levels[DEFAULT_CELL]!
    return cell
  }
}

class ComponentLogger implements Logger {
  readonly #component: string
  readonly #levels: Int32Array
  readonly #cell: number
  readonly #sink: LogSink

  constructor(component: string, levels: Int32Array, cell: number, sink: LogSink) {
    this.#component = component
    this.#levels = levels
    this.#cell = cell
    this.#sink = sink
  }

  get level(): number {
    return this.#levels[this.#cell]!
  }

  enabled(level: number): boolean {
    return level >= this.#levels[this.#cell]!
  }

  log(level: number, message: string): void {
    if (level >= this.#levels[this.#cell]!) this.#sink({ level, component: this.#component, message })
  }
}
