/**
 * Shared data in shared memory: a table gives each (vm_id, key) an entry, which never goes (the ABI cannot delete); the
 * heap holds entries and values. CAS numbers come from one counter of the process, as in Envoy (proxy-wasm-cpp-host
 * src/shared_data.cc).
 */
import type { SharedData } from '../hostcalls/services.ts'
import { NameTable } from '../util/name-table.ts'
import { SharedHeap } from '../util/shared-heap.ts'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

/** Limits of shared data. */
export interface SharedDataOptions {
  /** Most bytes of values, rounded up to powers of two each. Default 256 MiB; reserved, not used, at the start. */
  readonly maxValueBytes?: number
  /** Most bytes of keys, two per character. Default 64 MiB. */
  readonly maxKeyBytes?: number
}

/** What another thread needs to attach; goes through `workerData`. */
export interface SharedDataHandle {
  readonly keys: SharedArrayBuffer
  readonly heap: SharedArrayBuffer
}

/** Counts values that found no room; their `set` says false. */
export const SHARED_DATA_OVERFLOW = 'wasm.shared_data_overflow'

const MIB = 1024 * 1024

/** Words of an entry: CAS number (0 = never set), value's block, value's length. */
const CAS = 0
const BLOCK = 1
const LENGTH = 2
const ENTRY_BYTES = 16

/** Makes shared data and attaches the main thread, which is number 0. */
export function createSharedData(stats: StatsStore, options: SharedDataOptions = {}): ProcessSharedData {
  const { maxValueBytes = 256 * MIB, maxKeyBytes = 64 * MIB } = options
  return attachSharedData({ keys: NameTable.allocate(maxKeyBytes), heap: SharedHeap.allocate(maxValueBytes) }, 0, stats)
}

/** Shared data as seen by `thread`, numbered as the writers of `stats` are. */
export function attachSharedData(handle: SharedDataHandle, thread: number, stats: StatsStore): ProcessSharedData {
  return new ProcessSharedData(handle, thread, stats)
}

export class ProcessSharedData implements SharedData {
  readonly handle: SharedDataHandle
  readonly #keys: NameTable
  readonly #heap: SharedHeap
  readonly #overflow: Counter

  constructor(handle: SharedDataHandle, thread: number, stats: StatsStore) {
    this.handle = handle
    this.#keys = new NameTable(handle.keys, thread)
    this.#heap = new SharedHeap(handle.heap, thread)
    this.#overflow = stats.counter(SHARED_DATA_OVERFLOW)
  }

  get(vmId: string, key: string): { readonly value: Uint8Array; readonly cas: number } | null {
    const entry = this.#keys.find(fullKey(vmId, key))
    if (entry === undefined) return null
    this.#heap.lock()
    try {
      const cas = this.#heap.word(entry, CAS) >>> 0
      if (cas === 0) return null
      return { value: this.#heap.read(this.#heap.word(entry, BLOCK), this.#heap.word(entry, LENGTH)), cas }
    } finally {
      this.#heap.unlock()
    }
  }

  set(vmId: string, key: string, value: Uint8Array, cas: number): boolean {
    const entry = this.#keys.findOrAdd(fullKey(vmId, key), () => this.#addEntry())
    if (entry === null) return this.#refuse()
    this.#heap.lock()
    try {
      const seen = this.#heap.word(entry, CAS) >>> 0
      if (cas !== 0 && seen !== 0 && cas !== seen) return false
      return this.#store(entry, seen === 0, value) || this.#refuse()
    } finally {
      this.#heap.unlock()
    }
  }

  /** To be called when a worker's thread has ended, before its number is used again. */
  releaseThread(thread: number): void {
    this.#keys.breakLockOf(thread)
    this.#heap.breakLockOf(thread)
  }

  #addEntry(): number | null {
    this.#heap.lock()
    try {
      const entry = this.#heap.take(ENTRY_BYTES)
      if (entry === 0) return null
      this.#heap.setWord(entry, CAS, 0)
      return entry
    } finally {
      this.#heap.unlock()
    }
  }

  #store(entry: number, isNew: boolean, value: Uint8Array): boolean {
    const heap = this.#heap
    const block = this.#blockFor(entry, isNew, value.length)
    if (block === 0) return false
    heap.write(block, value)
    heap.setWord(entry, BLOCK, block)
    heap.setWord(entry, LENGTH, value.length)
    heap.setWord(entry, CAS, heap.nextNumber())
    return true
  }

  #blockFor(entry: number, isNew: boolean, length: number): number {
    const heap = this.#heap
    if (isNew) return heap.take(length)
    const [block, oldLength] = [heap.word(entry, BLOCK), heap.word(entry, LENGTH)]
    if (heap.isSameSize(oldLength, length)) return block
    const larger = heap.take(length)
    if (larger !== 0) heap.give(block, oldLength)
    return larger
  }

  #refuse(): boolean {
    this.#overflow.add(1)
    return false
  }
}

/** One string per pair; the length keeps `a` + `bc` apart from `ab` + `c`. */
function fullKey(vmId: string, key: string): string {
  return `${vmId.length}:${vmId}${key}`
}
