/** Numbers of wasmtime's C API (wasm.h, wasmtime.h of version 50): sizes and offsets in bytes, equal on every 64-bit platform. */

/** `wasmtime_val_raw_t`: a union at offset 0, little endian. */
export const VALUE_SIZE = 16

/** `wasmtime_extern_t`: the kind at 0, the function or memory itself at 8. */
export const EXTERN_SIZE = 32
export const EXTERN_ITEM = 8
export const ExternKind = { Function: 0, Memory: 3 } as const

/** `wasmtime_instance_t`. */
export const INSTANCE_SIZE = 16

/** `wasm_*_vec_t`: the number of items at 0, their address at 8. */
export const VECTOR_SIZE = 16
export const POINTER_SIZE = 8

/** `wasmtime_trap_code_enum`, as far as modules without the component model meet them. */
export const TrapCode = {
  StackOverflow: 0,
  MemoryOutOfBounds: 1,
  HeapMisaligned: 2,
  TableOutOfBounds: 3,
  IndirectCallToNull: 4,
  BadSignature: 5,
  IntegerOverflow: 6,
  DivisionByZero: 7,
  BadConversion: 8,
  Unreachable: 9,
  OutOfFuel: 11,
  WaitOnUnsharedMemory: 12,
  NullReference: 13,
} as const
