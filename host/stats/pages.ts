/** The pages of `/stats` other than Prometheus': selection of metrics, text, JSON. */
import { histogramsJson, histogramText, type HistogramView } from './histogram-view.ts'
import type { MetricKind, MetricSnapshot } from './store.ts'

/** What of the store a page shows. */
export interface StatsSelection {
  /** Null = all; matched against the whole name, tags included. */
  readonly filter: RegExp | null
  /** Takes what the filter does not match. */
  readonly isInverted?: boolean
  /** Absent = all. */
  readonly kinds?: readonly MetricKind[]
  /** Only metrics that were ever written. */
  readonly usedOnly: boolean
}

/** The selected metrics, with names as text (they are stored as byte strings), sorted by name. */
export function selectMetrics(metrics: readonly MetricSnapshot[], selection: StatsSelection): MetricSnapshot[] {
  const { filter, isInverted = false, kinds, usedOnly } = selection
  return metrics
    .filter((metric) => (metric.isUsed || !usedOnly) && (kinds === undefined || kinds.includes(metric.kind)))
    .map((metric) => ({ ...metric, name: Buffer.from(metric.name, 'latin1').toString('utf8') }))
    .filter((metric) => filter === null || filter.test(metric.name) !== isInverted)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** `name: value` per line: counters and gauges, then histograms. */
export function textPage(metrics: readonly MetricSnapshot[], view: HistogramView = 'summary'): string {
  const numbers = metrics.filter((metric) => metric.kind !== 'histogram').map(({ name, value }) => `${name}: ${value}\n`)
  const histograms = metrics.filter((metric) => metric.kind === 'histogram')
  // The text of several lines brings its own beginning.
  const blank = view === 'detailed' ? '' : ' '
  return [...numbers, ...histograms.map((metric) => `${metric.name}:${blank}${histogramText(metric, view)}\n`)].join('')
}

/** Envoy's `?format=json`. Written by hand where numbers have more digits than JavaScript's: gauges are 64-bit. */
export function jsonPage(metrics: readonly MetricSnapshot[], view: HistogramView = 'summary'): string {
  const stats = metrics
    .filter((metric) => metric.kind !== 'histogram')
    .map(({ name, value }) => `{"name":${JSON.stringify(name)},"value":${value}}`)
  const histograms = metrics.filter((metric) => metric.kind === 'histogram')
  if (histograms.length > 0) stats.push(JSON.stringify({ histograms: histogramsJson(histograms, view) }))
  return `{"stats":[${stats.join(',')}]}`
}
