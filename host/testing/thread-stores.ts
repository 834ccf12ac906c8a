/** What the threads of a test host share: metrics, shared data and queues, as the threads of the proxy do. */
import { attachSharedData, createSharedData, type ProcessSharedData } from '../services/shared-data.ts'
import { attachSharedQueues, createSharedQueues, type Defer, type ProcessSharedQueues } from '../services/shared-queues.ts'
import type { ThreadBell } from '../services/thread-bell.ts'
import { attachStatsStore, createStatsStore, type StatsStore } from '../stats/store.ts'
import type { VirtualTime } from './virtual-time.ts'

/** One thread's side of them. */
export interface ThreadStores {
  readonly stats: StatsStore
  readonly data: ProcessSharedData
  readonly queues: ProcessSharedQueues
}

/** Room for a test's metrics and shared data; the proxy's own limits are far larger. */
const STORE_LIMITS = { maxCells: 65_536, maxNameBytes: 4_194_304 }
const SHARED_LIMITS = { maxBytes: 16_777_216 }

/** Those of `count` threads; the first one is the main thread. */
export function createThreadStores(count: number, time: VirtualTime): ThreadStores[] {
  const defer: Defer = (task) => time.defer(task)
  const bells = new VirtualBells(defer)
  const stats = createStatsStore({ writers: count, ...STORE_LIMITS })
  const data = createSharedData(stats, SHARED_LIMITS)
  const queues = createSharedQueues(stats, defer, { ...SHARED_LIMITS, bell: bells.of(0) })
  const others = Array.from({ length: count - 1 }, (_, index): ThreadStores => {
    const thread = index + 1
    const own = attachStatsStore(stats.handle, thread)
    return {
      stats: own,
      data: attachSharedData(data.handle, thread, own),
      queues: attachSharedQueues(queues.handle, thread, own, defer, bells.of(thread)),
    }
  })
  return [{ stats, data, queues }, ...others]
}

/** Bells that ring as soon as what runs has ended, in the order in which they were rung. */
class VirtualBells {
  readonly #defer: Defer
  readonly #listeners = new Map<number, (id: number) => void>()

  constructor(defer: Defer) {
    this.#defer = defer
  }

  of(thread: number): ThreadBell {
    return {
      ring: (other, id) => this.#defer(() => this.#listeners.get(other)?.(id)),
      listen: (onRing) => void this.#listeners.set(thread, onRing),
      stop: () => void this.#listeners.delete(thread),
    }
  }
}
