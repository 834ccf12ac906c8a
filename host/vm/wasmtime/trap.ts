/** From wasmtime's errors and traps to what the host throws. Both are taken over and freed here. */
import { MAX_TRAP_FRAMES } from '../../abi/limits.ts'
import { VmTrap, type TrapFrame } from '../engine.ts'
import { guestTrap, isStackOverflow } from '../guest-trap.ts'
import { TrapCode } from './layout.ts'
import type { Runtime } from './runtime.ts'

/** What a trap needs of the guest. */
export interface WasmtimeTrapSource {
  functionName(index: number): string
  /** Where a function's code starts in the module. */
  functionStart(index: number): number
  /** The memory cannot grow any more. */
  isMemoryFull(): boolean
}

/** The words that V8 has for the same. Running out of fuel is an `unreachable` of the spent counter there. */
const MESSAGES: ReadonlyMap<number, string> = new Map([
  [TrapCode.StackOverflow, 'Maximum call stack size exceeded'],
  [TrapCode.MemoryOutOfBounds, 'memory access out of bounds'],
  [TrapCode.HeapMisaligned, 'operation does not support unaligned accesses'],
  [TrapCode.TableOutOfBounds, 'table index is out of bounds'],
  [TrapCode.IndirectCallToNull, 'function signature mismatch'],
  [TrapCode.BadSignature, 'function signature mismatch'],
  [TrapCode.IntegerOverflow, 'divide result unrepresentable'],
  [TrapCode.DivisionByZero, 'divide by zero'],
  [TrapCode.BadConversion, 'float unrepresentable in integer range'],
  [TrapCode.Unreachable, 'unreachable'],
  [TrapCode.OutOfFuel, 'unreachable'],
  [TrapCode.WaitOnUnsharedMemory, 'Atomics.wait cannot be called in this context'],
  [TrapCode.NullReference, 'dereferencing a null pointer'],
])

/** Offset of a frame that wasmtime does not know, as of a function that found no stack. */
const UNKNOWN_OFFSET = 2 ** 64

/**
 * Why a guest call ended: exactly one of `error` and `trap` is set. What a host function threw comes back as an error,
 * or as a trap when a guest below has passed it on; it is thrown again as it is, a {@link VmTrap} with the guest's frames.
 */
export function failureOf(runtime: Runtime, error: number, trap: number, source: WasmtimeTrapSource): unknown {
  const frames = error !== 0 ? errorFrames(runtime, error, source) : trapFrames(runtime, trap, source)
  const message = error !== 0 ? takeErrorMessage(runtime, error) : ''
  const code = trap !== 0 ? takeTrapCode(runtime, trap) : -1
  const failure = runtime.takeFailure()
  if (failure !== null) return withFrames(failure.error, frames)
  const state = { gasSpent: code === TrapCode.OutOfFuel, memoryFull: source.isMemoryFull() }
  return guestTrap(MESSAGES.get(code) ?? (message || 'uncaught exception of the guest'), state, frames)
}

/** The text of an error. */
export function takeErrorMessage({ api, scratch }: Runtime, error: number): string {
  api.wasmtime_error_message(error, scratch.vector)
  const text = scratch.vectorText()
  api.wasm_byte_vec_delete(scratch.vector)
  api.wasmtime_error_delete(error)
  return text
}

function takeTrapCode({ api, scratch }: Runtime, trap: number): number {
  const code = api.wasmtime_trap_code(trap, scratch.result) ? scratch.takeResult() : -1
  api.wasm_trap_delete(trap)
  return code
}

function errorFrames(runtime: Runtime, error: number, source: WasmtimeTrapSource): TrapFrame[] {
  runtime.api.wasmtime_error_wasm_trace(error, runtime.scratch.vector)
  return takeFrames(runtime, source)
}

function trapFrames(runtime: Runtime, trap: number, source: WasmtimeTrapSource): TrapFrame[] {
  runtime.api.wasm_trap_trace(trap, runtime.scratch.vector)
  return takeFrames(runtime, source)
}

function takeFrames({ api, scratch }: Runtime, source: WasmtimeTrapSource): TrapFrame[] {
  const frames: TrapFrame[] = []
  for (const frame of scratch.pointers().slice(0, MAX_TRAP_FRAMES)) {
    const index = api.wasm_frame_func_index(frame)
    const offset = Number(api.wasm_frame_module_offset(frame))
    const originalOffset = offset >= UNKNOWN_OFFSET ? source.functionStart(index) : offset
    frames.push({ func: source.functionName(index), originalOffset })
  }
  api.wasm_frame_vec_delete(scratch.vector)
  return frames
}

/** The innermost guest call knows all frames; outer ones pass on what it threw. */
function withFrames(error: unknown, frames: readonly TrapFrame[]): unknown {
  if (isStackOverflow(error)) return guestTrap(error.message, { gasSpent: false, memoryFull: false }, frames)
  if (!(error instanceof VmTrap) || error.frames.length > 0) return error
  return new VmTrap(error.kind, error.message, frames)
}
