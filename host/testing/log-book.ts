/** Keeps what is logged: by the host, and by guests. */
import { LOG_LEVELS, type LogLevel, type Logger, type LoggerFactory } from '../util/logger.ts'

/** One line of a guest. */
export interface GuestLine {
  readonly level: LogLevel
  /** Plugin name (for stream contexts), root id and vm_id, as Envoy's log shows them. */
  readonly context: string
  readonly text: string
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

export class LogBook implements LoggerFactory {
  readonly guests: GuestLine[] = []
  readonly host: HostLine[] = []
  readonly #level: number
  readonly #onLine: (line: GuestLine) => void
  readonly #loggers = new Map<string, Logger>()

  /** Lines below `level` are dropped, and guests see this level. `onLine` is told of each line of a guest. */
  constructor(level: LogLevel, onLine: (line: GuestLine) => void) {
    this.#level = LOG_LEVELS.indexOf(level)
    this.#onLine = onLine
  }

  get(component: string): Logger {
    let logger = this.#loggers.get(component)
    if (logger === undefined) this.#loggers.set(component, (logger = new BookLogger(this, component, this.#level)))
    return logger
  }

  add(level: LogLevel, component: string, text: string): void {
    const guest = component === 'wasm' ? GUEST_MARK.exec(text) : null
    if (guest === null) return void this.host.push({ level, component, text })
    const line = { level, context: guest[1]!, text: text.slice(guest[0].length) }
    this.guests.push(line)
    this.#onLine(line)
  }
}

class BookLogger implements Logger {
  readonly level: number
  readonly #book: LogBook
  readonly #component: string

  constructor(book: LogBook, component: string, level: number) {
    this.#book = book
    this.#component = component
    this.level = level
  }

  enabled(level: number): boolean {
    return level >= this.level
  }

  log(level: number, message: string): void {
    if (this.enabled(level)) this.#book.add(LOG_LEVELS[level]!, this.#component, message)
  }
}
