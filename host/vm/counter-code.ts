/** The code that lowers the counter and traps below zero: the counter itself, or a local that keeps it for a while. */
import { leb, signedLeb } from './byte-writer.ts'

/** A bulk operation spends one tick per 16 bytes or elements: about what memory.copy does in a tick's time. */
const BULK_SHIFT = 4

export class CounterCode {
  /** Number of the global. */
  readonly #gas: readonly number[]

  constructor(global: number) {
    this.#gas = leb(global)
  }

  /** `g -= ticks; if (g < 0) unreachable`. */
  charge(ticks: number): number[] {
    return [0x23, ...this.#gas, 0x41, ...signedLeb(ticks), 0x6b, 0x24, ...this.#gas, ...this.#check()]
  }

  /** `t = top of stack; g -= t >>> 4; if (g < 0) unreachable; g -= ticks; …`, the stack as before. */
  bulkCharge(ticks: number, temporary: number): number[] {
    const local = leb(temporary)
    const head = [0x22, ...local, 0x23, ...this.#gas, 0x20, ...local]
    return head.concat([0x41, BULK_SHIFT, 0x76, 0x6b, 0x24, ...this.#gas], this.#check(), this.charge(ticks))
  }

  /** `l = g`. */
  take(local: number): number[] {
    return [0x23, ...this.#gas, 0x21, ...leb(local)]
  }

  /** `l -= ticks`. */
  keptCharge(ticks: number, local: number): number[] {
    return [0x20, ...leb(local), 0x41, ...signedLeb(ticks), 0x6b, 0x21, ...leb(local)]
  }

  /** `if (l < 0) { g = l; unreachable }`: the host looks at the global. */
  checkKept(local: number): number[] {
    return [0x20, ...leb(local), 0x41, 0, 0x48, 0x04, 0x40, 0x20, ...leb(local), 0x24, ...this.#gas, 0x00, 0x0b]
  }

  /** `g = l; if (g < 0) unreachable`. */
  giveBack(local: number): number[] {
    return [0x20, ...leb(local), 0x24, ...this.#gas, ...this.#check()]
  }

  #check(): number[] {
    return [0x23, ...this.#gas, 0x41, 0, 0x48, 0x04, 0x40, 0x00, 0x0b]
  }
}
