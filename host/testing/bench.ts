/** What the callbacks of a filter cost, in a test host: no sockets, so that only filter and hostcalls are measured. */
import type { VmObserver } from '../plugin/observer.ts'
import { createTestHost, type GuestUsage } from './test-host.ts'
import type { TestHostOptions } from './test-options.ts'
import type { TestRequest } from './test-stream.ts'

export interface BenchOptions {
  /** Requests that are measured; default 5000. */
  readonly requests?: number
  /** Requests before that; default 1000. */
  readonly warmUp?: number
  /** Default: GET / without a body. */
  readonly request?: TestRequest
}

/** Times of one callback, hostcalls included, in microseconds. */
export interface CallbackCost {
  readonly callback: string
  readonly calls: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface BenchResult {
  readonly requests: number
  /** In the order of their first call. */
  readonly callbacks: readonly CallbackCost[]
  /** Of all callbacks of a request, on average, in microseconds. */
  readonly perRequest: number
  /** What the guests used more after the measured requests than before. */
  readonly growth: GuestUsage
}

/** Sends requests and times each callback. Hostcalls are observed meanwhile, which is not free; compare results of one machine only. */
export async function benchFilter(options: TestHostOptions, bench: BenchOptions = {}): Promise<BenchResult> {
  const { requests = 5000, warmUp = 1000, request = {} } = bench
  const watch = new Stopwatch()
  const host = createTestHost({ logLevel: 'error', ...options, observer: watch })
  for (let i = 0; i < warmUp; i++) await host.request(request)
  watch.clear()
  const before = host.usage()
  for (let i = 0; i < requests; i++) await host.request(request)
  const after = host.usage()
  const growth = { memoryBytes: after.memoryBytes - before.memoryBytes, contexts: after.contexts - before.contexts }
  return { requests, callbacks: watch.costs(), perRequest: watch.total() / requests, growth }
}

class Stopwatch implements VmObserver {
  /** Milliseconds by callback. */
  readonly #times = new Map<string, number[]>()
  #enteredAt = 0

  clear(): void {
    this.#times.clear()
  }

  enter(): void {
    this.#enteredAt = performance.now()
  }

  leave(callback: string): void {
    const took = performance.now() - this.#enteredAt
    const times = this.#times.get(callback)
    if (times === undefined) this.#times.set(callback, [took])
    else times.push(took)
  }

  hostcall(): void {}

  trap(): void {}

  costs(): CallbackCost[] {
    return [...this.#times].map(([callback, times]) => {
      const sorted = Float64Array.from(times).toSorted()
      const at = (share: number): number => 1000 * sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
      return { callback, calls: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
    })
  }

  /** Microseconds. */
  total(): number {
    let sum = 0
    for (const times of this.#times.values()) for (const time of times) sum += time
    return 1000 * sum
  }
}
