/**
 * Earliest deadline first over numbered entries (hot): each is due again one weight's fraction after its last turn, so
 * that turns are shared by weight and spread evenly (source/common/upstream/edf_scheduler.h). A binary heap in place.
 */
export class EdfSchedule {
  /** Entries, the one that is due first at 0. */
  readonly #heap: Uint32Array
  /** By entry. */
  readonly #deadlines: Float64Array
  /** By entry: of two that are due at once, the one that was put in first comes first. */
  readonly #orders: Float64Array
  #now = 0
  #order: number

  /** At least one weight, all above 0. `start` lies in [0, 1) and decides how many turns are already over. */
  constructor(weights: readonly number[], start: number) {
    const count = weights.length
    this.#deadlines = Float64Array.from(weights, (weight) => 1 / weight)
    this.#orders = Float64Array.from(weights, (_, index) => index)
    this.#order = count
    this.#heap = Uint32Array.from(weights, (_, index) => index)
    for (let at = (count >> 1) - 1; at >= 0; at--) this.#sink(at)
    for (let turns = Math.floor(start * count); turns > 0; turns--) this.requeue(weights[this.next()]!)
  }

  /** The entry whose turn it is; `requeue` has to follow. */
  next(): number {
    const entry = this.#heap[0]!
    this.#now = this.#deadlines[entry]!
    return entry
  }

  /** Puts the entry that `next` gave back, with the weight that it has now. */
  requeue(weight: number): void {
    const entry = this.#heap[0]!
    this.#deadlines[entry] = this.#now + 1 / weight
    this.#orders[entry] = this.#order++
    this.#sink(0)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const entry = heap[from]!
    let at = from
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!this.#isBefore(heap[child]!, entry)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = entry
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#deadlines[a]! - this.#deadlines[b]!
    return difference < 0 || (difference === 0 && this.#orders[a]! < this.#orders[b]!)
  }
}
