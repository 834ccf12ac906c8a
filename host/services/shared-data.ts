/**
 * Shared data in shared memory: one table of (vm_id, key) and the values beside it in one heap. CAS numbers come from one
 * counter of the process, and the data of a vm_id goes with its last user, as in Envoy (proxy-wasm-cpp-host
 * src/shared_data.cc).
 */
import { Status } from '../abi/enums.ts'
import type { SharedData } from '../hostcalls/services.ts'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import { SharedHeap } from '../util/shared-heap.ts'
import { SharedTable } from '../util/shared-table.ts'
import { startOf, keyOf } from './vm-key.ts'

/** Limits of shared data. */
export interface SharedDataOptions {
  /** Most bytes of keys and values, rounded up to powers of two each. Default 256 MiB; reserved, not used, at the start. */
  readonly maxBytes?: number
}

/** What another thread needs to attach; goes through `workerData`. */
export interface SharedDataHandle {
  readonly heap: SharedArrayBuffer
  readonly table: number
}

/** Counts values that found no room. */
export const SHARED_DATA_OVERFLOW = 'wasm.shared_data_overflow'

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024

/** Words of an entry: CAS number (0 = never set), value's block, value's length. */
const CAS = 0
const BLOCK = 1
const LENGTH = 2
const WORDS = 3

/** Makes shared data and attaches the main thread, which is number 0. */
export function createSharedData(stats: StatsStore, options: SharedDataOptions = {}): ProcessSharedData {
  const heap = SharedHeap.allocate(options.maxBytes ?? DEFAULT_MAX_BYTES)
  return attachSharedData({ heap, table: SharedTable.reserve(new SharedHeap(heap, 0)) }, 0, stats)
}

/** Shared data as seen by `thread`, numbered as the writers of `stats` are. */
export function attachSharedData(handle: SharedDataHandle, thread: number, stats: StatsStore): ProcessSharedData {
  return new ProcessSharedData(handle, thread, stats)
}

export class ProcessSharedData implements SharedData {
  readonly handle: SharedDataHandle
  readonly #heap: SharedHeap
  readonly #table: SharedTable
  readonly #overflow: Counter

  constructor(handle: SharedDataHandle, thread: number, stats: StatsStore) {
    this.handle = handle
    this.#heap = new SharedHeap(handle.heap, thread)
    this.#table = new SharedTable(this.#heap, handle.table, WORDS)
    this.#overflow = stats.counter(SHARED_DATA_OVERFLOW)
  }

  get(vmId: string, key: string): { readonly value: Uint8Array; readonly cas: number } | null {
    this.#heap.lock()
    try {
      const entry = this.#table.find(keyOf(vmId, key))
      const cas = entry === 0 ? 0 : this.#table.word(entry, CAS) >>> 0
      if (cas === 0) return null
      return { value: this.#heap.read(this.#table.word(entry, BLOCK), this.#table.word(entry, LENGTH)), cas }
    } finally {
      this.#heap.unlock()
    }
  }

  set(vmId: string, key: string, value: Uint8Array, cas: number): number {
    this.#heap.lock()
    try {
      return this.#set(keyOf(vmId, key), value, cas)
    } finally {
      this.#heap.unlock()
    }
  }

  /** Forgets everything of a vm_id. */
  deleteVmId(vmId: string): void {
    this.#heap.lock()
    try {
      for (const key of this.#table.keys(startOf(vmId))) this.#delete(key)
    } finally {
      this.#heap.unlock()
    }
  }

  /** To be called when a worker's thread has ended, before its number is used again. */
  releaseThread(thread: number): void {
    this.#heap.breakLockOf(thread)
  }

  #set(key: string, value: Uint8Array, cas: number): number {
    const table = this.#table
    const known = table.find(key)
    const seen = known === 0 ? 0 : table.word(known, CAS) >>> 0
    if (cas !== 0 && seen !== 0 && cas !== seen) return Status.CasMismatch
    const block = seen === 0 ? this.#heap.take(value.length) : this.#blockFor(known, value.length)
    if (block === 0) return this.#refuse()
    const entry = known === 0 ? table.add(key) : known
    if (entry === 0) {
      this.#heap.give(block, value.length)
      return this.#refuse()
    }
    this.#heap.write(block, value)
    table.setWord(entry, BLOCK, block)
    table.setWord(entry, LENGTH, value.length)
    table.setWord(entry, CAS, this.#heap.nextNumber())
    return Status.Ok
  }

  /** The block of an entry's value, or a new one when the length needs it; 0 without room. */
  #blockFor(entry: number, length: number): number {
    const heap = this.#heap
    const [block, oldLength] = [this.#table.word(entry, BLOCK), this.#table.word(entry, LENGTH)]
    if (heap.isSameSize(oldLength, length)) return block
    const other = heap.take(length)
    if (other !== 0) heap.give(block, oldLength)
    return other
  }

  #delete(key: string): void {
    const entry = this.#table.find(key)
    const [cas, block, length] = [CAS, BLOCK, LENGTH].map((word) => this.#table.word(entry, word)) as [number, number, number]
    this.#table.remove(key)
    if (cas !== 0) this.#heap.give(block, length)
  }

  #refuse(): number {
    this.#overflow.add(1)
    return Status.InternalFailure
  }
}
