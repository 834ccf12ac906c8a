/**
 * The three kinds of metrics as the data plane writes them (hot): an object per name and thread, made once and kept by
 * its user; a write is one array write into this thread's stripe.
 */
import type { CellPage, Cells } from './cells.ts'

/** Upper bounds of histogram buckets, in the unit recorded (Envoy's default, source/common/stats/histogram_impl.cc). */
export const HISTOGRAM_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000,
]

/**
 * Where the values of the next bucket start. Envoy sorts values into bins of two leading digits and counts a bin with the
 * bound that it starts at: 105 stands in the bin [100, 110) and counts as at most 100 (libcircllhist,
 * `hist_approx_count_below`).
 */
export const BUCKET_ENDS: readonly number[] = [
  0.51, 1.1, 5.1, 11, 26, 51, 110, 260, 510, 1100, 2600, 5100, 11000, 31000, 61000, 310000, 610000, 1900000, 3700000,
]

/** Cells of a histogram: one per bound, one for larger values, the sum. */
export const HISTOGRAM_CELLS = HISTOGRAM_BOUNDS.length + 2

/** A number that only grows. Exact up to 2^53. */
export class Counter {
  readonly #numbers: Float64Array
  readonly #index: number
  readonly #cells: Cells
  readonly #cell: number

  constructor(cells: Cells, page: CellPage, writer: number, cell: number) {
    this.#numbers = page.numbers
    this.#index = cells.indexIn(writer, cell)
    this.#cells = cells
    this.#cell = cell
  }

  /** Adds `delta`, which is not negative. */
  add(delta: number): void {
    this.#numbers[this.#index]! += delta
  }

  /** The sum of all threads since the start or the last reset. */
  value(): number {
    return this.#cells.sum(this.#cell) - this.#numbers[this.#cells.indexIn(this.#cells.writers, this.#cell)]!
  }

  /** Starts again from 0. Other threads own their parts of the sum, so the shared stripe remembers what to take off. Only the main thread. */
  reset(): void {
    this.#numbers[this.#cells.indexIn(this.#cells.writers, this.#cell)] = this.#cells.sum(this.#cell)
  }

  /** True when something was counted, before a reset too. */
  isUsed(): boolean {
    return this.#cells.sum(this.#cell) !== 0
  }
}

/** Cells of a gauge: the value, and a mark that it was ever written. */
export const GAUGE_CELLS = 2

/** A whole number that goes up and down: one 64-bit integer for all threads. Fractions are cut off. */
export class Gauge {
  readonly #integers: BigInt64Array
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #index: number
  /** In this thread's stripe: what it has added in all, so that a thread that dies can be taken off. */
  readonly #own: number
  readonly #cells: Cells
  readonly #cell: number
  #isMarked = false

  constructor(cells: Cells, page: CellPage, writer: number, cell: number) {
    this.#integers = page.integers
    this.#words = page.words
    this.#numbers = page.numbers
    this.#index = cells.indexIn(cells.writers, cell)
    this.#own = cells.indexIn(writer, cell)
    this.#cells = cells
    this.#cell = cell
  }

  /** Adds `delta`, which may be negative. Word by word: a reader may see the moment between a carry's two halves. */
  add(delta: number): void {
    if (!this.#isMarked) this.#mark()
    this.#numbers[this.#own]! += Math.trunc(delta)
    if (delta !== (delta | 0)) return this.#addLarge(delta)
    const low = this.#index * 2
    const sum = (Atomics.add(this.#words, low, delta) >>> 0) + delta
    if (sum > 0xffffffff) Atomics.add(this.#words, low + 1, 1)
    else if (sum < 0) Atomics.sub(this.#words, low + 1, 1)
  }

  set(value: number): void {
    if (!this.#isMarked) this.#mark()
    Atomics.store(this.#integers, this.#index, BigInt(Math.trunc(value)))
  }

  /** The value with its sign. */
  value(): number {
    return Number(Atomics.load(this.#integers, this.#index))
  }

  /** The value as Envoy prints it: below zero it wraps to 2^64 - n. */
  unsigned(): bigint {
    return BigInt.asUintN(64, Atomics.load(this.#integers, this.#index))
  }

  /** Takes off what a dead thread has added: its streams and connections are gone. */
  release(writer: number): void {
    const index = this.#cells.indexIn(writer, this.#cell)
    this.#addLarge(-this.#numbers[index]!)
    this.#numbers[index] = 0
  }

  /** True when any thread ever wrote the gauge. */
  isUsed(): boolean {
    return Atomics.load(this.#integers, this.#index + 1) !== 0n
  }

  #addLarge(delta: number): void {
    Atomics.add(this.#integers, this.#index, BigInt(Math.trunc(delta)))
  }

  #mark(): void {
    this.#isMarked = true
    Atomics.store(this.#integers, this.#index + 1, 1n)
  }
}

/** Counts of recorded values per bucket of {@link HISTOGRAM_BOUNDS}, and their sum. */
export class Histogram {
  readonly #numbers: Float64Array
  readonly #first: number
  readonly #cells: Cells
  readonly #cell: number

  constructor(cells: Cells, page: CellPage, writer: number, cell: number) {
    this.#numbers = page.numbers
    this.#first = cells.indexIn(writer, cell)
    this.#cells = cells
    this.#cell = cell
  }

  /** Records one value, which is not negative. */
  record(value: number): void {
    let bucket = 0
    while (bucket < BUCKET_ENDS.length && value >= BUCKET_ENDS[bucket]!) bucket++
    this.#numbers[this.#first + bucket]! += 1
    this.#numbers[this.#first + HISTOGRAM_CELLS - 1]! += value
  }

  /** Counts per bucket, not cumulative; the last one holds values above all bounds. */
  buckets(): number[] {
    const counts: number[] = []
    for (let bucket = 0; bucket <= HISTOGRAM_BOUNDS.length; bucket++) counts.push(this.#cells.sum(this.#cell + bucket))
    return counts
  }

  /** Sum of the recorded values. */
  sum(): number {
    return this.#cells.sum(this.#cell + HISTOGRAM_CELLS - 1)
  }
}
