/**
 * `/tap`: the next streams that match, one line of JSON each as they end, with what filters did in them
 * (docs/TAP.md). As in Envoy one tap is open at a time (source/extensions/common/tap/admin.cc).
 */
import { parseCondition, type TapCondition } from '../tap/tap-match.ts'
import type { TapRequest } from '../tap/tap-session.ts'
import { textResponse, type AdminEndpoint } from './endpoint.ts'

/** Name, meaning, default and most of each number. */
const NUMBERS = {
  count: { help: 'Streams until the tap ends', normal: 1, most: 1000 },
  timeout: { help: 'Seconds until the tap ends', normal: 60, most: 3600 },
  body: { help: 'Bytes of each body that are shown', normal: 1024, most: 1_048_576 },
} as const

export const TAP_ENDPOINT: AdminEndpoint = {
  path: '/tap',
  isPost: false,
  help: 'wait for streams that match and print what filters did in them',
  parameters: {
    match:
      'path:PREFIX, method:NAME, header:NAME[=VALUE], status:CODE, status:5xx or listener:NAME; all that are given must hold',
    count: NUMBERS.count.help,
    timeout: NUMBERS.timeout.help,
    body: NUMBERS.body.help,
    unmasked: 'Show secrets too',
  },
  handle: async (query, { tap }) => {
    const asked = parseQuery(query)
    if (typeof asked === 'string') return textResponse(`${asked}\n`, 400)
    const open = await tap.open(asked.request)
    if (open === null) return textResponse('An attached /tap admin stream already exists. Detach it.', 400)
    const body = (signal: AbortSignal): AsyncIterable<string> =>
      open.lines(AbortSignal.any([signal, AbortSignal.timeout(asked.seconds * 1000)]))
    return { status: 200, contentType: 'application/x-ndjson', body }
  },
}

function parseQuery(query: URLSearchParams): { request: TapRequest; seconds: number } | string {
  const conditions: TapCondition[] = []
  for (const text of query.getAll('match')) {
    const condition = parseCondition(text)
    if (typeof condition === 'string') return condition
    conditions.push(condition)
  }
  const count = parseNumber(query, 'count')
  const seconds = parseNumber(query, 'timeout')
  const bodyLimit = parseNumber(query, 'body')
  for (const number of [count, seconds, bodyLimit]) if (typeof number === 'string') return number
  // The loop above has left numbers.
  const request = { conditions, bodyLimit: bodyLimit as number, count: count as number, isUnmasked: query.has('unmasked') }
  return { request, seconds: seconds as number }
}

function parseNumber(query: URLSearchParams, name: keyof typeof NUMBERS): number | string {
  const { normal, most } = NUMBERS[name]
  const text = query.get(name)
  if (text === null) return normal
  const value = /^\d+$/.test(text) ? Number(text) : 0
  return value >= 1 && value <= most ? value : `bad ${name} '${text}': wanted a number from 1 to ${most}`
}
