/**
 * What all guests of a thread share: the library, memory for calls, and the one function through which guests call the
 * host (hot).
 *
 *     host ── call ──► guest ── enter ──► hostcall ── call ──► the guest's allocator …
 *
 * A hostcall that throws must not throw through native code: what it threw is kept, a trap unwinds the guest, and the
 * guest call that ends with it throws it again.
 */
import { guestTrap } from '../guest-trap.ts'
import { makeSlots, MAX_NESTING, type CallSlot } from './call-slots.ts'
import type { Api, Ffi } from './ffi.ts'
import { EXTERN_SIZE } from './layout.ts'
import { Scratch } from './scratch.ts'
import { StackWindow } from './stack-window.ts'

/** A guest that is entered: what the runtime needs to serve its hostcalls. */
export interface RunningGuest {
  /** By index of the import. */
  readonly hostFunctions: readonly HostAdapter[]
  /** The guest calls the host. */
  onHostcall(): void
  /** A call into the guest has ended; `isOver` = the outermost one. */
  onReturn(isOver: boolean): void
}

/** Calls a host function with the values at an index of the window, and puts its result there. */
export type HostAdapter = (window: StackWindow, index: number) => void

/** What a host function threw. */
export interface HostFailure {
  readonly error: unknown
}

export class Runtime {
  readonly ffi: Ffi
  readonly api: Api
  readonly scratch: Scratch
  /** Address of the function that every import of every guest calls. */
  readonly entry: number
  readonly #window: StackWindow
  readonly #slots: readonly CallSlot[]
  /** Guests that are entered, the innermost last. */
  readonly #running: RunningGuest[] = []
  #failure: HostFailure | null = null

  constructor(ffi: Ffi) {
    this.ffi = ffi
    this.api = ffi.api
    this.scratch = new Scratch(ffi)
    this.#window = new StackWindow(ffi)
    this.#slots = makeSlots(ffi)
    this.entry = ffi.callback((index, _caller, values) => this.#enter(index, values))
  }

  /** The slot for one more guest call; throws VmTrap when they are nested too deep. */
  nextSlot(): CallSlot {
    const level = this.#running.length
    if (level === MAX_NESTING) throw guestTrap('Maximum call stack size exceeded', NOTHING_SPENT, [])
    return this.#slots[level]!
  }

  isRunning(guest: RunningGuest): boolean {
    return this.#running.includes(guest)
  }

  /** Calls the function at `func` with `count` values; returns an error or 0, the slot has the trap. */
  call(guest: RunningGuest, slot: CallSlot, context: number, func: number, count: number): number {
    this.#running.push(guest)
    try {
      return this.api.wasmtime_func_call_unchecked(context, func, slot.values, count, slot.trap)
    } finally {
      this.#leave(guest)
    }
  }

  /** Makes an instance at the address `instance`, which runs the module's start section; returns an error or 0. */
  instantiate(guest: RunningGuest, context: number, module: number, imports: ArrayBuffer, instance: number): number {
    this.#running.push(guest)
    try {
      const count = imports.byteLength / EXTERN_SIZE
      const { trap } = this.scratch
      return this.api.wasmtime_instance_new(context, module, this.ffi.addressOf(imports), count, instance, trap)
    } finally {
      this.#leave(guest)
    }
  }

  /** What a host function threw to end the guest call that has just failed, or null. */
  takeFailure(): HostFailure | null {
    const failure = this.#failure
    this.#failure = null
    return failure
  }

  #leave(guest: RunningGuest): void {
    this.#running.pop()
    guest.onReturn(!this.isRunning(guest))
  }

  /** Returns a trap for the guest, or 0. */
  #enter(index: number, values: number): number {
    try {
      const guest = this.#running[this.#running.length - 1]!
      guest.onHostcall()
      guest.hostFunctions[index]!(this.#window, this.#window.indexOf(values))
      return 0
    } catch (error) {
      this.#failure = { error }
      return this.api.wasmtime_trap_new(this.scratch.text, 0)
    }
  }
}

const NOTHING_SPENT = { gasSpent: false, memoryFull: false }
