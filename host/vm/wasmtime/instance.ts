/** A running module of wasmtime. */
import { assert } from '../../util/assert.ts'
import { VmTrap, type GuestFunction, type GuestMemory, type HostImports, type Instance, type ModuleItem } from '../engine.ts'
import { FIRST_VALUE } from './call-slots.ts'
import { Extern } from './extern.ts'
import { adaptHostFunction } from './host-adapter.ts'
import { EXTERN_SIZE, INSTANCE_SIZE } from './layout.ts'
import type { WasmtimeMemory } from './memory.ts'
import type { WasmtimeModule } from './module.ts'
import { NativeHandle } from './native-handle.ts'
import type { HostAdapter, RunningGuest, Runtime } from './runtime.ts'
import { VALUE_WORDS } from './stack-window.ts'
import { Store } from './store.ts'
import { failureOf, type WasmtimeTrapSource } from './trap.ts'

const PAGE_SIZE = 65536

/** What an export that the host calls looks like: some i32, at most one i32 back. */
const CALLABLE = /^(?:void|i32(?: i32){0,4}) -> (?:void|i32)$/

export class WasmtimeInstance implements Instance, RunningGuest, WasmtimeTrapSource {
  readonly hostFunctions: readonly HostAdapter[]
  readonly #runtime: Runtime
  readonly #module: WasmtimeModule
  readonly #store: Store
  readonly #handle: NativeHandle
  /** `wasmtime_instance_t`. */
  readonly #instance = new ArrayBuffer(INSTANCE_SIZE)
  #memory: WasmtimeMemory | null = null
  #isDisposed = false

  /** Runs the start section; throws VmTrap, or what a host function threw. */
  constructor(runtime: Runtime, module: WasmtimeModule, imports: HostImports) {
    const store = new Store(runtime, module.engine, module)
    this.#runtime = runtime
    this.#module = module
    this.#store = store
    this.#handle = new NativeHandle(this, () => store.free())
    this.hostFunctions = module.imports.map((item) => adapterOf(item, imports))
    try {
      this.#start()
    } catch (error) {
      this.dispose()
      throw error
    }
  }

  get memory(): GuestMemory | null {
    return this.#memory
  }

  func(name: string): GuestFunction | null {
    const item = this.#module.exports.find((candidate) => candidate.kind === 'function' && candidate.name === name)
    if (item === undefined || !CALLABLE.test(item.type)) return null
    const params = item.type.startsWith('void') ? 0 : item.type.split(' -> ')[0]!.split(' ').length
    return this.#makeFunction(this.#export(name), Math.max(params, 1))
  }

  refillGas(): void {
    this.#store.refuel()
  }

  drainGas(): void {
    this.#store.takeFuel()
  }

  /** Functions throw traps ready-made. */
  trap(error: unknown): VmTrap | null {
    return error instanceof VmTrap ? error : null
  }

  /** Waits for the end of the outermost call when the guest is running. */
  dispose(): void {
    this.#isDisposed = true
    if (!this.#runtime.isRunning(this)) this.#handle.release()
  }

  onHostcall(): void {
    this.#memory?.markStale()
  }

  onReturn(isOver: boolean): void {
    this.#memory?.markStale()
    if (isOver && this.#isDisposed) this.#handle.release()
  }

  functionName(index: number): string {
    return this.#module.functionName(index)
  }

  functionStart(index: number): number {
    return this.#module.functionStart(index)
  }

  isMemoryFull(): boolean {
    return this.#memory !== null && this.#memory.size / PAGE_SIZE >= this.#module.maxPages
  }

  #start(): void {
    const { context } = this.#store
    const imports = this.#module.imports.map((item, index) => this.#import(item, this.#module.importTypes[index]!, index))
    const array = new ArrayBuffer(imports.length * EXTERN_SIZE)
    imports.forEach((made, index) => made.copyTo(array, index))
    const instance = this.#runtime.ffi.addressOf(this.#instance)
    const error = this.#runtime.instantiate(this, context, this.#module.module, array, instance)
    const trap = this.#runtime.scratch.takeTrap()
    if (error !== 0 || trap !== 0) throw failureOf(this.#runtime, error, trap, this)
    const memory = this.#importedMemory(imports) ?? this.#exportedMemory()
    if (memory !== null) this.#memory = this.#store.openMemory(memory)
  }

  #import(item: ModuleItem, type: number, index: number): Extern {
    return item.kind === 'memory' ? this.#store.newMemory(type) : this.#store.newFunction(type, index)
  }

  #importedMemory(imports: readonly Extern[]): Extern | null {
    return imports[this.#module.imports.findIndex((item) => item.kind === 'memory')] ?? null
  }

  #exportedMemory(): Extern | null {
    const item = this.#module.exports.find((candidate) => candidate.kind === 'memory')
    return item === undefined ? null : this.#export(item.name)
  }

  #export(name: string): Extern {
    const { api, ffi, scratch } = this.#runtime
    const found = new Extern(ffi)
    const instance = ffi.addressOf(this.#instance)
    const length = scratch.putText(name)
    const isThere = api.wasmtime_instance_export_get(this.#store.context, instance, scratch.text, length, found.address)
    assert(isThere, 'an instance has the exports of its module')
    return found
  }

  /** `count` is the larger one of the numbers of parameters and results. Values beyond it are not looked at. */
  #makeFunction(found: Extern, count: number): GuestFunction {
    const runtime = this.#runtime
    const { context } = this.#store
    return (a = 0, b = 0, c = 0, d = 0, e = 0) => {
      assert(!this.#isDisposed, 'a disposed instance is not called')
      const slot = runtime.nextSlot()
      const { words } = slot
      words[FIRST_VALUE] = a
      words[FIRST_VALUE + VALUE_WORDS] = b
      words[FIRST_VALUE + 2 * VALUE_WORDS] = c
      words[FIRST_VALUE + 3 * VALUE_WORDS] = d
      words[FIRST_VALUE + 4 * VALUE_WORDS] = e
      const error = runtime.call(this, slot, context, found.item, count)
      const trap = slot.takeTrap()
      if (error !== 0 || trap !== 0) throw failureOf(runtime, error, trap, this)
      return words[FIRST_VALUE]!
    }
  }
}

function adapterOf(item: ModuleItem, imports: HostImports): HostAdapter {
  if (item.kind !== 'function') return notCalled
  const { type, call } = imports.get(item.module)!.get(item.name)!
  return adaptHostFunction(type, call)
}

function notCalled(): void {}
