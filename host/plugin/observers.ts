/** One observer that tells others. */
import type { Context } from './context.ts'
import type { VmObserver } from './observer.ts'
import type { GuestMemory } from '../vm/engine.ts'

/** The observers that there are as one; null for none. */
export function together(all: readonly (VmObserver | null | undefined)[]): VmObserver | null {
  const observers = all.filter((one) => one !== null && one !== undefined)
  return observers.length < 2 ? (observers[0] ?? null) : new Observers(observers)
}

class Observers implements VmObserver {
  readonly #all: readonly VmObserver[]

  constructor(all: readonly VmObserver[]) {
    this.#all = all
  }

  enter(callback: string, args: readonly number[], context: Context): void {
    for (const one of this.#all) one.enter(callback, args, context)
  }

  leave(callback: string, result: number): void {
    for (const one of this.#all) one.leave(callback, result)
  }

  hostcall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory, millis: number): void {
    for (const one of this.#all) one.hostcall(name, args, status, memory, millis)
  }

  trap(callback: string, message: string): void {
    for (const one of this.#all) one.trap(callback, message)
  }
}
