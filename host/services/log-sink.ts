/** Where log messages go: by pino to a file descriptor. Tests and the harness pass a function of their own. */
import { threadId } from 'node:worker_threads'
import { destination, pino } from 'pino'
import { build as pretty, type PrettyOptions } from 'pino-pretty'
import { LOG_LEVELS } from '../util/logger.ts'

/** One message, its level as a number of {@link LOG_LEVELS}. */
export interface LogRecord {
  readonly level: number
  readonly component: string
  readonly message: string
}

export type LogSink = (record: LogRecord) => void

export interface PinoSinkOptions {
  /** File descriptor; 2 = stderr. */
  readonly fd: number
  /** Coloured lines for people instead of JSON lines. */
  readonly isPretty: boolean
}

/** Pino's numbers of the levels below `off`. */
const PINO_LEVELS = { trace: 10, debug: 20, info: 30, warning: 40, error: 50, critical: 60 }

/**
 * A sink that writes each message at once: a log that is lost in a crash is worth nothing, and a line written whole
 * stays whole between threads.
 */
export function createPinoSink({ fd, isPretty }: PinoSinkOptions): LogSink {
  const stream = isPretty ? pretty(prettyOptions(fd)) : destination({ fd, sync: true })
  const logger = pino(
    {
      level: 'trace',
      customLevels: PINO_LEVELS,
      useOnlyCustomLevels: true,
      messageKey: 'message',
      base: { thread: threadId },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  return ({ level, component, message }) => {
    const name = LOG_LEVELS[level]
    if (name !== undefined && name !== 'off') logger[name]({ component }, message)
  }
}

function prettyOptions(fd: number): PrettyOptions {
  return {
    destination: fd,
    sync: true,
    messageKey: 'message',
    customLevels: PINO_LEVELS,
    customColors: 'trace:gray,debug:blue,info:green,warning:yellow,error:red,critical:bgRed',
    useOnlyCustomProps: true,
    ignore: 'thread,component',
    messageFormat: '[{thread}][{component}] {message}',
    singleLine: true,
    colorize: (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  }
}
