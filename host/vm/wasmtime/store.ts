/** A `wasmtime_store_t`: everything that one guest has, with its limits. */
import { refusedModule } from '../module-cache.ts'
import { Extern } from './extern.ts'
import { ExternKind } from './layout.ts'
import { WasmtimeMemory } from './memory.ts'
import type { Runtime } from './runtime.ts'
import { takeErrorMessage } from './trap.ts'

const NO_LIMIT = -1
const PAGE_SIZE = 65536

/** What a guest may use. */
export interface StoreLimits {
  /** Of one outermost call. */
  readonly fuel: number
  readonly maxPages: number
  readonly maxTableElements: number
}

export class Store {
  /** `wasmtime_context_t`, which most calls want. */
  readonly context: number
  readonly #runtime: Runtime
  readonly #store: number
  readonly #limits: StoreLimits
  #memory: WasmtimeMemory | null = null

  constructor(runtime: Runtime, engine: number, limits: StoreLimits) {
    const { api } = runtime
    this.#runtime = runtime
    this.#store = api.wasmtime_store_new(engine, 0, 0)
    this.#limits = limits
    this.context = api.wasmtime_store_context(this.#store)
    const bytes = limits.maxPages * PAGE_SIZE
    api.wasmtime_store_limiter(this.#store, bytes, limits.maxTableElements, NO_LIMIT, NO_LIMIT, NO_LIMIT)
    this.refuel()
  }

  refuel(): void {
    this.#runtime.api.wasmtime_context_set_fuel(this.context, this.#limits.fuel)
  }

  takeFuel(): void {
    this.#runtime.api.wasmtime_context_set_fuel(this.context, 0)
  }

  /** A function of the given `wasm_externtype_t` that calls the host under a number. */
  newFunction(type: number, index: number): Extern {
    const { api, ffi, entry } = this.#runtime
    const made = new Extern(ffi)
    made.kind = ExternKind.Function
    api.wasmtime_func_new_unchecked(this.context, api.wasm_externtype_as_functype_const(type), entry, index, 0, made.item)
    return made
  }

  /** A memory of the given `wasm_externtype_t`; throws SLUICE_WASM_LOAD when it cannot be had. */
  newMemory(type: number): Extern {
    const { api, ffi } = this.#runtime
    const made = new Extern(ffi)
    made.kind = ExternKind.Memory
    const error = api.wasmtime_memory_new(this.context, api.wasm_externtype_as_memorytype_const(type), made.item)
    if (error !== 0) throw refusedModule(new Error(takeErrorMessage(this.#runtime, error)))
    return made
  }

  /** The memory that an extern of this store is. */
  openMemory(memory: Extern): WasmtimeMemory {
    this.#memory = new WasmtimeMemory(this.#runtime.ffi, this.context, memory)
    return this.#memory
  }

  /** Views of the memory end first: nothing may read where it was. */
  free(): void {
    this.#memory?.detach()
    this.#runtime.api.wasmtime_store_delete(this.#store)
  }
}
