/** Kinds and texts of traps: the same whichever engine runs the guest. */
import { VmTrap, type TrapFrame, type TrapKind } from './engine.ts'

/** What the instance looked like when it stopped. */
export interface TrapState {
  readonly gasSpent: boolean
  readonly memoryFull: boolean
}

/**
 * The trap of a guest that stopped with `message`, in V8's words. An exhausted counter and a guest that gives up because
 * its memory is full both look like `unreachable`: the state tells them apart.
 */
export function guestTrap(message: string, state: TrapState, frames: readonly TrapFrame[]): VmTrap {
  const kind = kindOf(message, state)
  return new VmTrap(kind, describe(kind, message), frames)
}

/** True for V8's error of a thread whose stack is used up. */
export function isStackOverflow(error: unknown): error is RangeError {
  return error instanceof RangeError && error.message.startsWith('Maximum call stack')
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
