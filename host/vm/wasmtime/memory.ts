/** Linear memory of a wasmtime guest (hot). */
import type { GuestMemory } from '../engine.ts'
import type { Extern } from './extern.ts'
import type { Ffi } from './ffi.ts'

/**
 * Views are as long as the memory is, never longer: behind its end lies nothing, and reading there ends the process. The
 * memory grows in place (the engine forbids moves), so that growth is seen only by asking.
 */
export class WasmtimeMemory implements GuestMemory {
  taken = 0
  readonly #ffi: Ffi
  readonly #context: number
  readonly #memory: Extern
  readonly #base: number
  #isStale = false
  #bytes = Buffer.from(new ArrayBuffer(0))
  #words = new DataView(new ArrayBuffer(0))

  constructor(ffi: Ffi, context: number, memory: Extern) {
    this.#ffi = ffi
    this.#context = context
    this.#memory = memory
    this.#base = ffi.api.wasmtime_memory_data(context, memory.item)
    this.#refresh()
  }

  u8(): Buffer {
    if (this.#isStale) this.#refresh()
    return this.#bytes
  }

  view(): DataView {
    if (this.#isStale) this.#refresh()
    return this.#words
  }

  /** In bytes. */
  get size(): number {
    return this.#ffi.api.wasmtime_memory_data_size(this.#context, this.#memory.item)
  }

  /** The guest has run: the memory may have grown. */
  markStale(): void {
    this.#isStale = true
  }

  /** Takes the memory from everyone who holds a view of it. */
  detach(): void {
    this.#isStale = false
    if (this.#bytes.length > 0) this.#replace(new ArrayBuffer(0))
  }

  #refresh(): void {
    this.#isStale = false
    const size = this.size
    if (size === this.#bytes.length) return
    this.#replace(this.#ffi.view(this.#base, size))
  }

  /** `transfer` moves the memory into a buffer that nobody keeps; nothing is copied. */
  #replace(memory: ArrayBuffer): void {
    if (this.#bytes.length > 0) (this.#bytes.buffer as ArrayBuffer).transfer()
    this.#bytes = Buffer.from(memory)
    this.#words = new DataView(memory)
  }
}
