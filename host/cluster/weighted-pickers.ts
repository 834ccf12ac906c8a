/** Pickers over endpoints of different weights (hot), on a schedule. */
import { EdfSchedule } from './edf-schedule.ts'
import type { Endpoint } from './endpoint.ts'
import type { Picker } from './picker.ts'

/** In turn, by weight. At least one endpoint. */
export class WeightedRoundRobin implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #schedule: EdfSchedule

  constructor(items: readonly Endpoint[], start: number) {
    this.#items = items
    this.#schedule = new EdfSchedule(
      items.map(({ address }) => address.weight),
      start,
    )
  }

  pick(): Endpoint {
    const endpoint = this.#items[this.#schedule.next()]!
    this.#schedule.requeue(endpoint.address.weight)
    return endpoint
  }
}

/** In turn, by a weight that shrinks with the requests in flight: `weight / (active + 1)^bias`. At least one endpoint. */
export class WeightedLeastRequest implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #bias: number
  readonly #schedule: EdfSchedule

  constructor(items: readonly Endpoint[], bias: number, start: number) {
    this.#items = items
    this.#bias = bias
    this.#schedule = new EdfSchedule(
      items.map((item) => this.#weightOf(item)),
      start,
    )
  }

  pick(): Endpoint {
    const endpoint = this.#items[this.#schedule.next()]!
    this.#schedule.requeue(this.#weightOf(endpoint))
    return endpoint
  }

  #weightOf({ address, counts }: Endpoint): number {
    const active = counts.rqActive + 1
    return address.weight / (this.#bias === 1 ? active : active ** this.#bias)
  }
}

/** One of several pickers in turn, by weight: localities of one priority. */
export class WeightedLocalities implements Picker {
  readonly #pickers: readonly Picker[]
  readonly #weights: readonly number[]
  readonly #schedule: EdfSchedule

  /** At least one; all weights above 0. */
  constructor(pickers: readonly Picker[], weights: readonly number[], start: number) {
    this.#pickers = pickers
    this.#weights = weights
    this.#schedule = new EdfSchedule(weights, start)
  }

  pick(): Endpoint | null {
    const index = this.#schedule.next()
    this.#schedule.requeue(this.#weights[index]!)
    return this.#pickers[index]!.pick()
  }
}
