/** `/stats`, `/stats/prometheus`, `/reset_counters`. */
import { jsonPage, selectMetrics, textPage } from '../stats/pages.ts'
import { PROMETHEUS_CONTENT_TYPE, prometheusPage } from '../stats/prometheus.ts'
import type { MetricSnapshot } from '../stats/store.ts'
import { regexParameter, textResponse, type AdminResponse, type AdminEndpoint } from './endpoint.ts'
import type { AdminProviders } from './providers.ts'

const SELECTION = {
  usedonly: 'Only include stats that were written since the start',
  filter: 'Regular expression for filtering stats by name',
}

type Printer = (metrics: readonly MetricSnapshot[], providers: AdminProviders) => AdminResponse

const PRINTERS: Readonly<Record<string, Printer>> = {
  text: (metrics) => textResponse(textPage(metrics)),
  json: (metrics) => ({ status: 200, contentType: 'application/json', body: jsonPage(metrics) }),
  prometheus: (metrics, { tags }) => ({ status: 200, contentType: PROMETHEUS_CONTENT_TYPE, body: prometheusPage(metrics, tags) }),
}

export const STATS_ENDPOINTS: readonly AdminEndpoint[] = [
  {
    path: '/stats',
    isPost: false,
    help: 'print server stats',
    parameters: { ...SELECTION, format: 'Format to use; One of (json, prometheus, text)' },
    handle: (query, providers) => printStats(query, providers, query.get('format') ?? 'text'),
  },
  {
    path: '/stats/prometheus',
    isPost: false,
    help: 'print server stats in prometheus format',
    parameters: SELECTION,
    handle: (query, providers) => printStats(query, providers, 'prometheus'),
  },
  {
    path: '/reset_counters',
    isPost: true,
    help: 'reset all counters to zero',
    parameters: {},
    handle: (_query, { stats }) => {
      stats.resetCounters()
      return textResponse('OK\n')
    },
  },
]

function printStats(query: URLSearchParams, providers: AdminProviders, format: string): AdminResponse {
  const print = Object.hasOwn(PRINTERS, format) ? PRINTERS[format] : undefined
  if (print === undefined) return textResponse('usage: /stats?format=(json|prometheus|text)\n\n', 400)
  const filter = regexParameter(query, 'filter')
  if (typeof filter === 'string') return textResponse(`${filter}\n`, 400)
  return print(selectMetrics(providers.stats.snapshot(), { filter, usedOnly: query.has('usedonly') }), providers)
}
