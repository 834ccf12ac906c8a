import type { Endpoint } from './endpoint.ts'
import type { Picker } from './picker.ts'

/** Round robin over endpoints of equal weight (hot): one after the other from a random start. */
export class RoundRobin implements Picker {
  readonly #items: readonly Endpoint[]
  #next: number

  /** `start` lies in [0, 1): workers that start at the same endpoint would load it in step. */
  constructor(items: readonly Endpoint[], start: number) {
    this.#items = items
    this.#next = Math.floor(start * items.length)
  }

  pick(): Endpoint | null {
    const count = this.#items.length
    if (count === 0) return null
    const index = this.#next < count ? this.#next : 0
    this.#next = index + 1
    return this.#items[index]!
  }
}
