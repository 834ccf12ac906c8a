/** The pages of `/stats` other than Prometheus': selection of metrics, text, JSON. */
import { quantiles, QUANTILES } from './quantiles.ts'
import type { MetricSnapshot } from './store.ts'

/** What of the store a page shows. */
export interface StatsSelection {
  /** Null = all; matched against the whole name, tags included. */
  readonly filter: RegExp | null
  /** Only metrics that were ever written. */
  readonly usedOnly: boolean
}

/** The selected metrics, with names as text (they are stored as byte strings), sorted by name. */
export function selectMetrics(metrics: readonly MetricSnapshot[], { filter, usedOnly }: StatsSelection): MetricSnapshot[] {
  return metrics
    .filter((metric) => metric.isUsed || !usedOnly)
    .map((metric) => ({ ...metric, name: Buffer.from(metric.name, 'latin1').toString('utf8') }))
    .filter((metric) => filter === null || filter.test(metric.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** `name: value` per line: counters and gauges, then histograms. Quantiles are `P50(interval,cumulative)`; intervals are not kept. */
export function textPage(metrics: readonly MetricSnapshot[]): string {
  const numbers = metrics.filter((metric) => metric.kind !== 'histogram').map(({ name, value }) => `${name}: ${value}\n`)
  const histograms = metrics
    .filter((metric) => metric.kind === 'histogram')
    .map(({ name, buckets }) => `${name}: ${summary(buckets)}\n`)
  return [...numbers, ...histograms].join('')
}

function summary(buckets: readonly number[]): string {
  const values = quantiles(buckets)
  if (values === null) return 'No recorded values'
  return values.map((value, i) => `P${QUANTILES[i]}(nan,${value})`).join(' ')
}

/** Envoy's `?format=json`. Written by hand where numbers have more digits than JavaScript's: gauges are 64-bit. */
export function jsonPage(metrics: readonly MetricSnapshot[]): string {
  const stats = metrics
    .filter((metric) => metric.kind !== 'histogram')
    .map(({ name, value }) => `{"name":${JSON.stringify(name)},"value":${value}}`)
  const computed = metrics
    .filter((metric) => metric.kind === 'histogram')
    .map(({ name, buckets }) => ({ name, values: jsonQuantiles(buckets) }))
  if (computed.length > 0)
    stats.push(JSON.stringify({ histograms: { supported_quantiles: QUANTILES, computed_quantiles: computed } }))
  return `{"stats":[${stats.join(',')}]}`
}

function jsonQuantiles(buckets: readonly number[]): { cumulative: number | null; interval: null }[] {
  const values = quantiles(buckets)
  return QUANTILES.map((_, i) => ({ cumulative: values?.[i] ?? null, interval: null }))
}
