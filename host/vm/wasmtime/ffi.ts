/**
 * Calls into libwasmtime through koffi, and reads of its memory. Pointers and sizes are plain numbers: addresses are
 * below 2^53.
 *
 * Memory that the library gives out is read value by value. Views are for guest memory and the stack only: what lies
 * behind one is freed when the event loop turns, so that a loop that makes many of them grows.
 */
import { createRequire } from 'node:module'
import type * as Koffi from 'koffi'
import { POINTER_SIZE } from './layout.ts'
import { engineMissing } from './locate.ts'

type NativeType = 'void' | 'bool' | 'uint8' | 'uint32' | 'int64' | 'uint64'
/** How koffi hands over pointers and sizes as numbers. */
const Pointer = 'uint64'
const Size = 'uint64'

/** Functions of the library: the result's type, then those of the parameters. */
const FUNCTIONS = {
  wasm_config_new: [Pointer],
  wasmtime_config_consume_fuel_set: ['void', Pointer, 'bool'],
  wasmtime_config_max_wasm_stack_set: ['void', Pointer, Size],
  wasmtime_config_memory_may_move_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_threads_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_tail_call_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_function_references_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_gc_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_exceptions_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_multi_memory_set: ['void', Pointer, 'bool'],
  wasmtime_config_wasm_memory64_set: ['void', Pointer, 'bool'],
  wasm_engine_new_with_config: [Pointer, Pointer],
  wasmtime_module_new: [Pointer, Pointer, Pointer, Size, Pointer],
  wasmtime_module_imports: ['void', Pointer, Pointer],
  wasmtime_module_delete: ['void', Pointer],
  wasm_importtype_type: [Pointer, Pointer],
  wasm_importtype_vec_delete: ['void', Pointer],
  wasm_externtype_as_functype_const: [Pointer, Pointer],
  wasm_externtype_as_memorytype_const: [Pointer, Pointer],
  wasmtime_store_new: [Pointer, Pointer, Pointer, Pointer],
  wasmtime_store_context: [Pointer, Pointer],
  wasmtime_store_limiter: ['void', Pointer, 'int64', 'int64', 'int64', 'int64', 'int64'],
  wasmtime_store_delete: ['void', Pointer],
  wasmtime_context_set_fuel: [Pointer, Pointer, 'uint64'],
  wasmtime_func_new_unchecked: ['void', Pointer, Pointer, Pointer, 'uint64', Pointer, Pointer],
  wasmtime_func_call_unchecked: [Pointer, Pointer, Pointer, Pointer, Size, Pointer],
  wasmtime_memory_new: [Pointer, Pointer, Pointer, Pointer],
  wasmtime_memory_data: [Pointer, Pointer, Pointer],
  wasmtime_memory_data_size: [Size, Pointer, Pointer],
  wasmtime_instance_new: [Pointer, Pointer, Pointer, Pointer, Size, Pointer, Pointer],
  wasmtime_instance_export_get: ['bool', Pointer, Pointer, Pointer, Size, Pointer],
  wasmtime_trap_new: [Pointer, Pointer, Size],
  wasmtime_trap_code: ['bool', Pointer, Pointer],
  wasm_trap_trace: ['void', Pointer, Pointer],
  wasm_trap_delete: ['void', Pointer],
  wasmtime_error_message: ['void', Pointer, Pointer],
  wasmtime_error_wasm_trace: ['void', Pointer, Pointer],
  wasmtime_error_delete: ['void', Pointer],
  wasm_byte_vec_delete: ['void', Pointer],
  wasm_frame_func_index: ['uint32', Pointer],
  wasm_frame_module_offset: [Size, Pointer],
  wasm_frame_vec_delete: ['void', Pointer],
} as const satisfies Record<string, readonly NativeType[]>

type Value<Type> = Type extends 'void' ? void : Type extends 'bool' ? boolean : number
type Values<Types> = { [Index in keyof Types]: Value<Types[Index]> }
type Bound<Types> = Types extends readonly [infer Result, ...infer Parameters]
  ? (...args: Values<Parameters>) => Value<Result>
  : never

/** The library's functions by their C names. */
export type Api = { readonly [Name in keyof typeof FUNCTIONS]: Bound<(typeof FUNCTIONS)[Name]> }

/** A `wasmtime_func_unchecked_callback_t`: which import, the caller, where its arguments stand; returns a trap or 0. */
export type HostEntry = (index: number, caller: number, values: number) => number

/**
 * Bytes of the stack that koffi keeps per thread for native code: guests run on it. Guests may nest as deep as runtime.ts
 * allows, each with a stack of its own limit, and the compiler needs some megabytes.
 */
export const NATIVE_STACK = 16 * 1024 * 1024

export class Ffi {
  readonly api: Api
  readonly #koffi: typeof Koffi

  /** Loads the library; throws SLUICE_WASM_ENGINE. */
  constructor(path: string) {
    this.#koffi = loadKoffi()
    try {
      this.api = bind(this.#koffi.load(path))
    } catch (cause) {
      throw engineMissing(cause instanceof Error ? cause.message : String(cause), cause)
    }
  }

  /** Address of an array buffer, which must stay referenced while it is used. */
  addressOf(buffer: ArrayBuffer): number {
    return Number(this.#koffi.address(buffer))
  }

  /** `length` bytes at `address` as they are and will be; the caller answers for what is read through it. */
  view(address: number, length: number): ArrayBuffer {
    return this.#koffi.view(BigInt(address), length)
  }

  /** A copy of the pointers of a `wasm_*_vec_t`. */
  vector(vector: ArrayBuffer): number[] {
    const { count, address } = vectorOf(vector)
    const at = (index: number): bigint => BigInt(address + index * POINTER_SIZE)
    return Array.from({ length: count }, (_, index) => Number(this.#koffi.decode.uint64(at(index))))
  }

  /** A copy of the UTF-8 text of a `wasm_byte_vec_t`. */
  vectorText(vector: ArrayBuffer): string {
    const { count, address } = vectorOf(vector)
    return count === 0 ? '' : (this.#koffi.decode.string(BigInt(address), count) ?? '')
  }

  /**
   * Address of a C function that calls `entry` for the life of the thread. `entry` must not throw: the guest would go on
   * as if it had returned.
   */
  callback(entry: HostEntry): number {
    const type = this.#koffi.proto(Pointer, [Pointer, Pointer, Pointer, Size])
    return Number(this.#koffi.register(entry, this.#koffi.pointer(type)))
  }
}

function vectorOf(vector: ArrayBuffer): { count: number; address: number } {
  const words = new BigUint64Array(vector)
  return { count: Number(words[0]), address: Number(words[1]) }
}

function loadKoffi(): typeof Koffi {
  const koffi = requireKoffi()
  // Only before the first library is loaded, and once per thread.
  if ((koffi.config().sync_stack_size ?? 0) < NATIVE_STACK) koffi.config({ sync_stack_size: NATIVE_STACK })
  return koffi
}

/** An optional dependency: npm leaves it out where it has no binary. */
function requireKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as typeof Koffi
  } catch (cause) {
    throw engineMissing('no npm package koffi', cause)
  }
}

function bind(library: Koffi.LibraryHandle): Api {
  const bound = Object.entries(FUNCTIONS).map(([name, [result, ...parameters]]) => [name, library.func(name, result, parameters)])
  // The names and types are those of the table.
  return Object.fromEntries(bound) as Api
}
