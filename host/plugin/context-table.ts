/** Live contexts by id (hot), and which id is next. */
import { IdTable } from '../util/id-table.ts'
import type { Context } from './context.ts'

/** Guests have 32 bits for an id: at 60 000 streams a second they are used up within a day. */
const MAX_ID = 0xffffffff

export class ContextTable extends IdTable<Context> {
  #lastId: number
  /** Ids were used up once: the next ones may still live. */
  #isSecondRound = false

  /** `lastId` is the one before the first. */
  constructor(lastId = 0) {
    super(1, 64)
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
}
