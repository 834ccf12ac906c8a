/**
 * One virtual machine: an instance of a module with the contexts in it (hot). It is entered for one callback at a
 * time; only its allocator is called from inside a hostcall. What a guest asks for during a callback and that would
 * call it again (continue, reply, close, done) is kept and performed in order when the outermost call has ended.
 */
import { Status } from '../abi/enums.ts'
import { DEFAULT_GAS, DEFAULT_MEMORY_PAGES, MAX_HOSTCALLS, MAX_LOG_BYTES } from '../abi/limits.ts'
import type { AbiVersion } from '../abi/version.ts'
import type { PluginConfig } from '../config/types.ts'
import { SluiceError } from '../errors.ts'
import type { Services } from '../hostcalls/services.ts'
import type { Logger } from '../util/logger.ts'
import { assert } from '../util/assert.ts'
import { reserveStack } from '../util/stack-reserve.ts'
import { VmTrap, type Engine, type GuestFunction, type GuestMemory, type HostImports, type Instance } from '../vm/engine.ts'
import { NoMemory } from '../vm/guest-memory.ts'
import { checkAbiVersion, checkExports, checkImports } from '../vm/load-checks.ts'
import { backtraceText } from './backtrace.ts'
import { Callbacks } from './callbacks.ts'
import { ContextTable } from './context-table.ts'
import type { Context } from './context.ts'
import type { HostcallGate } from './hostcall-gate.ts'
import type { StreamContext } from './stream-context.ts'
import type { VmObserver } from './observer.ts'
import { TokenCounter, TokenKind } from './token-counter.ts'
import { VmCounts, type VmStats } from './vm-stats.ts'

/** Where the guest is; everything but Running restricts hostcalls. */
export const Phase = {
  Running: 0,
  /** Inside the guest's allocator, called by a hostcall. */
  Malloc: 1,
  /** Inside `_initialize`, `_start` or `main`. */
  Start: 2,
  /** Inside the module's start section: no memory and no instance yet. */
  StartSection: 3,
} as const

/** What one log line costs in units of {@link Vm.work}. */
const LOG_WORK = 16

type Phase = (typeof Phase)[keyof typeof Phase]

/** Makes the functions that a VM's module may import. */
export type ImportFactory = (vm: Vm) => HostImports

export interface VmOptions {
  readonly engine: Engine
  readonly services: Services
  readonly stats: VmStats
  readonly observer: VmObserver | null
  readonly gate: HostcallGate | null
  readonly imports: ImportFactory
}

/** Something to do when the outermost guest call has ended. */
export interface DeferredAction {
  /** The context it belongs to. */
  readonly context: Context
  perform(): void
}

export class Vm {
  phase: Phase = Phase.StartSection
  /** True after a trap: the guest is never entered again. */
  failed = false
  /** The context whose callback runs, and the one that hostcalls act on; null outside of callbacks. */
  current: Context | null = null
  effective: Context | null = null
  memory: GuestMemory = new NoMemory()
  readonly version: AbiVersion
  readonly callbacks: Callbacks
  readonly config: PluginConfig
  readonly services: Services
  /** The component that guests and their VMs write to. */
  readonly log: Logger
  /** May change between callbacks. */
  observer: VmObserver | null
  readonly gate: HostcallGate | null
  /** Live contexts by id. */
  readonly contexts = new ContextTable()
  readonly deferred: DeferredAction[] = []
  readonly httpCalls = new TokenCounter(TokenKind.HttpCall)
  readonly grpcCalls = new TokenCounter(TokenKind.GrpcCall)
  readonly grpcStreams = new TokenCounter(TokenKind.GrpcStream)
  /** Work that hostcalls of this callback may still do; one is about what the simplest hostcall costs. */
  #work = MAX_HOSTCALLS
  /** Bytes that this callback may still log. */
  #logBytes = MAX_LOG_BYTES
  /** Why a hostcall stopped the guest, in case the guest catches it. */
  #stop: VmTrap | null = null
  /** Monotonic milliseconds when the VM was made. */
  readonly loadedAt: number
  readonly #instance: Instance
  readonly #malloc: GuestFunction
  readonly #stats: VmStats
  readonly #counts: VmCounts
  /** Envoy's first token is 2. */
  #lastName = 1
  #closed = false

