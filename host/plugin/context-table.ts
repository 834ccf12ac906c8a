/**
 * Live contexts by id (hot). Ids are counted up, so id modulo the size is a slot of its own until the counter comes
 * round to a context that still lives; only then a `Map` is asked. A `Map` alone costs four times as much, because it
 * rebuilds itself for ever when entries come and go.
 */
import type { Context } from './context.ts'

/** Guests have 32 bits for an id: at 60 000 streams a second they are used up within a day. */
const MAX_ID = 0xffffffff

export class ContextTable {
  #slots: (Context | null)[] = emptySlots(64)
  /** Contexts whose slot was taken. */
  readonly #others = new Map<number, Context>()
  #size = 0
  #lastId: number
  /** Ids were used up once: the next ones may still live. */
  #isSecondRound = false

  /** `lastId` is the one before the first. */
  constructor(lastId = 0) {
    this.#lastId = lastId
  }

  /** The next id: 1, 2 … and from 1 again, leaving out those that live. */
  nextId(): number {
    if (this.#lastId === MAX_ID) {
      this.#lastId = 0
      this.#isSecondRound = true
    }
    const id = ++this.#lastId
    return this.#isSecondRound && this.get(id) !== undefined ? this.nextId() : id
  }

  get size(): number {
    return this.#size
  }

  get(id: number): Context | undefined {
    const context = this.#slots[id & (this.#slots.length - 1)]!
    return context !== null && context.id === id ? context : this.#others.get(id)
  }

  add(context: Context): void {
    if (++this.#size > this.#slots.length) this.#grow()
    this.#put(context)
  }

  delete(id: number): void {
    const slot = id & (this.#slots.length - 1)
    const context = this.#slots[slot]!
    if (context !== null && context.id === id) this.#slots[slot] = null
    else if (!this.#others.delete(id)) return
    this.#size--
  }

  /** Every live context. */
  all(): Context[] {
    return [...this.#slots.filter((context) => context !== null), ...this.#others.values()]
  }

  #put(context: Context): void {
    const slot = context.id & (this.#slots.length - 1)
    if (this.#slots[slot] === null) this.#slots[slot] = context
    else this.#others.set(context.id, context)
  }

  #grow(): void {
    const before = this.all()
    this.#slots = emptySlots(this.#slots.length * 2)
    this.#others.clear()
    for (const context of before) this.#put(context)
  }
}

function emptySlots(count: number): (Context | null)[] {
  return Array.from({ length: count }, () => null)
}
