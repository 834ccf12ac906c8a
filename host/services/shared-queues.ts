/**
 * Shared queues in shared memory: a table gives each (vm_id, name) its queue, the heap holds queues and items as linked
 * lists. A queue remembers the thread that registered it last and how many items that thread was not told of yet; only
 * the step from none to one sends a message, so a busy queue costs few of them (proxy-wasm-cpp-host
 * src/shared_queue.cc has the semantics).
 */
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import type { SharedQueues } from '../hostcalls/services.ts'
import { NameTable } from '../util/name-table.ts'
import { SharedHeap } from '../util/shared-heap.ts'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'

/** Limits of shared queues. */
export interface SharedQueuesOptions {
  /** Most bytes of waiting items, rounded up to powers of two each. Default 256 MiB; reserved, not used, at the start. */
  readonly maxItemBytes?: number
  /** Most bytes of queue names, two per character. Default 1 MiB. */
  readonly maxNameBytes?: number
}

/** What another thread needs to attach; goes through `workerData`. */
export interface SharedQueuesHandle {
  readonly names: SharedArrayBuffer
  readonly heap: SharedArrayBuffer
  /** Start of the threads' channel names, unlike that of any other set of queues. */
  readonly channel: string
}

/** Runs a task soon, never at once: `setImmediate` in the proxy, the harness has its own. */
export type Defer = (task: () => void) => void

/** Counts items that found no room; their `enqueue` says false. */
export const SHARED_QUEUE_OVERFLOW = 'wasm.shared_queue_overflow'

const MIB = 1024 * 1024

/** What `register` gives when there is no room for another queue. */
const NO_ROOM = 0

/** Words of a queue: number, first and last item, thread that registered it last, items it was not told of. */
const ID = 0
const FIRST = 1
const LAST = 2
const THREAD = 3
const UNTOLD = 4
const QUEUE_BYTES = 20
/** An item: next item and length, then its bytes. */
const NEXT = 0
const LENGTH = 1
const ITEM_HEADER_BYTES = 8

/** Makes shared queues and attaches the main thread, which is number 0. */
export function createSharedQueues(stats: StatsStore, defer: Defer, options: SharedQueuesOptions = {}): ProcessSharedQueues {
  const { maxItemBytes = 256 * MIB, maxNameBytes = MIB } = options
  const handle = {
    names: NameTable.allocate(maxNameBytes),
    heap: SharedHeap.allocate(maxItemBytes),
    channel: `sluice-queues-${randomUUID()}-`,
  }
  return attachSharedQueues(handle, 0, stats, defer)
}

/** Shared queues as seen by `thread`, numbered as the writers of `stats` are. */
export function attachSharedQueues(
  handle: SharedQueuesHandle,
  thread: number,
  stats: StatsStore,
  defer: Defer,
): ProcessSharedQueues {
  return new ProcessSharedQueues(handle, thread, stats, defer)
}

export class ProcessSharedQueues implements SharedQueues {
  readonly handle: SharedQueuesHandle
  readonly #thread: number
  readonly #names: NameTable
  readonly #heap: SharedHeap
  readonly #overflow: Counter
  readonly #defer: Defer
  /** Queues by number minus one, as far as this thread knows them. */
  readonly #queues: number[] = []
  /** Callbacks of this thread's registrations by number. */
  readonly #onReady = new Map<number, (id: number) => void>()
  readonly #channels = new Map<number, BroadcastChannel>()
  /** Opened by the first registration. */
  #inbox: BroadcastChannel | null = null

  constructor(handle: SharedQueuesHandle, thread: number, stats: StatsStore, defer: Defer) {
    this.handle = handle
    this.#thread = thread
    this.#names = new NameTable(handle.names, thread)
    this.#heap = new SharedHeap(handle.heap, thread)
    this.#overflow = stats.counter(SHARED_QUEUE_OVERFLOW)
    this.#defer = defer
  }

  register(vmId: string, name: string, onReady: (id: number) => void): number {
    const queue = this.#names.findOrAdd(fullName(vmId, name), () => this.#addQueue())
    if (queue === null) return NO_ROOM
    this.#openInbox()
    this.#heap.lock()
    const id = this.#heap.word(queue, ID)
    const untold = this.#heap.word(queue, UNTOLD)
    this.#heap.setWord(queue, THREAD, this.#thread)
    this.#heap.unlock()
    this.#onReady.set(id, onReady)
    // The thread before us may be gone with what it was told.
    if (untold > 0) this.#wake(this.#thread, id)
    return id
  }

  resolve(vmId: string, name: string): number | null {
    const queue = this.#names.find(fullName(vmId, name))
    if (queue === undefined) return null
    this.#heap.lock()
    const id = this.#heap.word(queue, ID)
    this.#heap.unlock()
    return id
  }

