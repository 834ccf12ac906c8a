import type { GuestMemory } from '../vm/engine.ts'

/**
 * Sees every crossing of the line between host and guest, for transcripts. Attached when a VM is made; without one
 * hostcalls are not wrapped at all and a callback pays one comparison.
 */
export interface VmObserver {
  /** The host calls an exported function; hostcalls until `leave` come from it. */
  enter(callback: string, args: readonly number[]): void
  /** The call returned; `result` means nothing for a callback without one. Not called after a trap. */
  leave(callback: string, result: number): void
  /** A hostcall returned `status`. Addresses in `args` can be read from `memory` during this call. */
  hostcall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory): void
  /** The guest trapped; the VM is failed. */
  trap(callback: string, message: string): void
}
