/**
 * Failures that a test forces on filters: a hostcall that answers a status instead of being made, a trap at a hostcall,
 * an allocator without room.
 *
 *     const faults = new Faults().answer('proxy_http_call', 'InternalFailure', { at: 2 })
 *     const host = createTestHost({ filters: […], faults })
 */
import { Status } from '../abi/enums.ts'
import { HOSTCALLS } from '../abi/hostcalls.ts'
import type { HostcallGate } from '../plugin/hostcall-gate.ts'
import { VmTrap } from '../vm/engine.ts'
import { WASI_FUNCTIONS } from '../vm/wasi.ts'

export type StatusName = keyof typeof Status

/** Which calls fail, counted from 1 since the fault was set; default: all of them. */
export interface FaultTimes {
  /** The first one that fails; default 1. */
  readonly at?: number
  /** How many fail from there on; default: all. */
  readonly times?: number
}

/** How the message of a forced trap begins. */
export const FORCED_TRAP = 'RuntimeError: trap forced by a test'

type Effect = { readonly status: number } | { readonly trap: string }

class Fault {
  readonly effect: Effect
  readonly #first: number
  readonly #last: number
  #calls = 0

  constructor(effect: Effect, { at = 1, times = Number.POSITIVE_INFINITY }: FaultTimes) {
    this.effect = effect
    this.#first = at
    this.#last = at + times - 1
  }

  /** Counts a call; true when it fails. */
  hits(): boolean {
    this.#calls++
    return this.#calls >= this.#first && this.#calls <= this.#last
  }
}

const NAMES: ReadonlySet<string> = new Set([...HOSTCALLS.map(({ name }) => name), ...WASI_FUNCTIONS.map(([name]) => name)])

/** Of one test host; may be changed while it runs. The first fault set for a call decides. */
export class Faults implements HostcallGate {
  readonly #ofCalls = new Map<string, Fault[]>()
  #ofAllocations: Fault[] = []

  /** The hostcall is not made and answers the status (of WASI: an errno). Throws RangeError for an unknown hostcall. */
  answer(hostcall: string, status: StatusName | number, times: FaultTimes = {}): this {
    return this.#add(hostcall, new Fault({ status: typeof status === 'number' ? status : Status[status] }, times))
  }

  /** The guest traps at the n-th call of the hostcall from now on; default: at the next one. */
  trap(hostcall: string, at = 1): this {
    return this.#add(hostcall, new Fault({ trap: `${FORCED_TRAP} in ${hostcall}` }, { at, times: 1 }))
  }

  /** The guest's allocator has no room for what hostcalls hand over. */
  failAllocations(times: FaultTimes = {}): this {
    this.#ofAllocations.push(new Fault({ status: 0 }, times))
    return this
  }

  /** From now on nothing fails. */
  clear(): void {
    this.#ofCalls.clear()
    this.#ofAllocations = []
  }

  hostcall(name: string): number | null {
    const fault = firstHit(this.#ofCalls.get(name))
    if (fault === null) return null
    if ('status' in fault.effect) return fault.effect.status
    throw new VmTrap('other', fault.effect.trap, [])
  }

  allocation(): boolean {
    return firstHit(this.#ofAllocations) === null
  }

  #add(hostcall: string, fault: Fault): this {
    if (!NAMES.has(hostcall))
      throw new RangeError(`Bad hostcall: seen '${hostcall}', wanted a name of the ABI, as proxy_http_call`)
    const faults = this.#ofCalls.get(hostcall)
    if (faults === undefined) this.#ofCalls.set(hostcall, [fault])
    else faults.push(fault)
    return this
  }
}

/** Every fault counts the call. */
function firstHit(faults: readonly Fault[] | undefined): Fault | null {
  let hit: Fault | null = null
  for (const fault of faults ?? []) if (fault.hits()) hit ??= fault
  return hit
}
