/** An engine around another one: it programs each guest before a callback and compares the guest's memory after it. */
import type { SeededRandom } from '../../../host/testing/seeded-random.ts'
import type { Engine, EngineLimits, GuestFunction, HostImports, Instance, WasmModule } from '../../../host/vm/engine.ts'
import { FREE, HEAP, PROGRAM, SIZE, STATUS_AT, STEP_BYTES } from './programmable-guest.ts'
import { NOT_RUN, RandomProgram } from './random-program.ts'

const MASK = 0xaa
/** Of the ABI. */
const STATUSES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 6, 7, 8, 10, 11, 12, NOT_RUN])

/** Where a watched engine reports to. */
export interface Watcher {
  readonly random: SeededRandom
  /** What must not have happened. */
  readonly faults: string[]
  /** Callbacks and hostcalls so far. */
  operations: number
  /** Guests do nothing any more and let everything pass. */
  readonly isQuiet: boolean
}

export class WatchedEngine implements Engine {
  readonly name: string
  readonly #engine: Engine
  readonly #watcher: Watcher

  constructor(engine: Engine, watcher: Watcher) {
    this.name = engine.name
    this.#engine = engine
    this.#watcher = watcher
  }

  compile(bytes: Uint8Array, limits: EngineLimits): WasmModule {
    const module = this.#engine.compile(bytes, limits)
    const instantiate = (imports: HostImports): Instance => new WatchedInstance(module.instantiate(imports), this.#watcher)
    return { imports: module.imports, exports: module.exports, instantiate }
  }
}

class WatchedInstance implements Instance {
  readonly memory: Instance['memory']
  readonly #instance: Instance
  readonly #watcher: Watcher
  readonly #program: RandomProgram
  readonly #expected = Buffer.alloc(SIZE)

  constructor(instance: Instance, watcher: Watcher) {
    this.memory = instance.memory
    this.#instance = instance
    this.#watcher = watcher
    this.#program = new RandomProgram(watcher.random)
    const bytes = instance.memory!.u8()
    bytes.fill(MASK, 0, HEAP)
    bytes.fill(MASK, FREE, SIZE)
  }

  func(name: string): GuestFunction | null {
    const found = this.#instance.func(name)
    if (found === null || !/^(proxy|envoy)_on_/.test(name)) return found
    return (...args) => this.#call(name, found, args)
  }

  refillGas(): void {
    this.#instance.refillGas()
  }

  drainGas(): void {
    this.#instance.drainGas()
  }

  dispose(): void {
    this.#instance.dispose()
  }

  trap(error: unknown): ReturnType<Instance['trap']> {
    return this.#instance.trap(error)
  }

  #call(name: string, callback: GuestFunction, args: readonly number[]): number {
    const before = this.memory!.u8()
    this.#program.writeInputs(before)
    if (isOfStart(name, args)) this.#program.writeQuiet(before, 1)
    else if (this.#watcher.isQuiet) this.#program.writeQuiet(before, 0)
    else this.#program.write(before)
    before.copy(this.#expected, 0, 0, SIZE)
    try {
      return callback(...args)
    } finally {
      this.#check(name)
    }
  }

  /** Results may stand where the program named them; the allocator's area is the guest's own. */
  #check(callback: string): void {
    const bytes = this.memory!.u8()
    const expected = this.#expected
    const allow = (start: number, end: number): void => void bytes.copy(expected, start, start, Math.min(end, SIZE))
    allow(HEAP, PROGRAM)
    for (const start of this.#program.outputs) if (start < SIZE) allow(start, start + 8)
    const statuses = this.#program.statuses(bytes)
    statuses.forEach(({ name, status }, step) => {
      const at = PROGRAM + step * STEP_BYTES + STATUS_AT
      allow(at, at + 4)
      if (!STATUSES.has(status)) this.#watcher.faults.push(`${callback}: ${name} returned ${status}`)
    })
    this.#watcher.operations += 1 + statuses.length
    if (bytes.compare(expected, 0, SIZE, 0, SIZE) === 0) return
    const at = bytes.findIndex((byte, index) => byte !== expected[index])
    this.#watcher.faults.push(`${callback}: byte 0x${at.toString(16)} was written`)
  }
}

/** What must succeed for the plugin to run at all. */
function isOfStart(name: string, args: readonly number[]): boolean {
  return name === 'proxy_on_vm_start' || name === 'proxy_on_configure' || (name === 'proxy_on_context_create' && args[1] === 0)
}
