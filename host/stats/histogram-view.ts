/**
 * How `/stats` shows histograms: quantiles, or buckets in one of Envoy's forms (source/server/admin/stats_render.cc). Values
 * of the last interval are not kept: `nan` and null stand where Envoy has quantiles of it, 0 where it has counts.
 */
import { BUCKET_ENDS, HISTOGRAM_BOUNDS } from './metrics.ts'
import { quantiles, QUANTILES } from './quantiles.ts'
import type { MetricSnapshot } from './store.ts'

/** `summary`: quantiles; `detailed`: quantiles, and the bins that have something. */
export const HISTOGRAM_VIEWS = ['cumulative', 'disjoint', 'detailed', 'summary'] as const

export type HistogramView = (typeof HISTOGRAM_VIEWS)[number]

export type HistogramSnapshot = Extract<MetricSnapshot, { readonly kind: 'histogram' }>

/** What follows the name in the text form. */
export function histogramText({ buckets, count }: HistogramSnapshot, view: HistogramView): string {
  if (view === 'detailed') return detailedText(buckets)
  if (count === 0) return 'No recorded values'
  if (view === 'summary') return summaryText(buckets)
  return countsOf(buckets, view)
    .map((value, at) => `B${boundText(HISTOGRAM_BOUNDS[at]!)}(0,${value})`)
    .join(' ')
}

/** The entries of all histograms, as `stats` of the JSON form has them. */
export function histogramsJson(histograms: readonly HistogramSnapshot[], view: HistogramView): object {
  if (view === 'summary') {
    const computed = histograms.map(({ name, buckets }) => ({ name, values: quantilesJson(buckets) }))
    return { supported_quantiles: QUANTILES, computed_quantiles: computed }
  }
  if (view === 'detailed') {
    const details = histograms.map(({ name, buckets }) => {
      return { name, totals: binsOf(buckets), intervals: [], percentiles: quantilesJson(buckets) }
    })
    return { supported_percentiles: QUANTILES, details }
  }
  return histograms.map(({ name, buckets }) => ({
    name,
    buckets: countsOf(buckets, view).map((cumulative, at) => ({ upper_bound: HISTOGRAM_BOUNDS[at], interval: 0, cumulative })),
  }))
}

/** Per bound; what lies above all of them is in none. */
function countsOf(buckets: readonly number[], view: 'cumulative' | 'disjoint'): number[] {
  let below = 0
  return HISTOGRAM_BOUNDS.map((_, at) => {
    below += buckets[at]!
    return view === 'cumulative' ? below : buckets[at]!
  })
}

function detailedText(buckets: readonly number[]): string {
  const bins = binsOf(buckets).map((bin) => ` ${bin.lower_bound},${bin.width}:${bin.count}`)
  const summary = bins.length === 0 ? 'No recorded values' : summaryText(buckets)
  return `\n  totals=${bins.join('').slice(1)}\n  intervals=\n  summary=${summary}`
}

function summaryText(buckets: readonly number[]): string {
  return (quantiles(buckets) ?? []).map((value, at) => `P${QUANTILES[at]}(nan,${value})`).join(' ')
}

function quantilesJson(buckets: readonly number[]): { cumulative: number | null; interval: null }[] {
  const values = quantiles(buckets)
  return QUANTILES.map((_, at) => ({ cumulative: values?.[at] ?? null, interval: null }))
}

/** Envoy's bins have two digits; ours are the buckets. */
function binsOf(buckets: readonly number[]): { lower_bound: number; width: number; count: number }[] {
  return buckets.flatMap((count, at) => {
    const start = BUCKET_ENDS[at - 1] ?? 0
    const width = Number(((BUCKET_ENDS[at] ?? start) - start).toPrecision(6))
    return count === 0 ? [] : [{ lower_bound: start, width, count }]
  })
}

/** As printf's `%g` does. */
function boundText(bound: number): string {
  return bound < 1e6 ? String(bound) : `${bound / 1e6}e+06`
}
