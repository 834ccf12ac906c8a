import type { Endpoint } from './endpoint.ts'
import type { Picker } from './picker.ts'
import type { Turn } from './turns.ts'

/** Round robin over endpoints of equal weight (hot): one after the other. */
export class RoundRobin implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #turn: Turn

  constructor(items: readonly Endpoint[], turn: Turn) {
    this.#items = items
    this.#turn = turn
  }

  pick(): Endpoint | null {
    const count = this.#items.length
    if (count === 0) return null
    const { next } = this.#turn
    const index = next < count ? next : next % count
    this.#turn.next = index + 1
    return this.#items[index]!
  }
}
