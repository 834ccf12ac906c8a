import type { Endpoint } from './endpoint.ts'
import type { LoadBalancer } from './load-balancer.ts'

/** Round robin over a cluster's endpoints (hot): one after the other from a random start, as Envoy does with equal weights. */
export class RoundRobin implements LoadBalancer {
  readonly #items: readonly Endpoint[]
  #next: number

  /** `start` lies in [0, 1): workers that start at the same endpoint would load it in step. */
  constructor(items: readonly Endpoint[], start: number) {
    this.#items = items
    this.#next = Math.floor(start * items.length)
  }

  /** The next item, or null when there is none. */
  pick(): Endpoint | null {
    const count = this.#items.length
    if (count === 0) return null
    const index = this.#next < count ? this.#next : 0
    this.#next = index + 1
    return this.#items[index]!
  }
}
