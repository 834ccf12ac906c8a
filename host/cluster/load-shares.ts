import type { PriorityLoad } from './priority-load.ts'

/** Finds the priority for a number from 0 to 99 (hot). */
export class LoadShares {
  /** Running sums: of healthy endpoints by priority, then of degraded ones. */
  readonly #bounds: readonly number[]
  /** The only source that gets anything; -1 = there are several. */
  readonly only: number

  constructor({ healthy, degraded }: PriorityLoad) {
    const load = [...healthy, ...degraded]
    let bound = 0
    this.#bounds = load.map((share) => (bound += share))
    this.only = load.indexOf(100)
  }

  /** A priority for its healthy endpoints; behind all of these, a priority for its degraded ones. */
  sourceOf(number: number): number {
    const bounds = this.#bounds
    let source = 0
    while (source < bounds.length - 1 && number >= bounds[source]!) source++
    return source
  }
}
