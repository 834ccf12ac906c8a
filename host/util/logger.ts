/** Envoy's log levels, in its order; the index is the level's number in the Proxy-Wasm ABI (0 = trace … 5 = critical, 6 = off). */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** A component's log. Callers check `enabled` before they build a costly message. */
export interface Logger {
  /** True when a message of this level (number, see {@link LOG_LEVELS}) would be written. */
  enabled(level: number): boolean
  /** Writes one message at a level below `off`. */
  log(level: number, message: string): void
  /** The current level's number; changes at run time through the admin interface. */
  readonly level: number
}

/** Gives each component (`main`, `config`, `wasm`, `http`, `upstream`, `admin` …) its log. */
export interface LoggerFactory {
  get(component: string): Logger
}
