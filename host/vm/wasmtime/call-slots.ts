/** Arguments, results and traps of guest calls: one slot per level of nesting (hot). */
import type { Ffi } from './ffi.ts'
import { VALUE_SIZE } from './layout.ts'

/**
 * Guest calls inside hostcalls of guest calls. The host nests twice (a callback, its allocator); the limit keeps guests
 * inside the native stack, and keeps JavaScript's stack from running out first: koffi would answer the guest 0 then.
 */
export const MAX_NESTING = 8

/** Most parameters of a function that the host calls. */
const MAX_VALUES = 5

const SLOT_SIZE = (MAX_VALUES + 1) * VALUE_SIZE

export class CallSlot {
  /** Addresses for the library. */
  readonly values: number
  readonly trap: number
  /** The trap's pointer in words 0 and 1, then the values, four words each. */
  readonly words: Int32Array
  readonly #pointers: BigUint64Array

  constructor(memory: ArrayBuffer, offset: number, base: number) {
    this.trap = base + offset
    this.values = this.trap + VALUE_SIZE
    this.words = new Int32Array(memory, offset, SLOT_SIZE / 4)
    this.#pointers = new BigUint64Array(memory, offset, 1)
  }

  /** The trap of the last call, which then belongs to the caller; 0 = none. */
  takeTrap(): number {
    if ((this.words[0]! | this.words[1]!) === 0) return 0
    const trap = Number(this.#pointers[0])
    this.#pointers[0] = 0n
    return trap
  }
}

/** Word of a slot's first value. */
export const FIRST_VALUE = VALUE_SIZE / 4

export function makeSlots(ffi: Ffi): readonly CallSlot[] {
  const memory = new ArrayBuffer(MAX_NESTING * SLOT_SIZE)
  const base = ffi.addressOf(memory)
  return Array.from({ length: MAX_NESTING }, (_, level) => new CallSlot(memory, level * SLOT_SIZE, base))
}
