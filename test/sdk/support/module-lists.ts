/** What a module imports and exports, by name. */

/** The two static functions that host/vm/web-assembly.d.ts leaves out because the host does not use them. */
interface ModuleInspector {
  imports(module: WebAssembly.Module): { module: string; name: string }[]
  exports(module: WebAssembly.Module): { name: string }[]
}

const inspector = WebAssembly.Module as unknown as ModuleInspector

/** `module.name` of each import, in the order of the module. */
export function importNames(module: WebAssembly.Module): string[] {
  return inspector.imports(module).map((entry) => `${entry.module}.${entry.name}`)
}

/** Name of each export, in the order of the module. */
export function exportNames(module: WebAssembly.Module): string[] {
  return inspector.exports(module).map(({ name }) => name)
}
