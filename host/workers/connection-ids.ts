/** Connection numbers, unique in the process, from 1. */
export class ConnectionIds {
  readonly buffer: SharedArrayBuffer
  readonly #cell: BigInt64Array

  /** `buffer` is that of another thread's object, or absent to make it. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer
    this.#cell = new BigInt64Array(buffer)
  }

  next(): number {
    return Number(Atomics.add(this.#cell, 0, 1n)) + 1
  }
}
