/** The engine of Node itself: modules are rewritten (see rewriter.ts), compiled once and shared. */
import { MalformedModule } from './byte-reader.ts'
import { VmTrap } from './engine.ts'
import type { Engine, EngineLimits, GuestFunction, GuestMemory, HostImports, Instance, ModuleItem, WasmModule } from './engine.ts'
import { V8Memory } from './guest-memory.ts'
import { isStackOverflow } from './guest-trap.ts'
import { ModuleCache, refusedModule } from './module-cache.ts'
import { checkMemoryMinimum, readFunctionNames, readModuleInfo, type ModuleInfo } from './module-info.ts'
import type { Block } from './blocks.ts'
import { BLOCK_EXPORT, GAS_EXPORT, REFILL_EXPORT, START_EXPORT, rewrite, type Rewritten } from './rewriter.ts'
import { keepGuestFrames, trapOf, type TrapSource } from './v8-trap.ts'

/** The counter is an i32: limits above are as good as this one. */
const MAX_GAS = 0x7fffffff
/** V8 allows no more pages. */
const MAX_PAGES = 65536

/** Told of the instances of modules whose blocks count their entries. */
export interface BlockObserver {
  /** `countOf` tells how often the i-th block has been entered so far. */
  instantiated(code: Uint8Array, blocks: readonly Block[], countOf: (block: number) => number): void
}

export class V8Engine implements Engine {
  readonly name = 'v8'
  readonly #modules: ModuleCache<V8Module>

  /** With an observer every block of a guest counts, which costs time. */
  constructor(observer: BlockObserver | null = null) {
    this.#modules = new ModuleCache((bytes, limits) => compileModule(bytes, limits, observer))
    keepGuestFrames()
  }

  compile(bytes: Uint8Array, limits: EngineLimits): WasmModule {
    return this.#modules.get(bytes, limits)
  }
}

function compileModule(bytes: Uint8Array, limits: EngineLimits, observer: BlockObserver | null): V8Module {
  const gas = limits.gas > BigInt(MAX_GAS) ? MAX_GAS : Number(limits.gas)
  const memoryPages = Math.min(limits.memoryPages, MAX_PAGES)
  try {
    const info = readModuleInfo(bytes)
    checkValid(bytes)
    checkMemoryMinimum(info, memoryPages)
    const rewritten = rewrite(bytes, info, { gas, memoryPages, countsBlocks: observer !== null })
    const module = new WebAssembly.Module(rewritten.bytes)
    return new V8Module(module, info, bytes, rewritten, gas, memoryPages, observer)
  } catch (error) {
    if (!(error instanceof MalformedModule || error instanceof WebAssembly.CompileError)) throw error
    throw refusedModule(error)
  }
}

/** Neither memory nor address space for another guest. */
function isOutOfMemory(error: unknown): error is RangeError {
  return error instanceof RangeError && !isStackOverflow(error)
}

/** The rewriter relies on valid input; the second compilation is there for V8's message. */
function checkValid(bytes: Uint8Array): void {
  if (!WebAssembly.validate(bytes)) void new WebAssembly.Module(bytes)
}

function counterOf({ exports }: WebAssembly.Instance): (block: number) => number {
  return (block) => (exports[BLOCK_EXPORT + block] as WebAssembly.Global).value as number
}

class V8Module implements WasmModule, TrapSource {
  readonly imports: readonly ModuleItem[]
  readonly exports: readonly ModuleItem[]
  readonly #module: WebAssembly.Module
  readonly #info: ModuleInfo
  readonly #bytes: Uint8Array
  readonly #rewritten: Rewritten
  readonly #gas: number
  readonly #memoryPages: number
  readonly #observer: BlockObserver | null
  #names: ReadonlyMap<number, string> | null = null

