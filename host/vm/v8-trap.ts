/** Turns what V8 throws out of a guest into a {@link VmTrap}. */
import { MAX_TRAP_FRAMES } from '../abi/limits.ts'
import { VmTrap, type TrapFrame, type TrapKind } from './engine.ts'

/** What a trap's frames need of the module. */
export interface TrapSource {
  functionName(index: number): string
  toOriginal(offset: number): number
}

/** What the instance looked like when it stopped. */
export interface TrapState {
  readonly gasSpent: boolean
  readonly memoryFull: boolean
}

/**
 * The trap behind a thrown value, or null for an error that the guest did not cause. An exhausted counter and a
 * guest that gives up because its memory is full both look like `unreachable` to V8: the state tells them apart.
 */
export function trapOf(error: unknown, source: TrapSource, state: TrapState): VmTrap | null {
  if (error instanceof VmTrap) return new VmTrap(error.kind, error.message, framesOf(error.stack, source))
  if (!isGuestError(error)) return null
  const message = messageOf(error)
  const kind = kindOf(message, state)
  return new VmTrap(kind, describe(kind, message), framesOf(error instanceof Error ? error.stack : '', source))
}

/** Makes room for a guest's frames in V8's stack texts; the setting is global to the thread. */
export function keepGuestFrames(): void {
  if (Error.stackTraceLimit < MAX_TRAP_FRAMES) Error.stackTraceLimit = MAX_TRAP_FRAMES
}

function isGuestError(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError || error instanceof WebAssembly.Exception) return true
  return error instanceof RangeError && error.message.startsWith('Maximum call stack')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'uncaught exception of the guest'
}

function kindOf(message: string, state: TrapState): TrapKind {
  if (message.startsWith('Maximum call stack')) return 'stack'
  if (message.startsWith('memory access out of bounds')) return 'memory'
  if (message !== 'unreachable') return 'other'
  if (state.gasSpent) return 'gas'
  return state.memoryFull ? 'memory' : 'unreachable'
}

function describe(kind: TrapKind, message: string): string {
  if (kind === 'gas') return 'RuntimeError: the callback used up its gas'
  if (kind === 'memory' && message === 'unreachable') return 'RuntimeError: unreachable (memory is at its limit)'
  return kind === 'stack' ? `RangeError: ${message}` : `RuntimeError: ${message}`
}

function framesOf(stack: string | undefined, source: TrapSource): TrapFrame[] {
  const frames: TrapFrame[] = []
  for (const [, index, offset] of (stack ?? '').matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)) {
    if (frames.length === MAX_TRAP_FRAMES) break
    const originalOffset = source.toOriginal(Number.parseInt(offset!, 16))
    frames.push({ func: source.functionName(Number(index)), originalOffset })
  }
  return frames
}
