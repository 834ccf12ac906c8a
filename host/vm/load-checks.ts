/** What a module must have before it is instantiated; texts are those of proxy-wasm-cpp-host, which people search for. */
import { CALLBACKS, isLookedFor } from '../abi/callbacks.ts'
import { abiVersionOf, isWithin, type AbiVersion } from '../abi/version.ts'
import { SluiceError } from '../errors.ts'
import { adviceFor } from '../abi/import-advice.ts'
import type { FunctionType, ImportTypes, ModuleItem, WasmModule } from './engine.ts'

/** The version of the module's marker; throws SLUICE_WASM_ABI when there is none. */
export function checkAbiVersion(module: WasmModule, source: string): AbiVersion {
  const version = abiVersionOf(module.exports)
  if (version !== null) return version
  const seen = module.exports.find((item) => item.name.startsWith('proxy_abi_version_'))?.name
  throw new SluiceError('SLUICE_WASM_ABI', 'Missing or unknown Proxy-Wasm ABI version', {
    path: source,
    wanted: 'an exported function proxy_abi_version_0_1_0, _0_2_0 or _0_2_1',
    ...(seen === undefined ? {} : { seen }),
  })
}

/** Throws SLUICE_WASM_ABI for a missing allocator or an export with a type that the host cannot call. */
export function checkExports(
  module: WasmModule,
  version: AbiVersion,
  source: string,
  allowedCapabilities: ReadonlySet<string> | null,
): void {
  throwFirst(exportFaults(module, version, source, allowedCapabilities))
}

/** Throws SLUICE_WASM_IMPORT for an import that the host does not offer, or offers with another type. */
export function checkImports(module: WasmModule, offered: ImportTypes, source: string): void {
  throwFirst(importFaults(module, offered, source))
}

/** Everything that is wrong with the exports; null capabilities = all are allowed. */
export function exportFaults(
  module: WasmModule,
  version: AbiVersion,
  source: string,
  allowedCapabilities: ReadonlySet<string> | null = null,
): SluiceError[] {
  const functions = new Map<string, ModuleItem>()
  for (const item of module.exports) if (item.kind === 'function') functions.set(item.name, item)
  const names = new Set(functions.keys())
  const faults: SluiceError[] = []
  for (const spec of CALLBACKS) {
    const item = functions.get(spec.name)
    if (item === undefined || !isWithin(version, spec.since, spec.until)) continue
    if (!isLookedFor(spec.name, names, allowedCapabilities)) continue
    const want = `${words(spec.params)} -> ${words(spec.result ? 1 : 0)}`
    if (item.type === want) continue
    const text = `Bad function signature for: ${spec.name}, want: ${want}, but the module exports: ${item.type}`
    faults.push(new SluiceError('SLUICE_WASM_ABI', text, { path: source }))
  }
  if (!functions.has('malloc') && !functions.has('proxy_on_memory_allocate')) faults.push(missingAllocator(source))
  return faults
}

function missingAllocator(source: string): SluiceError {
  return new SluiceError('SLUICE_WASM_ABI', 'Wasm module is missing malloc function', {
    path: source,
    wanted: 'an exported function malloc or proxy_on_memory_allocate',
  })
}

/** Everything that is wrong with the imports, in their order. */
export function importFaults(module: WasmModule, offered: ImportTypes, source: string): SluiceError[] {
  return module.imports
    .filter((item) => item.kind !== 'memory')
    .map((item) => importFault(item, offered, source))
    .filter((fault) => fault !== null)
}

function importFault(item: ModuleItem, offered: ImportTypes, source: string): SluiceError | null {
  const name = `${item.module}.${item.name}`
  const found = item.kind === 'function' ? offered.get(item.module)?.get(item.name) : undefined
  if (found === undefined) {
    const text = `Failed to load Wasm module due to a missing import: ${name}`
    return new SluiceError('SLUICE_WASM_IMPORT', text, { path: source, ...adviceFor(item) })
  }
  const host = typeText(found.type)
  if (host === item.type) return null
  const text = `Failed to load Wasm module due to an import type mismatch: ${name}, want: ${item.type}, but host exports: ${host}`
  return new SluiceError('SLUICE_WASM_IMPORT', text, { path: source })
}

function throwFirst(faults: readonly SluiceError[]): void {
  if (faults.length > 0) throw faults[0]!
}

function typeText(type: FunctionType): string {
  return `${type.params.length === 0 ? 'void' : type.params.join(' ')} -> ${type.result ?? 'void'}`
}

function words(count: number): string {
  return count === 0 ? 'void' : Array.from({ length: count }, () => 'i32').join(' ')
}
