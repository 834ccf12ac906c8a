/**
 * Shared queues in shared memory: one table gives each (vm_id, name), and each number, its queue; the same heap holds
 * items as linked lists. A queue remembers the thread that registered it last and how many items that thread was not told
 * of yet; only the step from none to one sends a message, so a busy queue costs few of them. Queues of a vm_id go with its
 * last user, and their numbers are not used again (proxy-wasm-cpp-host src/shared_queue.cc has the semantics).
 */
import { randomUUID } from 'node:crypto'
import { Status } from '../abi/enums.ts'
import type { QueueOwner, SharedQueues } from '../hostcalls/services.ts'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import { SharedHeap } from '../util/shared-heap.ts'
import { SharedTable } from '../util/shared-table.ts'
import { BroadcastBell, type ThreadBell } from './thread-bell.ts'
import { keyOf, startOf } from './vm-key.ts'

/** Limits of shared queues. */
export interface SharedQueuesOptions {
  /** Most bytes of queues and waiting items, rounded up to powers of two each. Default 256 MiB; reserved, not used, at the start. */
  readonly maxBytes?: number
  /** Wakes other threads; default: a {@link BroadcastBell}. */
  readonly bell?: ThreadBell
}

/** What another thread needs to attach; goes through `workerData`. */
export interface SharedQueuesHandle {
  readonly heap: SharedArrayBuffer
  readonly table: number
  /** Start of the threads' channel names, unlike that of any other set of queues. */
  readonly channel: string
}

/** Runs a task soon, never at once: `setImmediate` in the proxy, the harness has its own. */
export type Defer = (task: () => void) => void

/** Counts queues and items that found no room. */
export const SHARED_QUEUE_OVERFLOW = 'wasm.shared_queue_overflow'

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024

/** Items that a plugin is told of before others get their turn. */
const TOLD_AT_ONCE = 64

/** What `register` gives when there is no room for another queue. */
const NO_ROOM = 0

/** Words of a queue: number, first and last item, thread that registered it last, items it was not told of. */
const ID = 0
const FIRST = 1
const LAST = 2
const THREAD = 3
const UNTOLD = 4
const WORDS = 5
/** The word of a number's entry: its queue. */
const QUEUE = 0
/** An item: next item and length, then its bytes. */
const NEXT = 0
const LENGTH = 1
const ITEM_HEADER_BYTES = 8

/** Makes shared queues and attaches the main thread, which is number 0. */
export function createSharedQueues(stats: StatsStore, defer: Defer, options: SharedQueuesOptions = {}): ProcessSharedQueues {
  const heap = SharedHeap.allocate(options.maxBytes ?? DEFAULT_MAX_BYTES)
  const table = SharedTable.reserve(new SharedHeap(heap, 0))
  return attachSharedQueues({ heap, table, channel: `sluice-queues-${randomUUID()}-` }, 0, stats, defer, options.bell)
}

/** Shared queues as seen by `thread`, numbered as the writers of `stats` are. */
export function attachSharedQueues(
  handle: SharedQueuesHandle,
  thread: number,
  stats: StatsStore,
  defer: Defer,
  bell: ThreadBell = new BroadcastBell(handle.channel, thread),
): ProcessSharedQueues {
  return new ProcessSharedQueues(handle, thread, stats, defer, bell)
}

export class ProcessSharedQueues implements SharedQueues {
  readonly handle: SharedQueuesHandle
  readonly #thread: number
  readonly #heap: SharedHeap
  readonly #table: SharedTable
  readonly #overflow: Counter
  readonly #defer: Defer
  /** This thread's registrations by number. */
  readonly #owners = new Map<number, QueueOwner>()
  readonly #bell: ThreadBell

  constructor(handle: SharedQueuesHandle, thread: number, stats: StatsStore, defer: Defer, bell: ThreadBell) {
    this.handle = handle
    this.#thread = thread
    this.#heap = new SharedHeap(handle.heap, thread)
    this.#table = new SharedTable(this.#heap, handle.table, WORDS)
    this.#overflow = stats.counter(SHARED_QUEUE_OVERFLOW)
    this.#defer = defer
    this.#bell = bell
  }

  register(vmId: string, name: string, owner: QueueOwner): number {
    this.#bell.listen((id) => this.#tell(id))
    const [id, untold] = this.#locked(() => this.#claim(keyOf(vmId, name)))
    if (id === NO_ROOM) return this.#refuse(NO_ROOM)
    this.#owners.set(id, owner)
    // The thread before us may be gone with what it was told.
    if (untold > 0) this.#wake(this.#thread, id)
    return id
  }

