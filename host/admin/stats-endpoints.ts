/** `/stats`, `/stats/prometheus`, `/reset_counters`. */
import { jsonPage, selectMetrics, textPage, type StatsSelection } from '../stats/pages.ts'
import { PROMETHEUS_CONTENT_TYPE, prometheusPage } from '../stats/prometheus.ts'
import { HISTOGRAM_VIEWS, type HistogramView } from '../stats/histogram-view.ts'
import type { MetricKind, MetricSnapshot } from '../stats/store.ts'
import { regexParameter, textResponse, type AdminResponse, type AdminEndpoint } from './endpoint.ts'
import type { AdminProviders } from './providers.ts'

const SELECTION = {
  usedonly: 'Only include stats that were written since the start',
  filter: 'Regular expression for filtering stats by name',
  invert_filter: 'Take what the filter does not match',
}

/** The store has no text readouts. */
const KINDS: Readonly<Record<string, readonly MetricKind[]>> = {
  All: ['counter', 'gauge', 'histogram'],
  Counters: ['counter'],
  Gauges: ['gauge'],
  Histograms: ['histogram'],
  TextReadouts: [],
}

type Printer = (metrics: readonly MetricSnapshot[], view: HistogramView, providers: AdminProviders) => AdminResponse

const PRINTERS: Readonly<Record<string, Printer>> = {
  text: (metrics, view) => textResponse(textPage(metrics, view)),
  json: (metrics, view) => ({ status: 200, contentType: 'application/json', body: jsonPage(metrics, view) }),
  prometheus: (metrics, view, { tags }) => {
    const body = prometheusPage(metrics, tags, view === 'summary')
    return { status: 200, contentType: PROMETHEUS_CONTENT_TYPE, body }
  },
}

export const STATS_ENDPOINTS: readonly AdminEndpoint[] = [
  {
    path: '/stats',
    isPost: false,
    help: 'print server stats',
    parameters: {
      ...SELECTION,
      format: 'Format to use; One of (json, prometheus, text)',
      type: `Stat types to include; One of (${Object.keys(KINDS).join(', ')})`,
      histogram_buckets: `Histogram bucket display mode; One of (${HISTOGRAM_VIEWS.join(', ')})`,
    },
    handle: (query, providers) => printStats(query, providers, query.get('format') ?? 'text'),
  },
  {
    path: '/stats/prometheus',
    isPost: false,
    help: 'print server stats in prometheus format',
    parameters: { ...SELECTION, histogram_buckets: 'Histogram bucket display mode; One of (cumulative, summary)' },
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
  const selection = selectionOf(query)
  if (typeof selection === 'string') return textResponse(selection, 400)
  const view = viewOf(query, format)
  if (view === null) return textResponse(`usage: /stats?histogram_buckets=(${HISTOGRAM_VIEWS.join('|')})\n\n`, 400)
  return print(selectMetrics(providers.stats.snapshot(), selection), view, providers)
}

/** A message says what is wrong. */
function selectionOf(query: URLSearchParams): StatsSelection | string {
  const filter = regexParameter(query, 'filter')
  if (typeof filter === 'string') return `Invalid re2 regex: ${filter}\n`
  const type = query.get('type') ?? 'All'
  const kinds = Object.hasOwn(KINDS, type) ? KINDS[type]! : null
  if (kinds === null) return 'invalid &type= param'
  return { filter, isInverted: query.has('invert_filter'), kinds, usedOnly: query.has('usedonly') }
}

/** Null = there is no such view. */
function viewOf(query: URLSearchParams, format: string): HistogramView | null {
  const normal = format === 'prometheus' ? 'cumulative' : 'summary'
  const wanted = query.get('histogram_buckets') ?? normal
  return HISTOGRAM_VIEWS.find((view) => view === wanted) ?? null
}
