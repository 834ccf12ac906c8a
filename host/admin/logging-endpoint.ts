/** `/logging`: shows and changes log levels. */
import { LOG_LEVELS, type LogLevel } from '../util/logger.ts'
import { textResponse, type AdminResponse, type AdminEndpoint } from './endpoint.ts'
import type { LogLevels } from './providers.ts'

const USAGE = `
usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
levels: ${LOG_LEVELS.join(' ')}
`

export const LOGGING_ENDPOINT: AdminEndpoint = {
  path: '/logging',
  isPost: true,
  help: 'query/change logging levels',
  parameters: {
    paths: 'Change several levels: <name1>:<level1>,<name2>:<level2>',
    level: `Level of all loggers; One of (${LOG_LEVELS.join(', ')})`,
  },
  handle: (query, { loggers }) => {
    const fault = change([...query], loggers)
    return list(loggers, fault)
  },
}

/** Applies the query; a message says why nothing was changed. */
function change(parameters: readonly [string, string][], loggers: LogLevels): string | null {
  const [first, second] = parameters
  if (first === undefined) return null
  if (second !== undefined) return 'invalid number of parameters'
  const [name, value] = first
  if (name === 'level') return changeAll(value, loggers)
  if (name !== 'paths') return changeSome([[name, value]], loggers)
  return changeSome(
    value.split(',').map((pair) => splitPair(pair)),
    loggers,
  )
}

function splitPair(pair: string): [string, string] {
  const colon = pair.lastIndexOf(':')
  return [pair.slice(0, Math.max(colon, 0)), pair.slice(colon + 1)]
}

function changeAll(level: string, loggers: LogLevels): string | null {
  if (!isLevel(level)) return 'unknown logger level'
  loggers.setAll(level)
  return null
}

/** All or nothing. */
function changeSome(pairs: readonly [string, string][], loggers: LogLevels): string | null {
  const known = new Set(loggers.levels().map(([component]) => component))
  const changes: [string, LogLevel][] = []
  for (const [component, level] of pairs) {
    if (!isLevel(level)) return 'unknown logger level'
    if (!known.has(component)) return 'unknown logger name'
    changes.push([component, level])
  }
  for (const [component, level] of changes) loggers.setLevel(component, level)
  return null
}

function isLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text)
}

function list(loggers: LogLevels, fault: string | null): AdminResponse {
  const lines = loggers.levels().map(([component, level]) => `  ${component}: ${level}\n`)
  const active = `active loggers:\n${lines.join('')}\n`
  return fault === null ? textResponse(active) : textResponse(`error: ${fault}\n${USAGE}${active}`, 400)
}
