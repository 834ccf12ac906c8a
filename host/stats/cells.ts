/**
 * The numbers of all metrics in one growable shared buffer. A cell is eight bytes per stripe; each writer thread has a
 * stripe of its own, so that nothing is contended and no write is atomic, and one last stripe is shared. Cells come in
 * pages, which hold the stripes side by side: a page's view never changes, whatever else grows.
 */

/** Cells of one stripe in a page: a page of memory per stripe and no false sharing between writers. */
const PAGE_CELLS = 512
const CELL_BYTES = 8
/** Holds the number of the first free cell; as large as a cache line, so that pages start on one. */
const HEADER_BYTES = 64

/** Views of one page; a cell of stripe s stands at `s * PAGE_CELLS + cell % PAGE_CELLS`. */
export interface CellPage {
  readonly numbers: Float64Array
  readonly integers: BigInt64Array
  /** The same bytes as 32-bit words: atomics on bigints cost an allocation each. */
  readonly words: Int32Array
}

export class Cells {
  readonly #buffer: SharedArrayBuffer
  readonly #pageBytes: number
  readonly #next: Int32Array
  readonly #pages: (CellPage | undefined)[] = []
  /** Stripes of writers; the shared stripe has this number. */
  readonly writers: number

  constructor(buffer: SharedArrayBuffer, writers: number) {
    this.#buffer = buffer
    this.writers = writers
    this.#pageBytes = pageBytes(writers)
    this.#next = new Int32Array(buffer, 0, 1)
  }

  /** Memory for one page that may grow to hold `maxCells` (rounded up to pages). */
  static allocate(writers: number, maxCells: number): SharedArrayBuffer {
    const bytes = pageBytes(writers)
    const pages = Math.max(1, Math.ceil(maxCells / PAGE_CELLS))
    return new SharedArrayBuffer(HEADER_BYTES + bytes, { maxByteLength: HEADER_BYTES + bytes * pages })
  }

  /** First of `count` new neighbouring cells, never across the end of a page; null when full. The caller holds a lock. */
  reserve(count: number): number | null {
    const next = this.#next[0]!
    const left = PAGE_CELLS - (next % PAGE_CELLS)
    const cell = count <= left ? next : next + left
    const end = this.#start(Math.floor(cell / PAGE_CELLS) + 1)
    if (end > this.#buffer.maxByteLength) return null
    if (end > this.#buffer.byteLength) this.#buffer.grow(end)
    this.#next[0] = cell + count
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
    const start = this.#start(number)
    const length = this.#pageBytes / CELL_BYTES
    return {
      numbers: new Float64Array(this.#buffer, start, length),
      integers: new BigInt64Array(this.#buffer, start, length),
      words: new Int32Array(this.#buffer, start, length * 2),
    }
  }

  #start(page: number): number {
    return HEADER_BYTES + page * this.#pageBytes
  }
}

function pageBytes(writers: number): number {
  return (writers + 1) * PAGE_CELLS * CELL_BYTES
}
