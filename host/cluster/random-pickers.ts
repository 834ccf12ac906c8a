/** Pickers that draw (hot). */
import type { Random } from '../util/random.ts'
import type { Endpoint } from './endpoint.ts'
import type { Picker } from './picker.ts'

/** Any endpoint, whatever its weight. */
export class RandomPicker implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #random: Random

  constructor(items: readonly Endpoint[], random: Random) {
    this.#items = items
    this.#random = random
  }

  pick(): Endpoint | null {
    const items = this.#items
    return items.length === 0 ? null : items[Math.floor(this.#random.fraction() * items.length)]!
  }
}

/** Of some endpoints drawn, with repetition, the first with the fewest requests in flight. */
export class LeastRequest implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #choices: number
  readonly #random: Random

  constructor(items: readonly Endpoint[], choices: number, random: Random) {
    this.#items = items
    this.#choices = choices
    this.#random = random
  }

  pick(): Endpoint | null {
    const items = this.#items
    if (items.length <= 1) return items[0] ?? null
    let best = this.#draw()
    for (let more = this.#choices - 1; more > 0; more--) {
      const other = this.#draw()
      if (other.counts.rqActive < best.counts.rqActive) best = other
    }
    return best
  }

  #draw(): Endpoint {
    return this.#items[Math.floor(this.#random.fraction() * this.#items.length)]!
  }
}

/** Of all endpoints one with the fewest requests in flight; among several of these, chance decides. */
export class LeastRequestOfAll implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #random: Random

  constructor(items: readonly Endpoint[], random: Random) {
    this.#items = items
    this.#random = random
  }

  pick(): Endpoint | null {
    let best: Endpoint | null = null
    let equals = 0
    for (const endpoint of this.#items) {
      const difference = best === null ? -1 : endpoint.counts.rqActive - best.counts.rqActive
      if (difference > 0) continue
      equals = difference < 0 ? 1 : equals + 1
      if (difference < 0 || this.#random.fraction() * equals < 1) best = endpoint
    }
    return best
  }
}
