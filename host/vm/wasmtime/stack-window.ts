/**
 * A view of the native stack that guests run on, where the arguments of their hostcalls lie (hot). It is the stack that
 * koffi keeps for the thread, so that one view serves for good: reading through it costs nothing compared with asking
 * koffi for each value. Only what a guest has just written is ever read; what else lies in the window may not exist.
 */
import { NATIVE_STACK, type Ffi } from './ffi.ts'
import { VALUE_SIZE } from './layout.ts'

/** Words from one value to the next. */
export const VALUE_WORDS = VALUE_SIZE / 4

const PAGE = 4096

export class StackWindow {
  /** The stack as 32-bit and as 64-bit values; replaced when the window moves. */
  words = new Int32Array(0)
  longs = new BigInt64Array(0)
  readonly #ffi: Ffi
  #start = 0
  #size = 0

  constructor(ffi: Ffi) {
    this.#ffi = ffi
  }

  /** Index in `words` of what lies at `address`. */
  indexOf(address: number): number {
    const offset = address - this.#start
    if (offset >= 0 && offset < this.#size) return offset / 4
    this.#moveTo(address)
    return (address - this.#start) / 4
  }

  /** The whole stack lies around any address on it. */
  #moveTo(address: number): void {
    this.#start = address - (address % PAGE) - NATIVE_STACK
    this.#size = 2 * NATIVE_STACK
    const memory = this.#ffi.view(this.#start, this.#size)
    this.words = new Int32Array(memory)
    this.longs = new BigInt64Array(memory)
  }
}
