/** A `wasmtime_extern_t`, what a module exports or imports; alive as long as this object. */
import type { Ffi } from './ffi.ts'
import { EXTERN_ITEM, EXTERN_SIZE } from './layout.ts'

export class Extern {
  readonly address: number
  /** Address of the function or memory in it. */
  readonly item: number
  readonly #bytes: Uint8Array

  constructor(ffi: Ffi) {
    const memory = new ArrayBuffer(EXTERN_SIZE)
    this.#bytes = new Uint8Array(memory)
    this.address = ffi.addressOf(memory)
    this.item = this.address + EXTERN_ITEM
  }

  /** One of layout.ts's `ExternKind`. */
  get kind(): number {
    return this.#bytes[0]!
  }

  set kind(kind: number) {
    this.#bytes[0] = kind
  }

  /** Puts a copy at `index` of an array of them. */
  copyTo(array: ArrayBuffer, index: number): void {
    new Uint8Array(array).set(this.#bytes, index * EXTERN_SIZE)
  }
}