  /** Loads the module and runs its start functions; throws SluiceError. */
  constructor(config: PluginConfig, options: VmOptions) {
    const module = options.engine.compile(config.code, { gas: DEFAULT_GAS, memoryPages: DEFAULT_MEMORY_PAGES })
    this.config = config
    this.services = options.services
    this.log = options.services.loggers.get('wasm')
    this.observer = options.observer
    this.gate = options.gate
    this.version = checkAbiVersion(module, config.codeSource)
    const imports = options.imports(this)
    checkImports(module, imports, config.codeSource)
    checkExports(module, this.version, config.codeSource, config.allowedCapabilities)
    this.#instance = this.#create(() => module.instantiate(imports))
    this.memory = this.#instance.memory ?? this.memory
    this.#malloc = gated((this.#instance.func('malloc') ?? this.#instance.func('proxy_on_memory_allocate'))!, options.gate)
    this.callbacks = new Callbacks(this.#instance, this.version, config.allowedCapabilities)
    this.loadedAt = options.services.clock.monotonicMillis()
    this.#stats = options.stats
    this.#counts = new VmCounts(options.stats, options.engine.name)
    this.#start()
    this.#counts.opened()
  }

  /** The next token of a look-up of a name. */
  nextNameToken(): number {
    this.#lastName = (this.#lastName + 1) | 0 || 1
    return this.#lastName >>> 0
  }

  /**
   * Calls an exported function for `context`. After a trap the VM is failed and the result means nothing: callers
   * look at `failed`. `leave` must follow.
   */
  call1(name: string, callback: GuestFunction, context: Context, a: number): number {
    this.#enter(context)
    if (this.observer !== null) this.observer.enter(name, [a], context)
    let result = 0
    try {
      result = callback(a)
      if (this.failed) throw this.#stop!
    } catch (error) {
      this.#fail(name, error)
    }
    if (this.observer !== null) this.#observeResult(name, result)
    return result
  }

  /** As {@link call1}. */
  call2(name: string, callback: GuestFunction, context: Context, a: number, b: number): number {
    this.#enter(context)
    if (this.observer !== null) this.observer.enter(name, [a, b], context)
    let result = 0
    try {
      result = callback(a, b)
      if (this.failed) throw this.#stop!
    } catch (error) {
      this.#fail(name, error)
    }
    if (this.observer !== null) this.#observeResult(name, result)
    return result
  }

  /** As {@link call1}. */
  call3(name: string, callback: GuestFunction, context: Context, a: number, b: number, c: number): number {
    this.#enter(context)
    if (this.observer !== null) this.observer.enter(name, [a, b, c], context)
    let result = 0
    try {
      result = callback(a, b, c)
      if (this.failed) throw this.#stop!
    } catch (error) {
      this.#fail(name, error)
    }
    if (this.observer !== null) this.#observeResult(name, result)
    return result
  }

  /** As {@link call1}. */
  call5(name: string, callback: GuestFunction, context: Context, a: number, b: number, c: number, d: number, e: number): number {
    this.#enter(context)
    if (this.observer !== null) this.observer.enter(name, [a, b, c, d, e], context)
    let result = 0
    try {
      result = callback(a, b, c, d, e)
      if (this.failed) throw this.#stop!
    } catch (error) {
      this.#fail(name, error)
    }
    if (this.observer !== null) this.#observeResult(name, result)
    return result
  }

  /** Ends a callback: performs what was deferred. Actions may enter the guest again, so each is taken first. */
  leave(): void {
    this.current = null
    this.effective = null
    while (this.deferred.length !== 0 && this.current === null) this.deferred.shift()!.perform()
  }

  /** Memory of the guest's allocator, or 0 when it has none left or hands out what is no memory. */
  allocate(size: number): number {
    this.#work -= size >>> 10
    this.phase = Phase.Malloc
    const address = this.#malloc(size) >>> 0
    this.phase = Phase.Running
    return address + size <= this.memory.u8().length ? address : 0
  }

  /** First line of a hostcall: throws in a restricted phase, when the callback made too many, and without stack for one. */
  admit(): void {
    this.admitIf(this.phase === Phase.Running)
  }

  /** As {@link admit}, for hostcalls that other phases allow too. */
  admitIf(isAllowed: boolean): void {
    if (!isAllowed || --this.#work < 0) throw this.#stopped(isAllowed)
    reserveStack()
  }

  /** Counts what a hostcall does beyond the simplest, in units of that. */
  work(units: number): void {
    this.#work -= units
  }

  /** False when the callback has logged too much; counts what it logs. */
  mayLog(bytes: number): boolean {
    this.#work -= LOG_WORK
    this.#logBytes -= bytes
    return this.#logBytes >= 0
  }

  /** Counts a refusal for want of room; the status of it. */
  exceeded(resource: string): number {
    const { name } = this.effective?.root.config ?? this.config
    this.#stats.counter(`wasm.${name}.limit_${resource}`).add(1)
    return Status.InternalFailure
  }

  /**
   * Takes the VM out of service: failed, or its last plugin stopped. Roots that wait for `proxy_done` wait no longer and
   * get no on_delete, as in Envoy. Harmless when repeated.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#counts.closed()
    for (const context of this.contexts.all()) if (context.stream === null) context.root.drop()
    // Streams that go on are still entered.
    if (this.failed || this.contexts.size === 0) this.#instance.dispose()
  }

  #enter(context: Context): void {
    assert(this.current === null && !this.failed, 'the guest is entered for one callback at a time')
    this.current = context
    this.effective = context
    this.#refill()
  }

  #refill(): void {
    this.#instance.refillGas()
    this.memory.taken = 0
    this.#work = MAX_HOSTCALLS
    this.#logBytes = MAX_LOG_BYTES
  }

  /** The trap that ends the guest even if it catches everything: it has no gas from here on. */
  #stopped(isAllowed: boolean): VmTrap {
    this.failed = true
    if (this.phase !== Phase.StartSection) this.#instance.drainGas()
    this.#stop ??= isAllowed
      ? new VmTrap('gas', 'Error: the callback made too many hostcalls', [])
      : new VmTrap('restricted', 'Error: restricted_callback', [])
    return this.#stop
  }

  #observeResult(name: string, result: number): void {
    if (!this.failed) this.observer!.leave(name, result)
  }