  enqueue(id: number, value: Uint8Array): boolean {
    const queue = this.#find(id)
    if (queue === undefined) return false
    const untold = this.#appendItem(queue, value)
    if (untold === null) {
      this.#overflow.add(1)
      return false
    }
    if (untold === 0) this.#wake(this.#registrant(queue), id)
    return true
  }

  dequeue(id: number): Uint8Array | 'empty' | null {
    const queue = this.#find(id)
    if (queue === undefined) return null
    this.#heap.lock()
    try {
      return this.#takeFirst(queue)
    } finally {
      this.#heap.unlock()
    }
  }

  /** To be called when a worker's thread has ended, before its number is used again. */
  releaseThread(thread: number): void {
    this.#names.breakLockOf(thread)
    this.#heap.breakLockOf(thread)
  }

  /** Closes this thread's channels; no callback follows. */
  stop(): void {
    this.#onReady.clear()
    this.#inbox?.close()
    this.#inbox = null
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }

  #find(id: number): number | undefined {
    if (id > this.#queues.length)
      for (const { value } of this.#names.entries().slice(this.#queues.length)) this.#queues.push(value)
    return this.#queues[id - 1]
  }

  /** Runs under the table's lock, hence the number: queues enter the table in this order. */
  #addQueue(): number | null {
    const heap = this.#heap
    heap.lock()
    try {
      const queue = heap.take(QUEUE_BYTES)
      if (queue === 0) return null
      for (let word = 0; word < QUEUE_BYTES / 4; word++) heap.setWord(queue, word, 0)
      heap.setWord(queue, ID, this.#names.entries().length + 1)
      return queue
    } finally {
      heap.unlock()
    }
  }

  /** How many items the registrant was not told of before this one; null without room. */
  #appendItem(queue: number, value: Uint8Array): number | null {
    this.#heap.lock()
    try {
      if (!this.#append(queue, value)) return null
      const untold = this.#heap.word(queue, UNTOLD)
      this.#heap.setWord(queue, UNTOLD, untold + 1)
      return untold
    } finally {
      this.#heap.unlock()
    }
  }

  #registrant(queue: number): number {
    this.#heap.lock()
    const thread = this.#heap.word(queue, THREAD)
    this.#heap.unlock()
    return thread
  }

  #append(queue: number, value: Uint8Array): boolean {
    const heap = this.#heap
    const item = heap.take(ITEM_HEADER_BYTES + value.length)
    if (item === 0) return false
    heap.setWord(item, NEXT, 0)
    heap.setWord(item, LENGTH, value.length)
    heap.write(item + ITEM_HEADER_BYTES, value)
    // LAST means nothing while FIRST is 0.
    if (heap.word(queue, FIRST) === 0) heap.setWord(queue, FIRST, item)
    else heap.setWord(heap.word(queue, LAST), NEXT, item)
    heap.setWord(queue, LAST, item)
    return true
  }

  #takeFirst(queue: number): Uint8Array | 'empty' {
    const heap = this.#heap
    const item = heap.word(queue, FIRST)
    if (item === 0) return 'empty'
    const length = heap.word(item, LENGTH)
    const value = heap.read(item + ITEM_HEADER_BYTES, length)
    heap.setWord(queue, FIRST, heap.word(item, NEXT))
    heap.give(item, ITEM_HEADER_BYTES + length)
    return value
  }

  #wake(thread: number, id: number): void {
    if (thread === this.#thread) return this.#defer(() => this.#tell(id))
    let channel = this.#channels.get(thread)
    if (channel === undefined) this.#channels.set(thread, (channel = this.#openChannel(thread)))
    channel.postMessage(id)
  }

  /** Tells the callback of each item that came since the last time. */
  #tell(id: number): void {
    const onReady = this.#onReady.get(id)
    const queue = this.#find(id)
    if (onReady === undefined || queue === undefined) return
    this.#heap.lock()
    const untold = this.#heap.word(queue, UNTOLD)
    this.#heap.setWord(queue, UNTOLD, 0)
    this.#heap.unlock()
    for (let item = 0; item < untold; item++) onReady(id)
  }

  #openInbox(): void {
    if (this.#inbox !== null) return
    this.#inbox = this.#openChannel(this.#thread)
    this.#inbox.onmessage = (event) => this.#tell(event.data as number)
  }

  #openChannel(thread: number): BroadcastChannel {
    const channel = new BroadcastChannel(this.handle.channel + thread)
    channel.unref()
    return channel
  }
}

/** One string per pair; the length keeps `a` + `bc` apart from `ab` + `c`. */
function fullName(vmId: string, name: string): string {
  return `${vmId.length}:${vmId}${name}`
}
