/** Keeps what is logged: by the host, and by guests. */
import { LOG_LEVELS, type LogLevel, type Logger, type LoggerFactory } from '../util/logger.ts'

/** One line of a guest. */
export interface GuestLine {
  readonly level: LogLevel
  /** Plugin name (for stream contexts), root id and vm_id, as Envoy's log shows them. */
  readonly context: string
  readonly text: string
  /** Of a host with several workers: who wrote it, 0 = the main thread. */
  readonly worker?: number
}

/** One line of the host. */
export interface HostLine {
  readonly level: LogLevel
  /** `wasm`, `http`, … */
  readonly component: string
  readonly text: string
}

/** Hostcalls put this in front of a guest's text. */
const GUEST_MARK = /^wasm log ?([^:]*): /

export class LogBook {
  readonly guests: GuestLine[] = []
  readonly host: HostLine[] = []
  readonly #level: number
  readonly #onLine: (line: GuestLine) => void

  /** Lines below `level` are dropped, and guests see this level. `onLine` is told of each line of a guest. */
  constructor(level: LogLevel, onLine: (line: GuestLine) => void) {
    this.#level = LOG_LEVELS.indexOf(level)
    this.#onLine = onLine
  }

  /** What a thread writes with; null = there is only one. */
  loggersOf(worker: number | null): LoggerFactory {
    const loggers = new Map<string, Logger>()
    return {
      get: (component) => {
        let logger = loggers.get(component)
        if (logger === undefined) loggers.set(component, (logger = new BookLogger(this, component, this.#level, worker)))
        return logger
      },
    }
  }

  add(level: LogLevel, component: string, message: string, worker: number | null): void {
    const guest = component === 'wasm' ? GUEST_MARK.exec(message) : null
    if (guest === null) return void this.host.push({ level, component, text: message })
    const text = message.slice(guest[0].length)
    const line = { level, context: guest[1]!, text, ...(worker === null ? {} : { worker }) }
    this.guests.push(line)
    this.#onLine(line)
  }
}

class BookLogger implements Logger {
  readonly level: number
  readonly #book: LogBook
  readonly #component: string
  readonly #worker: number | null

  constructor(book: LogBook, component: string, level: number, worker: number | null) {
    this.#book = book
    this.#component = component
    this.level = level
    this.#worker = worker
  }

  enabled(level: number): boolean {
    return level >= this.level
  }

  log(level: number, message: string): void {
    if (this.enabled(level)) this.#book.add(LOG_LEVELS[level]!, this.#component, message, this.#worker)
  }
}