  #fail(name: string, error: unknown): void {
    this.failed = true
    this.deferred.length = 0
    const trap = this.#instance.trap(this.#stop ?? error) ?? this.#hostFault(error)
    this.#stats.counter(`wasm.${this.current!.root.config.name}.trap_${trap.kind}`).add(1)
    this.log.log(4, backtraceText(name, trap, this.config.sourceMap))
    this.observer?.trap(name, trap.message)
    for (const context of this.contexts.all()) {
      if (context.stream === null) context.root.onVmFailed()
      else if (context !== this.current) this.deferred.push(new FailureAction(context.stream))
    }
  }

  /** A hostcall has thrown: a defect of the host. Its guest pays with its VM, other streams of the thread do not. */
  #hostFault(error: unknown): VmTrap {
    this.log.log(5, `A hostcall failed: ${error instanceof Error ? error.stack : String(error)}`)
    return new VmTrap('host', `Error: ${String(error)}`, [])
  }

  #start(): void {
    const initialize = this.#instance.func('_initialize')
    this.phase = Phase.Start
    this.#create(() => {
      if (initialize === null) this.#instance.func('_start')?.()
      else {
        initialize()
        const main = this.#instance.func('main')
        if (main === null) this.#instance.func('__main_void')?.()
        else main(0, 0)
      }
    })
    this.phase = Phase.Running
  }

  /** Runs a step of loading: a trap in it is a refusal. */
  #create<T>(step: () => T): T {
    try {
      const value = step()
      if (this.#stop === null) return value
      throw this.#stop
    } catch (error) {
      const cause = this.#stop ?? error
      const trap = cause instanceof VmTrap ? cause : (this.#instance?.trap(cause) ?? null)
      if (trap === null) throw error
      this.#instance?.dispose()
      const path = this.config.codeSource
      throw new SluiceError('SLUICE_WASM_START', 'Failed to initialize Wasm code', { path, seen: trap.message }, trap)
    }
  }
}

/** The guest's allocator, as far as the gate lets it. */
function gated(malloc: GuestFunction, gate: HostcallGate | null): GuestFunction {
  return gate === null ? malloc : (size) => (gate.allocation() ? malloc(size!) : 0)
}

/** Tells a stream that its VM is gone. */
class FailureAction implements DeferredAction {
  readonly context: StreamContext

  constructor(context: StreamContext) {
    this.context = context
  }

  perform(): void {
    if (!this.context.ended) this.context.host.vmFailed()
  }
}
