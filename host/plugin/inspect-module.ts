/** What can be said of a module without running it: for people who wonder whether, and where, it will load. */
import { createHash } from 'node:crypto'
import { CALLBACKS } from '../abi/callbacks.ts'
import { HOSTCALLS } from '../abi/hostcalls.ts'
import { isWithin, type AbiVersion } from '../abi/version.ts'
import { SluiceError } from '../errors.ts'
import { importTypes } from '../hostcalls/import-types.ts'
import type { Engine, WasmModule } from '../vm/engine.ts'
import { sdkOf } from './sdk-name.ts'
import { checkAbiVersion, exportFaults, importFaults } from '../vm/load-checks.ts'
import { readCustomSections, readModuleInfo, readProducers, type MemoryLimits } from '../vm/module-info.ts'

/** Names under a heading. */
export interface NameGroup {
  readonly title: string
  readonly names: readonly string[]
}

export interface ModuleReport {
  readonly bytes: number
  /** Hexadecimal, as in `vm_config.code.remote.sha256`. */
  readonly sha256: string
  /** Null when the module has no known marker. */
  readonly abiVersion: AbiVersion | null
  /** From the custom section `producers`: `language: Rust 2021`; empty when the compiler left none. */
  readonly producers: readonly string[]
  /** The SDK that it was written with, and its version where that can be told; null = unknown. */
  readonly sdk: string | null
  /** In pages of 64 KiB. */
  readonly memory: MemoryLimits | null
  /** By chapter of the specification; functions that are none of it stand under their import module. */
  readonly imports: readonly NameGroup[]
  /** Exports that hosts call, and all others. */
  readonly callbacks: readonly string[]
  readonly otherExports: readonly string[]
  readonly customSections: readonly { readonly name: string; readonly bytes: number }[]
  /** Why Envoy, and this host with it, refuses the module; empty = it loads in both. */
  readonly faults: readonly SluiceError[]
}

const LIMITS = { gas: 1n << 31n, memoryPages: 65536 }

/** Reads a module; `source` stands in its faults. Throws SLUICE_WASM_LOAD for bytes that are none. */
export function inspectModule(engine: Engine, bytes: Uint8Array, source: string): ModuleReport {
  const module = compile(engine, bytes, source)
  const info = readModuleInfo(bytes)
  const { version, faults } = judge(module, source)
  const callbacks = callbackNames(version)
  const producers = readProducers(bytes)
  const exports = module.exports.map(({ name }) => name)
  return {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    abiVersion: version,
    producers,
    sdk: sdkOf(bytes, producers, exports),
    memory: info.memory,
    imports: groupImports(module),
    callbacks: exports.filter((name) => callbacks.has(name)),
    otherExports: exports.filter((name) => !callbacks.has(name)),
    customSections: readCustomSections(bytes),
    faults,
  }
}

function compile(engine: Engine, bytes: Uint8Array, source: string): WasmModule {
  try {
    return engine.compile(bytes, LIMITS)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    throw new SluiceError(error.code, error.message, { path: source, ...error.detail }, error)
  }
}

/** Without a marker nothing else can be judged: what is offered depends on the version. */
function judge(module: WasmModule, source: string): { version: AbiVersion | null; faults: SluiceError[] } {
  try {
    const version = checkAbiVersion(module, source)
    const faults = [...importFaults(module, importTypes(version), source), ...exportFaults(module, version, source)]
    return { version, faults }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return { version: null, faults: [error] }
  }
}

function callbackNames(version: AbiVersion | null): ReadonlySet<string> {
  const known = CALLBACKS.filter(({ since, until }) => version === null || isWithin(version, since, until))
  return new Set(known.map(({ name }) => name))
}

function groupImports(module: WasmModule): NameGroup[] {
  const groups = new Map<string, string[]>()
  for (const item of module.imports) {
    const title = (item.module === 'env' ? chapterOf(item.name) : null) ?? item.module
    groups.set(title, [...(groups.get(title) ?? []), item.name])
  }
  return [...groups].map(([title, names]) => ({ title, names }))
}

function chapterOf(name: string): string | null {
  return HOSTCALLS.find((spec) => spec.name === name)?.chapter ?? null
}
