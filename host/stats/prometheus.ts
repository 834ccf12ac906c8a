/**
 * The page of `/stats/prometheus`, as Envoy's with three differences that keep parsers content: `# HELP` carries the
 * name that `/stats` shows, a family has one `# TYPE` and one block, and a series appears once. Where a guest's names
 * become equal, the first in the order of the page stays.
 */
import { HISTOGRAM_BOUNDS } from './metrics.ts'
import type { HistogramSnapshot } from './histogram-view.ts'
import { quantiles, QUANTILES } from './quantiles.ts'
import type { MetricKind, MetricSnapshot } from './store.ts'
import type { Tag, TagExtractor, TaggedName } from './tags.ts'

/** The text exposition format. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4'

/** Start of the names that guests gave. They get no `envoy_`, as in Envoy. */
export const GUEST_PREFIX = 'wasmcustom.'

const KIND_ORDER: Record<MetricKind, number> = { counter: 0, gauge: 1, histogram: 2 }

interface Family {
  readonly kind: MetricKind
  readonly lines: string[]
  readonly series: Set<string>
}

/** `metrics` with names as text. With `hasQuantiles` histograms are summaries. */
export function prometheusPage(metrics: readonly MetricSnapshot[], extractor: TagExtractor, hasQuantiles = false): string {
  const families = new Map<string, Family>()
  const tagged = metrics
    .map((metric) => ({ metric, split: extractor.extract(metric.name) }))
    .toSorted((a, b) => KIND_ORDER[a.metric.kind] - KIND_ORDER[b.metric.kind] || compare(a.split.name, b.split.name))
  for (const { metric, split } of tagged) addSeries(families, metric, split, hasQuantiles)
  return [...families.values()].map(({ lines }) => lines.join('')).join('')
}

function addSeries(families: Map<string, Family>, metric: MetricSnapshot, split: TaggedName, hasQuantiles: boolean): void {
  const name = familyName(split.name)
  if (name === null) return
  const family = families.get(name) ?? openFamily(families, name, metric.kind, split.name, hasQuantiles)
  const labels = split.tags.map(label)
  const key = labels.toSorted().join()
  if (family.kind !== metric.kind || family.series.has(key)) return
  family.series.add(key)
  const print = metric.kind === 'histogram' && hasQuantiles ? summarySample : sample
  family.lines.push(print(name, labels, metric))
}

function openFamily(families: Map<string, Family>, name: string, kind: MetricKind, help: string, hasQuantiles: boolean): Family {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  const type = kind === 'histogram' && hasQuantiles ? 'summary' : kind
  const family: Family = { kind, lines: [`# HELP ${name} ${text}\n# TYPE ${name} ${type}\n`], series: new Set() }
  families.set(name, family)
  return family
}

/** Null for a guest's name that is none in Prometheus because it starts with a digit: Envoy leaves it out, too. */
function familyName(name: string): string | null {
  if (!name.startsWith(GUEST_PREFIX)) return `envoy_${sanitize(name)}`
  const guest = sanitize(name.slice(GUEST_PREFIX.length))
  return /^\d/.test(guest) ? null : guest
}

function sanitize(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/gu, '_')
}

function label(tag: Tag): string {
  const value = tag.value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `${sanitize(tag.name)}="${value}"`
}

function sample(name: string, labels: readonly string[], metric: MetricSnapshot): string {
  if (metric.kind !== 'histogram') return `${name}{${labels.join(',')}} ${metric.value}\n`
  let text = ''
  let count = 0
  for (let bucket = 0; bucket <= HISTOGRAM_BOUNDS.length; bucket++) {
    count += metric.buckets[bucket]!
    text += `${name}_bucket{${[...labels, `le="${HISTOGRAM_BOUNDS[bucket] ?? '+Inf'}"`].join(',')}} ${count}\n`
  }
  return `${text}${name}_sum{${labels.join(',')}} ${metric.sum}\n${name}_count{${labels.join(',')}} ${count}\n`
}

/** Quantiles instead of buckets; none of a histogram without values. */
function summarySample(name: string, labels: readonly string[], metric: MetricSnapshot): string {
  const { buckets, sum, count } = metric as HistogramSnapshot // the caller has looked
  const lines = (quantiles(buckets) ?? []).map((value, at) => {
    return `${name}{${[...labels, `quantile="${Number((QUANTILES[at]! / 100).toPrecision(4))}"`].join(',')}} ${value}\n`
  })
  return `${lines.join('')}${name}_sum{${labels.join(',')}} ${sum}\n${name}_count{${labels.join(',')}} ${count}\n`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
