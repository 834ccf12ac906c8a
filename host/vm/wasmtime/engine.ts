/**
 * The second engine: wasmtime, through its C API. It stops guests by limits of its own instead of rewriting modules:
 * fuel, a limit for memory, a limit for the stack. Everything of one engine belongs to one thread.
 */
import { MalformedModule } from '../byte-reader.ts'
import type { Engine, EngineLimits, WasmModule } from '../engine.ts'
import { ModuleCache, refusedModule } from '../module-cache.ts'
import { checkMemoryMinimum, readModuleInfo } from '../module-info.ts'
import { Ffi, type Api } from './ffi.ts'
import { locateLibrary } from './locate.ts'
import { WasmtimeModule } from './module.ts'
import { Runtime } from './runtime.ts'
import { checkLibrary } from './self-test.ts'
import { takeErrorMessage } from './trap.ts'

/**
 * Bytes of stack for one guest. About what V8 gives; a thread's native stack has room for as many as may be nested. Above
 * 2 MiB the library would end the process.
 */
const GUEST_STACK = 1024 * 1024

/** Opens the library; throws SLUICE_WASM_ENGINE when there is none, or one of another version. */
export function openWasmtime(): Engine {
  const runtime = new Runtime(new Ffi(locateLibrary()))
  const engine = new WasmtimeEngine(runtime)
  checkLibrary(engine)
  return engine
}

export class WasmtimeEngine implements Engine {
  readonly name = 'wasmtime'
  readonly #runtime: Runtime
  /** `wasm_engine_t`; it lives as long as the thread. */
  readonly #engine: number
  readonly #modules = new ModuleCache((bytes, limits) => this.#compile(bytes, limits))

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#engine = runtime.api.wasm_engine_new_with_config(makeConfig(runtime.api))
  }

  compile(bytes: Uint8Array, limits: EngineLimits): WasmModule {
    return this.#modules.get(bytes, limits)
  }

  #compile(bytes: Uint8Array, limits: EngineLimits): WasmtimeModule {
    try {
      const info = readModuleInfo(bytes)
      checkMemoryMinimum(info, limits.memoryPages)
      const module = compileNative(this.#runtime, this.#engine, bytes)
      return new WasmtimeModule(this.#runtime, this.#engine, module, { info, bytes, limits })
    } catch (error) {
      if (error instanceof MalformedModule || error instanceof CompileError) throw refusedModule(error)
      throw error
    }
  }
}

/** What wasmtime has against a module. */
class CompileError extends Error {}

/** The `wasmtime_module_t` of the bytes. */
function compileNative(runtime: Runtime, engine: number, bytes: Uint8Array): number {
  const { api, ffi, scratch } = runtime
  const copy = Uint8Array.from(bytes).buffer
  const error = api.wasmtime_module_new(engine, ffi.addressOf(copy), copy.byteLength, scratch.result)
  if (error !== 0) throw new CompileError(takeErrorMessage(runtime, error))
  return scratch.takeResult()
}

/** The features are those that V8 and the readers of modules have. */
function makeConfig(api: Api): number {
  const config = api.wasm_config_new()
  api.wasmtime_config_consume_fuel_set(config, true)
  api.wasmtime_config_max_wasm_stack_set(config, GUEST_STACK)
  api.wasmtime_config_memory_may_move_set(config, false)
  api.wasmtime_config_wasm_threads_set(config, true)
  api.wasmtime_config_wasm_tail_call_set(config, true)
  api.wasmtime_config_wasm_function_references_set(config, true)
  api.wasmtime_config_wasm_exceptions_set(config, true)
  api.wasmtime_config_wasm_gc_set(config, true)
  api.wasmtime_config_wasm_multi_memory_set(config, false)
  api.wasmtime_config_wasm_memory64_set(config, false)
  return config
}
