/** The part of the WebAssembly JavaScript interface that the V8 engine uses; TypeScript ships it only with the DOM. */
declare namespace WebAssembly {
  type ImportValue = Memory | ((...args: never[]) => number | bigint | void)
  type Imports = Record<string, Record<string, ImportValue>>
  type Exports = Record<string, unknown>

  class Module {
    constructor(bytes: Uint8Array)
  }

  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Exports
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number })
    readonly buffer: ArrayBuffer
  }

  class Global {
    value: unknown
  }

  class CompileError extends Error {}
  class RuntimeError extends Error {}
  class Exception {}

  function validate(bytes: Uint8Array): boolean
}
