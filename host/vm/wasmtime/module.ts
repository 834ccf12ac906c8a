/** A compiled module of wasmtime. */
import type { EngineLimits, HostImports, Instance, ModuleItem, WasmModule } from '../engine.ts'
import { readFunctionNames, readFunctionStart, Section, type ModuleInfo } from '../module-info.ts'
import { readTables, spareElements } from '../tables.ts'
import { VECTOR_SIZE } from './layout.ts'
import { WasmtimeInstance } from './instance.ts'
import { NativeHandle } from './native-handle.ts'
import type { Runtime } from './runtime.ts'

/** Where a module comes from and what its guests may use. */
export interface ModuleOrigin {
  readonly info: ModuleInfo
  readonly bytes: Uint8Array
  readonly limits: EngineLimits
}

/** Linear memory has at most as many pages. */
const MAX_PAGES = 65536

/**
 * Fuel counts instructions and bytes of bulk operations; a tick of gas pays for 16 bytes of code, which are some eight
 * instructions. With fewer, hashing a password ends here that the other engine lets pass. The cheapest loop, of which a
 * turn is a tick there, runs some four times as long before it is stopped.
 */
const FUEL_PER_TICK = 8n
const MAX_FUEL = 2n ** 53n - 1n

export class WasmtimeModule implements WasmModule {
  readonly imports: readonly ModuleItem[]
  readonly exports: readonly ModuleItem[]
  readonly engine: number
  /** `wasmtime_module_t`. */
  readonly module: number
  readonly info: ModuleInfo
  /** `wasm_externtype_t` of each import. */
  readonly importTypes: readonly number[]
  /** Fuel of one outermost call. */
  readonly fuel: number
  /** Most pages of a guest's memory. */
  readonly maxPages: number
  readonly maxTableElements: number
  readonly #runtime: Runtime
  readonly #bytes: Uint8Array
  #names: ReadonlyMap<number, string> | null = null

  /** Takes over the native module: it goes with this object. */
  constructor(runtime: Runtime, engine: number, module: number, { info, bytes, limits }: ModuleOrigin) {
    const { api, ffi } = runtime
    const imports = new ArrayBuffer(VECTOR_SIZE)
    api.wasmtime_module_imports(module, ffi.addressOf(imports))
    const fuel = limits.gas * FUEL_PER_TICK
    this.imports = info.imports
    this.exports = info.exports
    this.engine = engine
    this.module = module
    this.info = info
    this.importTypes = ffi.vector(imports).map((type) => api.wasm_importtype_type(type))
    this.fuel = Number(fuel > MAX_FUEL ? MAX_FUEL : fuel)
    this.maxPages = Math.min(info.memory?.max ?? MAX_PAGES, limits.memoryPages, MAX_PAGES)
    this.maxTableElements = tableLimit(info, bytes)
    this.#runtime = runtime
    this.#bytes = bytes
    void new NativeHandle(this, () => {
      api.wasm_importtype_vec_delete(ffi.addressOf(imports))
      api.wasmtime_module_delete(module)
    })
  }

  instantiate(imports: HostImports): Instance {
    return new WasmtimeInstance(this.#runtime, this, imports)
  }

  functionName(index: number): string {
    this.#names ??= readFunctionNames(this.#bytes)
    return this.#names.get(index) ?? `$${index}`
  }

  functionStart(index: number): number {
    return readFunctionStart(this.#bytes, this.info, index)
  }
}

/** The library limits each table alone: none may grow further than the largest one with its share. */
function tableLimit(info: ModuleInfo, bytes: Uint8Array): number {
  const section = info.sections.find(({ id }) => id === Section.Table)
  const tables = section === undefined ? [] : readTables(bytes, section)
  if (tables.length === 0) return 0
  return Math.max(...tables.map(({ min }) => min)) + Math.floor(spareElements(tables, section!) / tables.length)
}
