/** Turns what V8 throws out of a guest into a {@link VmTrap}. */
import { MAX_TRAP_FRAMES } from '../abi/limits.ts'
import { VmTrap, type TrapFrame } from './engine.ts'
import { guestTrap, isStackOverflow, type TrapState } from './guest-trap.ts'

/** What a trap's frames need of the module. */
export interface TrapSource {
  functionName(index: number): string
  toOriginal(offset: number): number
}

/** The trap behind a thrown value, or null for an error that the guest did not cause. */
export function trapOf(error: unknown, source: TrapSource, state: TrapState): VmTrap | null {
  if (error instanceof VmTrap) return new VmTrap(error.kind, error.message, framesOf(error.stack, source))
  if (!isGuestError(error)) return null
  return guestTrap(messageOf(error), state, framesOf(error instanceof Error ? error.stack : '', source))
}

/** Makes room for a guest's frames in V8's stack texts; the setting is global to the thread. */
export function keepGuestFrames(): void {
  if (Error.stackTraceLimit < MAX_TRAP_FRAMES) Error.stackTraceLimit = MAX_TRAP_FRAMES
}

function isGuestError(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError || error instanceof WebAssembly.Exception) return true
  return isStackOverflow(error)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'uncaught exception of the guest'
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
