/** Pickers over endpoints of different weights (hot), on a schedule. */
import { EdfSchedule } from './edf-schedule.ts'
import type { Endpoint } from './endpoint.ts'
import type { Picker } from './picker.ts'
import type { SlowStart } from './slow-start.ts'

/** In turn, by weight. At least one endpoint. */
export class WeightedRoundRobin implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #slowStart: SlowStart | null
  readonly #schedule: EdfSchedule

  /** `slowStart`: null when every endpoint has its whole weight. */
  constructor(items: readonly Endpoint[], slowStart: SlowStart | null, start: number) {
    this.#items = items
    this.#slowStart = slowStart
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

  #weightOf(endpoint: Endpoint): number {
    const { weight } = endpoint.address
    return this.#slowStart === null ? weight : weight * this.#slowStart.partOf(endpoint)
  }
}

/** In turn, by a weight that shrinks with the requests in flight: `weight / (active + 1)^bias`. At least one endpoint. */
export class WeightedLeastRequest implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #bias: number
  readonly #slowStart: SlowStart | null
  readonly #schedule: EdfSchedule

  /** `slowStart`: null when every endpoint has its whole weight. */
  constructor(items: readonly Endpoint[], bias: number, slowStart: SlowStart | null, start: number) {
    this.#items = items
    this.#bias = bias
    this.#slowStart = slowStart
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

  #weightOf(endpoint: Endpoint): number {
    const active = endpoint.counts.rqActive + 1
    const weight = endpoint.address.weight / (this.#bias === 1 ? active : active ** this.#bias)
    return this.#slowStart === null ? weight : weight * this.#slowStart.partOf(endpoint)
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
