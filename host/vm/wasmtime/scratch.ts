/** Memory that the library writes and reads during one call: results, traps, vectors, names. */
import type { Ffi } from './ffi.ts'
import { VECTOR_SIZE } from './layout.ts'

const TEXT_SIZE = 1024

export class Scratch {
  /** Addresses for the library. */
  readonly result: number
  readonly trap: number
  readonly vector: number
  readonly text: number
  readonly #ffi: Ffi
  readonly #result = new BigUint64Array(1)
  readonly #trap = new BigUint64Array(1)
  readonly #vector = new ArrayBuffer(VECTOR_SIZE)
  readonly #text = Buffer.from(new ArrayBuffer(TEXT_SIZE))

  constructor(ffi: Ffi) {
    this.result = ffi.addressOf(this.#result.buffer)
    this.trap = ffi.addressOf(this.#trap.buffer)
    this.vector = ffi.addressOf(this.#vector)
    this.text = ffi.addressOf(this.#text.buffer as ArrayBuffer)
    this.#ffi = ffi
  }

  /** What the library wrote to `result`: a pointer, or 0 when nothing was written since it was last taken. */
  takeResult(): number {
    return take(this.#result)
  }

  /** As {@link takeResult}, of `trap`. */
  takeTrap(): number {
    return take(this.#trap)
  }

  /** The pointers of the vector at `vector`. */
  pointers(): number[] {
    return this.#ffi.vector(this.#vector)
  }

  /** The text of the byte vector at `vector`. */
  vectorText(): string {
    return this.#ffi.vectorText(this.#vector)
  }

  /** Puts a name to `text`; its length in bytes. Throws RangeError for one that is too long. */
  putText(text: string): number {
    if (Buffer.byteLength(text) > TEXT_SIZE) throw new RangeError(`Name of more than ${TEXT_SIZE} bytes`)
    return this.#text.write(text)
  }
}

function take(pointer: BigUint64Array): number {
  const value = Number(pointer[0])
  pointer[0] = 0n
  return value
}
