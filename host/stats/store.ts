/**
 * The process-wide statistics store in shared memory: the main thread creates it, workers attach by its handle, all see
 * the same metrics. Metric names are byte strings.
 */
import { Cells } from './cells.ts'
import { Counter, Gauge, GAUGE_CELLS, Histogram, HISTOGRAM_CELLS } from './metrics.ts'
import { NameTable } from '../util/name-table.ts'

/** Limits of a store. */
export interface StatsStoreOptions {
  /** Threads that write: workers plus the main thread. */
  readonly writers: number
  /** `stats_matcher.reject_all`: metrics work, but nobody sees them. */
  readonly rejectAll?: boolean
  /** Most cells: a counter takes one, a gauge two, a histogram 21. Default 262144. */
  readonly maxCells?: number
  /** Most bytes of names, two per character. Default 16 MiB. */
  readonly maxNameBytes?: number
}

/** What another thread needs to attach; goes through `workerData`. */
export interface StatsStoreHandle {
  readonly cells: SharedArrayBuffer
  readonly names: SharedArrayBuffer
  readonly writers: number
  readonly rejectAll: boolean
}

export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** One metric at one moment. */
export type MetricSnapshot =
  | { readonly kind: 'counter'; readonly name: string; readonly isUsed: boolean; readonly value: number }
  | { readonly kind: 'gauge'; readonly name: string; readonly isUsed: boolean; readonly value: bigint }
  | {
      readonly kind: 'histogram'
      readonly name: string
      readonly isUsed: boolean
      /** Per bound of `HISTOGRAM_BOUNDS` and one above them, not cumulative. */
      readonly buckets: readonly number[]
      readonly count: number
      readonly sum: number
    }

/** Counts metrics that found no room; their writes go to a place that nobody prints. */
export const OVERFLOW_COUNTER = 'stats.overflow'

/** A name of the table starts with its kind's letter: one name may be used once per kind. */
const KINDS: Record<string, MetricKind> = { c: 'counter', g: 'gauge', h: 'histogram' }

/** Starts the names of numbers that the process shares and nobody is shown. */
const HIDDEN = '\0'

/** Cells of metrics without room. */
const LOST_COUNTER = 0
const LOST_GAUGE = 1
const LOST_HISTOGRAM = LOST_GAUGE + GAUGE_CELLS
const DEFAULT_MAX_CELLS = 262_144
const DEFAULT_MAX_NAME_BYTES = 16 * 1024 * 1024

/** Makes the store and attaches the main thread, which is writer 0. */
export function createStatsStore(options: StatsStoreOptions): StatsStore {
  const { writers, rejectAll = false, maxCells = DEFAULT_MAX_CELLS, maxNameBytes = DEFAULT_MAX_NAME_BYTES } = options
  return attachStatsStore(
    { cells: Cells.allocate(writers, maxCells), names: NameTable.allocate(maxNameBytes), writers, rejectAll },
    0,
  )
}

/** The store as seen by the thread `writer`, from 1 to `writers - 1` for workers; no two living threads share a number. */
export function attachStatsStore(handle: StatsStoreHandle, writer: number): StatsStore {
  return new StatsStore(handle, writer)
}

/** Where a thread gets its metrics; objects are kept per name, so that asking again is a map read. */
export class StatsStore {
  readonly handle: StatsStoreHandle
  readonly #writer: number
  readonly #cells: Cells
  readonly #names: NameTable
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #overflow: Counter
  /** Takes the writes of metrics without room, all of one kind together: a hostile guest may define millions. */
  readonly #lost: Cells

  constructor(handle: StatsStoreHandle, writer: number) {
    this.handle = handle
    this.#writer = writer
    this.#cells = new Cells(handle.cells, handle.writers)
    this.#names = new NameTable(handle.names, writer)
    this.#lost = new Cells(Cells.allocate(handle.writers, 1), handle.writers)
    this.#overflow = this.counter(OVERFLOW_COUNTER)
  }

  counter(name: string): Counter {
    return this.#counters.get(name) ?? this.#openCounter(name)
  }

  gauge(name: string): Gauge {
    return this.#gauges.get(name) ?? this.#openGauge(name)
  }

  /** A gauge that no snapshot has. */
  hiddenGauge(name: string): Gauge {
    return this.gauge(HIDDEN + name)
  }

  histogram(name: string): Histogram {
    return this.#histograms.get(name) ?? this.#openHistogram(name)
  }

  /** All metrics of the process, in the order of their definition; none under `rejectAll`. */
  snapshot(): MetricSnapshot[] {
    if (this.handle.rejectAll) return []
    const shown = this.#names.entries().filter(({ name }) => name[1] !== HIDDEN)
    return shown.map((entry) => this.#read(KINDS[entry.name[0]!]!, entry.name.slice(1)))
  }

  /** Sets all counters to 0 (`/reset_counters`). Only the main thread. */
  resetCounters(): void {
    for (const { name } of this.#names.entries()) if (KINDS[name[0]!] === 'counter') this.counter(name.slice(1)).reset()
  }

  /** To be called when a worker's thread has ended, before its number is used again. */
  releaseWriter(writer: number): void {
    this.#names.breakLockOf(writer)
    for (const { name } of this.#names.entries()) if (KINDS[name[0]!] === 'gauge') this.gauge(name.slice(1)).release(writer)
  }

  #openCounter(name: string): Counter {
    const cell = this.#cellOf('counter', name, 1)
    if (cell === null) return new Counter(this.#lost, this.#lost.page(0), this.#writer, LOST_COUNTER)
    const counter = new Counter(this.#cells, this.#cells.page(cell), this.#writer, cell)
    this.#counters.set(name, counter)
    return counter
  }

  #openGauge(name: string): Gauge {
    const cell = this.#cellOf('gauge', name, GAUGE_CELLS)
    if (cell === null) return new Gauge(this.#lost, this.#lost.page(0), this.#writer, LOST_GAUGE)
    const gauge = new Gauge(this.#cells, this.#cells.page(cell), this.#writer, cell)
    this.#gauges.set(name, gauge)
    return gauge
  }

  #openHistogram(name: string): Histogram {
    const cell = this.#cellOf('histogram', name, HISTOGRAM_CELLS)
    if (cell === null) return new Histogram(this.#lost, this.#lost.page(0), this.#writer, LOST_HISTOGRAM)
    const histogram = new Histogram(this.#cells, this.#cells.page(cell), this.#writer, cell)
    this.#histograms.set(name, histogram)
    return histogram
  }

  #cellOf(kind: MetricKind, name: string, count: number): number | null {
    const cell = this.#names.findOrAdd(kind[0] + name, () => this.#cells.reserve(count))
    if (cell === null) this.#overflow.add(1)
    return cell
  }

  #read(kind: MetricKind, name: string): MetricSnapshot {
    if (kind === 'histogram') return readHistogram(name, this.histogram(name))
    if (kind === 'gauge') return { kind, name, isUsed: this.gauge(name).isUsed(), value: this.gauge(name).unsigned() }
    return { kind, name, isUsed: this.counter(name).isUsed(), value: this.counter(name).value() }
  }
}

function readHistogram(name: string, histogram: Histogram): MetricSnapshot {
  const buckets = histogram.buckets()
  const count = buckets.reduce((sum, n) => sum + n, 0)
  return { kind: 'histogram', name, isUsed: count > 0, buckets, count, sum: histogram.sum() }
}
