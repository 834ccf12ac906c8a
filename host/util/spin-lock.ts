/**
 * A lock between threads on one shared 32-bit word: 0 = free, else the owner's number plus one. Sections under it are
 * short and leave the data usable at every point, so that the lock of a dead thread may be broken.
 */

/** Tries before a waiter sleeps: longer than any section, shorter than a thread switch. */
const SPINS = 200

export class SpinLock {
  readonly #words: Int32Array
  readonly #index: number
  readonly #held: number

  /** `owner` is this thread's number, from 0, unique among the threads that share the word. */
  constructor(words: Int32Array, index: number, owner: number) {
    this.#words = words
    this.#index = index
    this.#held = owner + 1
  }

  /** Waits until the lock is ours. Not re-entrant. */
  acquire(): void {
    for (let tries = 1; ; tries++) {
      const seen = Atomics.compareExchange(this.#words, this.#index, 0, this.#held)
      if (seen === 0) return
      // The holder lost its processor: sleep instead of burning it. Nobody notifies, which keeps release to one store.
      if (tries % SPINS === 0) Atomics.wait(this.#words, this.#index, seen, 1)
    }
  }

  /** Gives the lock back. */
  release(): void {
    Atomics.store(this.#words, this.#index, 0)
  }

  /** Frees the lock if the thread numbered `owner` held it when it ended. */
  breakFor(owner: number): void {
    Atomics.compareExchange(this.#words, this.#index, owner + 1, 0)
  }
}
