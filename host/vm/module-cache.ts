/** Compiled modules by content and limits. Weak: a module lives as long as something runs it. */
import { createHash } from 'node:crypto'
import { SluiceError } from '../errors.ts'
import type { EngineLimits } from './engine.ts'

export class ModuleCache<Module extends object> {
  readonly #compile: (bytes: Uint8Array, limits: EngineLimits) => Module
  readonly #compiled = new Map<string, WeakRef<Module>>()
  /** Keys of modules that nothing runs any more are forgotten. */
  readonly #collected = new FinalizationRegistry<string>((key) => this.#forget(key))

  constructor(compile: (bytes: Uint8Array, limits: EngineLimits) => Module) {
    this.#compile = compile
  }

  /** The module, compiled when there is none. */
  get(bytes: Uint8Array, limits: EngineLimits): Module {
    const key = `${createHash('sha256').update(bytes).digest('hex')} ${limits.gas} ${limits.memoryPages}`
    const known = this.#compiled.get(key)?.deref()
    if (known !== undefined) return known
    const module = this.#compile(bytes, limits)
    this.#compiled.set(key, new WeakRef(module))
    this.#collected.register(module, key)
    return module
  }

  #forget(key: string): void {
    if (this.#compiled.get(key)?.deref() === undefined) this.#compiled.delete(key)
  }
}

/** The refusal of bytes that an engine cannot compile. */
export function refusedModule(cause: Error): SluiceError {
  const detail = { seen: cause.message, wanted: 'a WebAssembly module' }
  return new SluiceError('SLUICE_WASM_LOAD', 'Failed to load Wasm code', detail, cause)
}
