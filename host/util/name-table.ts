/**
 * Names that all threads of the process share, each with a number: an append-only log in shared memory.
 * Every thread keeps a map of what it has read; a name it does not know makes it read the rest of the log, and only a
 * name that is new to the process is written, under the lock. Entries never move and never go.
 */
import { SpinLock } from './spin-lock.ts'

export interface NameEntry {
  readonly name: string
  readonly value: number
}

/** Words of the header: lock, end of the published log in bytes. */
const LOCK = 0
const END = 1
const HEADER_BYTES = 8
/** Value, number of UTF-16 units; then the units, padded to four bytes. */
const RECORD_BYTES = 8
const INITIAL_BYTES = 64 * 1024

export class NameTable {
  readonly #buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #lock: SpinLock
  /** Byte up to which this thread has read. */
  #seen = HEADER_BYTES
  readonly #entries: NameEntry[] = []
  readonly #values = new Map<string, number>()

  /** `thread` numbers this thread for the lock. */
  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.#buffer = buffer
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4)
    this.#lock = new SpinLock(this.#words, LOCK, thread)
  }

  /** Memory of an empty table that may grow to `maxBytes`. */
  static allocate(maxBytes: number): SharedArrayBuffer {
    const max = Math.max(maxBytes, HEADER_BYTES)
    const buffer = new SharedArrayBuffer(Math.min(INITIAL_BYTES, max), { maxByteLength: max })
    new Int32Array(buffer)[END] = HEADER_BYTES
    return buffer
  }

  /** The number of a known name. */
  find(name: string): number | undefined {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    this.#readOn()
    return this.#values.get(name)
  }

  /**
   * The name's number; a new name gets what `make` returns. Null when the table is full or `make` says null. `make` runs
   * under the lock, so that no two threads make one name.
   */
  findOrAdd(name: string, make: () => number | null): number | null {
    const known = this.find(name)
    if (known !== undefined) return known
    this.#lock.acquire()
    try {
      return this.find(name) ?? this.#append(name, make)
    } finally {
      this.#lock.release()
    }
  }

  /** All names of the process in the order of their definition. */
  entries(): readonly NameEntry[] {
    this.#readOn()
    return this.#entries
  }

  /** Frees the lock if `thread`, which has ended, held it. */
  breakLockOf(thread: number): void {
    this.#lock.breakFor(thread)
  }

  #readOn(): void {
    const end = Atomics.load(this.#words, END)
    while (this.#seen < end) this.#seen = this.#readRecord(this.#seen)
  }

  #readRecord(at: number): number {
    const [value, units] = new Int32Array(this.#buffer, at, RECORD_BYTES / 4)
    const name = Buffer.from(this.#buffer, at + RECORD_BYTES, units! * 2).toString('utf16le')
    this.#entries.push({ name, value: value! })
    this.#values.set(name, value!)
    return at + recordSize(name)
  }

  // The new end is published last: a thread that dies in here leaves no half entry.
  #append(name: string, make: () => number | null): number | null {
    const at = this.#words[END]!
    const end = at + recordSize(name)
    if (end > this.#buffer.maxByteLength) return null
    const value = make()
    if (value === null) return null
    this.#growTo(end)
    new Int32Array(this.#buffer, at, RECORD_BYTES / 4).set([value, name.length])
    // UTF-16, the only encoding that gives back every string that a map can hold.
    Buffer.from(this.#buffer, at + RECORD_BYTES, name.length * 2).write(name, 'utf16le')
    Atomics.store(this.#words, END, end)
    return value
  }

  #growTo(bytes: number): void {
    if (bytes <= this.#buffer.byteLength) return
    this.#buffer.grow(Math.min(Math.max(bytes, this.#buffer.byteLength * 2), this.#buffer.maxByteLength))
  }
}

function recordSize(name: string): number {
  return RECORD_BYTES + Math.ceil(name.length / 2) * 4
}