  constructor(
    module: WebAssembly.Module,
    info: ModuleInfo,
    bytes: Uint8Array,
    rewritten: Rewritten,
    gas: number,
    memoryPages: number,
    observer: BlockObserver | null,
  ) {
    this.imports = info.imports
    this.exports = info.exports
    this.#module = module
    this.#info = info
    this.#bytes = bytes
    this.#rewritten = rewritten
    this.#gas = gas
    this.#memoryPages = memoryPages
    this.#observer = observer
  }

  instantiate(imports: HostImports): Instance {
    const instance = this.#create(imports)
    try {
      instance.func(START_EXPORT)?.()
      return instance
    } catch (error) {
      throw instance.trap(error) ?? error
    }
  }

  /** The start section has become an export: what runs here is data and element segments, which may not fit. */
  #create(imports: HostImports): V8Instance {
    try {
      const memory = this.#importedMemory()
      const instance = new WebAssembly.Instance(this.#module, this.#importValues(imports, memory))
      this.#observer?.instantiated(this.#bytes, this.#rewritten.blocks, counterOf(instance))
      return new V8Instance(instance, memory ?? this.#exportedMemory(instance), this, this.#gas, this.#maxPages())
    } catch (error) {
      if (isOutOfMemory(error)) throw refusedModule(error)
      throw trapOf(error, this, { gasSpent: false, memoryFull: false }) ?? error
    }
  }

  functionName(index: number): string {
    this.#names ??= readFunctionNames(this.#bytes)
    return this.#names.get(index) ?? `$${index}`
  }

  toOriginal(offset: number): number {
    return this.#rewritten.offsets.toOriginal(offset)
  }

  #maxPages(): number {
    return Math.min(this.#info.memory?.max ?? MAX_PAGES, this.#memoryPages)
  }

  #importedMemory(): WebAssembly.Memory | null {
    if (!this.#info.memoryImported) return null
    return new WebAssembly.Memory({ initial: this.#info.memory!.min, maximum: this.#maxPages() })
  }

  #exportedMemory(instance: WebAssembly.Instance): WebAssembly.Memory | null {
    const item = this.exports.find((candidate) => candidate.kind === 'memory')
    return item === undefined ? null : (instance.exports[item.name] as WebAssembly.Memory)
  }

  #importValues(imports: HostImports, memory: WebAssembly.Memory | null): WebAssembly.Imports {
    const values: Record<string, Record<string, WebAssembly.ImportValue>> = {}
    for (const item of this.imports) {
      const module = (values[item.module] ??= {})
      if (item.kind === 'memory') module[item.name] = memory!
      else module[item.name] = imports.get(item.module)!.get(item.name)!.call
    }
    return values
  }
}

class V8Instance implements Instance {
  readonly memory: GuestMemory | null
  readonly #memory: WebAssembly.Memory | null
  readonly #exports: WebAssembly.Exports
  readonly #source: TrapSource
  readonly #refill: (gas: number) => void
  readonly #gas: number
  readonly #maxPages: number

  constructor(
    instance: WebAssembly.Instance,
    memory: WebAssembly.Memory | null,
    source: TrapSource,
    gas: number,
    maxPages: number,
  ) {
    this.memory = memory === null ? null : new V8Memory(memory)
    this.#memory = memory
    this.#exports = instance.exports
    this.#source = source
    this.#refill = instance.exports[REFILL_EXPORT] as (gas: number) => void
    this.#gas = gas
    this.#maxPages = maxPages
  }

  func(name: string): GuestFunction | null {
    const found = this.#exports[name]
    return typeof found === 'function' ? (found as GuestFunction) : null
  }

  refillGas(): void {
    this.#refill(this.#gas)
  }

  drainGas(): void {
    this.#refill(-1)
  }

  /** V8 collects what nobody uses. */
  dispose(): void {}

  trap(error: unknown): VmTrap | null {
    const gasLeft = (this.#exports[GAS_EXPORT] as WebAssembly.Global).value as number
    const pages = this.#memory === null ? -1 : this.#memory.buffer.byteLength / 65536
    return trapOf(error, this.#source, { gasSpent: gasLeft < 0, memoryFull: pages >= this.#maxPages })
  }
}
