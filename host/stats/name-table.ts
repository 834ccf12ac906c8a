/**
 * The table of metric names that all threads share: an append-only log of (kind, cell, name) in shared memory.
 * Every thread keeps maps of what it has read; a name it does not know is looked up by reading the rest of the log, and
 * only a name that is new to the process is written, under the lock. Entries never move and never go.
 */
import { SpinLock } from '../util/spin-lock.ts'

/** Kinds of metrics, with their numbers in the log. One name may be used once per kind. */
export const METRIC_KINDS = ['counter', 'gauge', 'histogram'] as const

export type MetricKind = (typeof METRIC_KINDS)[number]

/** A metric of the process. */
export interface MetricEntry {
  readonly kind: MetricKind
  readonly name: string
  /** First cell, see cells.ts. */
  readonly cell: number
}

/** Words of the header: lock, end of the published log in bytes, first free cell. */
const LOCK = 0
const END = 1
const NEXT_CELL = 2
const HEADER_BYTES = 16
/** Kind, cell, number of UTF-16 units; then the units, padded to four bytes. */
const RECORD_BYTES = 12
const INITIAL_BYTES = 64 * 1024

/** Gives `count` neighbouring cells for a new metric, starting at or after `next`; null when none are left. */
export type CellAllocator = (next: number, count: number) => number | null

export class NameTable {
  readonly #buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #lock: SpinLock
  /** Byte up to which this thread has read. */
  #seen = HEADER_BYTES
  readonly #entries: MetricEntry[] = []
  readonly #cells: Record<MetricKind, Map<string, number>> = { counter: new Map(), gauge: new Map(), histogram: new Map() }

  /** `owner` numbers this thread for the lock. */
  constructor(buffer: SharedArrayBuffer, owner: number) {
    this.#buffer = buffer
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4)
    this.#lock = new SpinLock(this.#words, LOCK, owner)
  }

  /** Memory of an empty table that may grow to `maxBytes`. */
  static allocate(maxBytes: number): SharedArrayBuffer {
    const max = Math.max(maxBytes, HEADER_BYTES)
    const buffer = new SharedArrayBuffer(Math.min(INITIAL_BYTES, max), { maxByteLength: max })
    new Int32Array(buffer)[END] = HEADER_BYTES
    return buffer
  }

  /** The metric's first cell, made when new; null when the table or the cells are full. */
  cellOf(kind: MetricKind, name: string, count: number, allocate: CellAllocator): number | null {
    const known = this.#find(kind, name)
    if (known !== undefined) return known
    this.#lock.acquire()
    try {
      return this.#find(kind, name) ?? this.#append(kind, name, count, allocate)
    } finally {
      this.#lock.release()
    }
  }

  /** All metrics of the process in the order of their definition. */
  entries(): readonly MetricEntry[] {
    this.#readOn()
    return this.#entries
  }

  /** Frees the lock if the ended thread `owner` held it. */
  breakLockOf(owner: number): void {
    this.#lock.breakFor(owner)
  }

  #find(kind: MetricKind, name: string): number | undefined {
    const known = this.#cells[kind].get(name)
    if (known !== undefined) return known
    this.#readOn()
    return this.#cells[kind].get(name)
  }

  #readOn(): void {
    const end = Atomics.load(this.#words, END)
    while (this.#seen < end) this.#seen = this.#readRecord(this.#seen)
  }

  #readRecord(at: number): number {
    const [kind, cell, units] = new Int32Array(this.#buffer, at, RECORD_BYTES / 4)
    const name = Buffer.from(this.#buffer, at + RECORD_BYTES, units! * 2).toString('utf16le')
    const entry: MetricEntry = { kind: METRIC_KINDS[kind!]!, name, cell: cell! }
    this.#entries.push(entry)
    this.#cells[entry.kind].set(name, entry.cell)
    return at + recordSize(name)
  }

  /** Under the lock, with the log read to its end. The new end is published last: a thread that dies here leaves no half entry. */
  #append(kind: MetricKind, name: string, count: number, allocate: CellAllocator): number | null {
    const at = this.#words[END]!
    const end = at + recordSize(name)
    if (end > this.#buffer.maxByteLength) return null
    const cell = allocate(this.#words[NEXT_CELL]!, count)
    if (cell === null) return null
    this.#growTo(end)
    new Int32Array(this.#buffer, at, RECORD_BYTES / 4).set([METRIC_KINDS.indexOf(kind), cell, name.length])
    // UTF-16, the only encoding that gives back every string that a map can hold.
    Buffer.from(this.#buffer, at + RECORD_BYTES, name.length * 2).write(name, 'utf16le')
    this.#words[NEXT_CELL] = cell + count
    Atomics.store(this.#words, END, end)
    return this.#find(kind, name)!
  }

  #growTo(bytes: number): void {
    if (bytes <= this.#buffer.byteLength) return
    this.#buffer.grow(Math.min(Math.max(bytes, this.#buffer.byteLength * 2), this.#buffer.maxByteLength))
  }
}

function recordSize(name: string): number {
  return RECORD_BYTES + Math.ceil(name.length / 2) * 4
}