  resolve(vmId: string, name: string): number | null {
    return this.#locked(() => {
      const queue = this.#table.find(keyOf(vmId, name))
      return queue === 0 ? null : this.#table.word(queue, ID) >>> 0
    })
  }

  enqueue(id: number, value: Uint8Array): number {
    const [status, untold, thread] = this.#locked(() => this.#appendItem(id, value))
    if (status === Status.InternalFailure) return this.#refuse(status)
    if (status === Status.Ok && untold === 0) this.#wake(thread, id)
    return status
  }

  dequeue(id: number): Uint8Array | 'empty' | null {
    return this.#locked(() => {
      const queue = this.#find(id)
      return queue === 0 ? null : this.#takeFirst(queue)
    })
  }

  forget(owner: QueueOwner): void {
    for (const [id, known] of this.#owners) if (known === owner) this.#owners.delete(id)
  }

  /** Forgets all queues of a vm_id with what waits in them. */
  deleteVmId(vmId: string): void {
    this.#locked(() => {
      for (const key of this.#table.keys(startOf(vmId))) this.#deleteQueue(key)
    })
  }

  /** To be called when a worker's thread has ended, before its number is used again. */
  releaseThread(thread: number): void {
    this.#heap.breakLockOf(thread)
  }

  /** No callback follows. */
  stop(): void {
    this.#owners.clear()
    this.#bell.stop()
  }

  #locked<T>(section: () => T): T {
    this.#heap.lock()
    try {
      return section()
    } finally {
      this.#heap.unlock()
    }
  }

  #refuse(answer: number): number {
    this.#overflow.add(1)
    return answer
  }

  #find(id: number): number {
    const entry = this.#table.find(numberKey(id))
    return entry === 0 ? 0 : this.#table.word(entry, QUEUE)
  }

  /** Makes this thread the one that is told; the queue's number and the items that nobody was told of. */
  #claim(key: string): [id: number, untold: number] {
    const table = this.#table
    const known = table.find(key)
    const queue = known === 0 ? this.#addQueue(key) : known
    if (queue === 0) return [NO_ROOM, 0]
    table.setWord(queue, THREAD, this.#thread)
    return [table.word(queue, ID) >>> 0, table.word(queue, UNTOLD)]
  }

  /** The number comes first: a queue that can be found has one. */
  #addQueue(key: string): number {
    const id = this.#heap.nextNumber()
    const entry = this.#table.add(numberKey(id))
    if (entry === 0) return 0
    const queue = this.#table.add(key)
    if (queue === 0) this.#table.remove(numberKey(id))
    else {
      this.#table.setWord(queue, ID, id)
      this.#table.setWord(entry, QUEUE, queue)
    }
    return queue
  }

  #deleteQueue(key: string): void {
    const queue = this.#table.find(key)
    this.#table.remove(numberKey(this.#table.word(queue, ID) >>> 0))
    while (this.#takeFirst(queue) !== 'empty');
    this.#table.remove(key)
  }

  /** With how many items the registrant was not told of before this one, and who that is. */
  #appendItem(id: number, value: Uint8Array): [status: number, untold: number, thread: number] {
    const table = this.#table
    const queue = this.#find(id)
    if (queue === 0) return [Status.NotFound, 0, 0]
    if (!this.#append(queue, value)) return [Status.InternalFailure, 0, 0]
    const untold = table.word(queue, UNTOLD)
    table.setWord(queue, UNTOLD, untold + 1)
    return [Status.Ok, untold, table.word(queue, THREAD)]
  }

  #append(queue: number, value: Uint8Array): boolean {
    const [heap, table] = [this.#heap, this.#table]
    const item = heap.take(ITEM_HEADER_BYTES + value.length)
    if (item === 0) return false
    heap.setWord(item, NEXT, 0)
    heap.setWord(item, LENGTH, value.length)
    heap.write(item + ITEM_HEADER_BYTES, value)
    // LAST means nothing while FIRST is 0.
    if (table.word(queue, FIRST) === 0) table.setWord(queue, FIRST, item)
    else heap.setWord(table.word(queue, LAST), NEXT, item)
    table.setWord(queue, LAST, item)
    return true
  }

  #takeFirst(queue: number): Uint8Array | 'empty' {
    const heap = this.#heap
    const item = this.#table.word(queue, FIRST)
    if (item === 0) return 'empty'
    const length = heap.word(item, LENGTH)
    const value = heap.read(item + ITEM_HEADER_BYTES, length)
    this.#table.setWord(queue, FIRST, heap.word(item, NEXT))
    heap.give(item, ITEM_HEADER_BYTES + length)
    return value
  }

  #wake(thread: number, id: number): void {
    if (thread === this.#thread) this.#defer(() => this.#tell(id))
    else this.#bell.ring(thread, id)
  }

  /** Tells the owner of each item that came since the last time. */
  #tell(id: number): void {
    if (!this.#owners.has(id)) return
    const untold = this.#locked(() => this.#takeUntold(id))
    if (untold === null) return void this.#owners.delete(id)
    this.#tellItems(id, untold)
  }

  /** A long queue leaves room for other work between its callbacks. */
  #tellItems(id: number, count: number): void {
    const now = Math.min(count, TOLD_AT_ONCE)
    for (let item = 0; item < now; item++) this.#owners.get(id)?.onQueueReady(id)
    if (count > now) this.#defer(() => this.#tellItems(id, count - now))
  }

  /** Null for a queue that is gone. */
  #takeUntold(id: number): number | null {
    const queue = this.#find(id)
    if (queue === 0) return null
    const untold = this.#table.word(queue, UNTOLD)
    this.#table.setWord(queue, UNTOLD, 0)
    return untold
  }
}

/** Keys of vm_ids begin with a digit. */
function numberKey(id: number): string {
  return `#${id}`
}
