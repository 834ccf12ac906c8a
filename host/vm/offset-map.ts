/** Leads offsets of a rewritten module back to the module that was given. */
export class OffsetMap {
  /** Starts of the copied runs, in the rewritten and in the original module, both ascending. */
  readonly #rewritten: number[] = []
  readonly #original: number[] = []

  /** Bytes from `original` on stand at `rewritten` on, up to the next run. */
  add(rewritten: number, original: number): void {
    this.#rewritten.push(rewritten)
    this.#original.push(original)
  }

  /** Offsets inside inserted code lead to the instruction behind it. */
  toOriginal(offset: number): number {
    let low = 0
    let high = this.#rewritten.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#rewritten[middle]! <= offset) low = middle + 1
      else high = middle
    }
    if (low === 0) return offset
    const moved = this.#original[low - 1]! + offset - this.#rewritten[low - 1]!
    return low < this.#original.length ? Math.min(moved, this.#original[low]!) : moved
  }
}
