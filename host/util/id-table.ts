/**
 * Entries by id (hot). Ids are counted up, so that an id's rest by the size is a slot of its own until the counter comes
 * round to an entry that still lives; only that one moves to a `Map`. A `Map` alone costs four times as much, because it
 * rebuilds itself for ever when entries come and go; and each table that it leaves behind knows the next one and the entries
 * of its time. From the first of them that grows old, all that ever stood in the map survives until a full collection.
 */
export class IdTable<T> {
  /** How many bits of an id say nothing. */
  readonly #shift: number
  /** The id in each slot; 0 = none. */
  #ids: Uint32Array
  #slots: (T | null)[]
  /** Entries whose slot was wanted by a later one. */
  readonly #others = new Map<number, T>()
  #size = 0

  /** `spacing`: the distance of ids. `slots`: for how many entries, a power of two. */
  constructor(spacing: 1 | 2, slots: number) {
    this.#shift = spacing - 1
    this.#ids = new Uint32Array(slots)
    this.#slots = emptySlots(slots)
  }

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    const slot = this.#slotOf(id)
    return this.#ids[slot] === id ? this.#slots[slot]! : this.#others.get(id)
  }

  /** `id` is above zero, below 2³², and not in the table. */
  add(id: number, entry: T): void {
    if (++this.#size > this.#slots.length) this.#grow()
    this.#put(id, entry)
  }

  /** Harmless for an unknown id. */
  delete(id: number): void {
    const slot = this.#slotOf(id)
    if (this.#ids[slot] === id) this.#clear(slot)
    else if (!this.#others.delete(id)) return
    this.#size--
  }

  /** Every entry, by id. */
  all(): T[] {
    return this.#entries().map(([, entry]) => entry)
  }

  #slotOf(id: number): number {
    return (id >>> this.#shift) & (this.#slots.length - 1)
  }

  #clear(slot: number): void {
    this.#ids[slot] = 0
    this.#slots[slot] = null
  }

  #put(id: number, entry: T): void {
    const slot = this.#slotOf(id)
    const elder = this.#slots[slot]!
    if (elder !== null) this.#others.set(this.#ids[slot]!, elder)
    this.#ids[slot] = id
    this.#slots[slot] = entry
  }

  #entries(): [number, T][] {
    const entries = [...this.#others]
    for (const [slot, entry] of this.#slots.entries()) if (entry !== null) entries.push([this.#ids[slot]!, entry])
    return entries.toSorted(([a], [b]) => a - b)
  }

  #grow(): void {
    const before = this.#entries()
    const count = this.#slots.length * 2
    this.#ids = new Uint32Array(count)
    this.#slots = emptySlots(count)
    this.#others.clear()
    for (const [id, entry] of before) this.#put(id, entry)
  }
}

function emptySlots<T>(count: number): (T | null)[] {
  return Array.from({ length: count }, () => null)
}
