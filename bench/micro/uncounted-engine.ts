/** V8 without the rewriter: what gas and memory limits cost is the difference to it. For benchmarks, never for guests. */
import { VmTrap, type Engine, type HostImports, type Instance, type ModuleItem, type WasmModule } from '../../host/vm/engine.ts'
import { V8Memory } from '../../host/vm/guest-memory.ts'
import { readModuleInfo } from '../../host/vm/module-info.ts'

export const uncountedEngine: Engine = {
  name: 'v8',
  compile(bytes: Uint8Array): WasmModule {
    const { imports, exports } = readModuleInfo(bytes)
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
    return { imports, exports, instantiate: (host) => instantiate(module, imports, host) }
  },
}

function instantiate(module: WebAssembly.Module, imports: readonly ModuleItem[], host: HostImports): Instance {
  const values: Record<string, Record<string, WebAssembly.ImportValue>> = {}
  for (const { module: from, name } of imports) (values[from] ??= {})[name] = host.get(from)!.get(name)!.call
  const { exports } = new WebAssembly.Instance(module, values)
  return {
    memory: new V8Memory(exports['memory'] as WebAssembly.Memory),
    func: (name) => (exports[name] as ((...args: number[]) => number) | undefined) ?? null,
    refillGas: () => {},
    drainGas: () => {},
    dispose: () => {},
    trap: (error) => (error instanceof WebAssembly.RuntimeError ? new VmTrap('other', error.message, []) : null),
  }
}
