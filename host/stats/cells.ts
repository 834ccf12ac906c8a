/**
 * The numbers of all metrics in one growable shared buffer. A cell is eight bytes per stripe; each writer thread has a
 * stripe of its own, so that nothing is contended and no write is atomic, and one last stripe is shared. Cells come in
 * pages, which hold the stripes side by side: a page's view never changes, whatever else grows.
 */

/** Cells of one stripe in a page: a page of memory per stripe and no false sharing between writers. */
const PAGE_CELLS = 512
const CELL_BYTES = 8

/** Views of one page; a cell of stripe s stands at `s * PAGE_CELLS + cell % PAGE_CELLS`. */
export interface CellPage {
  readonly numbers: Float64Array
  readonly integers: BigInt64Array
}

export class Cells {
  readonly #buffer: SharedArrayBuffer
  readonly #pageBytes: number
  readonly #pages: (CellPage | undefined)[] = []
  /** Stripes of writers; the shared stripe has this number. */
  readonly writers: number

  constructor(buffer: SharedArrayBuffer, writers: number) {
    this.#buffer = buffer
    this.writers = writers
    this.#pageBytes = pageBytes(writers)
  }

  /** Memory for one page that may grow to hold `maxCells` (rounded up to pages). */
  static allocate(writers: number, maxCells: number): SharedArrayBuffer {
    const bytes = pageBytes(writers)
    return new SharedArrayBuffer(bytes, { maxByteLength: bytes * Math.max(1, Math.ceil(maxCells / PAGE_CELLS)) })
  }

  /** A {@link CellAllocator}: grows the buffer, never lets a metric cross the end of a page. The caller holds the table's lock. */
  readonly reserve = (next: number, count: number): number | null => {
    const left = PAGE_CELLS - (next % PAGE_CELLS)
    const cell = count <= left ? next : next + left
    const bytes = (Math.floor(cell / PAGE_CELLS) + 1) * this.#pageBytes
    if (bytes > this.#buffer.maxByteLength) return null
    if (bytes > this.#buffer.byteLength) this.#buffer.grow(bytes)
    return cell
  }

  /** The page of a reserved cell. */
  page(cell: number): CellPage {
    const number = Math.floor(cell / PAGE_CELLS)
    return (this.#pages[number] ??= this.#openPage(number))
  }

  /** Index of a cell in its page's views. */
  indexIn(stripe: number, cell: number): number {
    return stripe * PAGE_CELLS + (cell % PAGE_CELLS)
  }

  /** Sum of a cell over the writers' stripes. */
  sum(cell: number): number {
    const { numbers } = this.page(cell)
    let sum = 0
    for (let stripe = 0; stripe < this.writers; stripe++) sum += numbers[this.indexIn(stripe, cell)]!
    return sum
  }

  // Fixed lengths: a view that follows the buffer's growth costs five times as much per access.
  #openPage(number: number): CellPage {
    const start = number * this.#pageBytes
    const length = this.#pageBytes / CELL_BYTES
    return { numbers: new Float64Array(this.#buffer, start, length), integers: new BigInt64Array(this.#buffer, start, length) }
  }
}

function pageBytes(writers: number): number {
  return (writers + 1) * PAGE_CELLS * CELL_BYTES
}
