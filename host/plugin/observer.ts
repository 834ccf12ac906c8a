import type { GuestMemory } from '../vm/engine.ts'
import type { Context } from './context.ts'

/**
 * Sees every crossing of the line between host and guest, for transcripts and taps. It may come and go while the VM runs;
 * without one a callback and a hostcall pay one comparison each.
 */
export interface VmObserver {
  /** The host calls an exported function for `context`; hostcalls until `leave` come from it. */
  enter(callback: string, args: readonly number[], context: Context): void
  /** The call returned; `result` means nothing for a callback without one. Not called after a trap. */
  leave(callback: string, result: number): void
  /** A hostcall returned `status` after `millis`. Addresses in `args` can be read from `memory` during this call. */
  hostcall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory, millis: number): void
  /** The guest trapped; the VM is failed. */
  trap(callback: string, message: string): void
}
