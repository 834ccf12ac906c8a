/**
 * Makes a module fit for the Go SDK's `proxytest`, which falls short of a proxy in four places: it lacks two hostcalls,
 * allocates by `proxy_on_memory_allocate` alone, where Envoy looks for `malloc` first, starts the VM for the context 0,
 * which it never created, and panics where a local response has no headers. The module's own code stays.
 */
import binaryen from 'assemblyscript/binaryen'

const LOG_LEVEL_INFO = 2
const CLOCK_REALTIME = 0
const CLOCK = 'proxytest_clock'
const START = 'proxytest_start'
const RESPOND = 'proxytest_respond'
/** Place of the size of the headers among the parameters of `proxy_send_local_response`, and their number. */
const HEADERS_SIZE = 6
const RESPONSE_PARAMETERS = 8
/** Size of an empty list of pairs: four zeros, as they stand at address 0. */
const EMPTY_LIST = 4
/** The one root context of `proxytest` (its `PluginContextID`). */
const ROOT = 1

/** The module with those two hostcalls made inside, its allocator under both names, and its VM started for the root. */
export function adapt(wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm)
  module.setFeatures(binaryen.Features.All)
  define(module, 'proxy_get_log_level', module.i32.store(0, 4, parameter(module, 0), module.i32.const(LOG_LEVEL_INFO)))
  if (importName(module, 'proxy_get_current_time_nanoseconds') !== undefined) {
    const types = binaryen.createType([binaryen.i32, binaryen.i64, binaryen.i32])
    module.addFunctionImport(CLOCK, 'wasi_snapshot_preview1', 'clock_time_get', types, binaryen.i32)
    const call = module.call(CLOCK, [module.i32.const(CLOCK_REALTIME), module.i64.const(1n), parameter(module, 0)], binaryen.i32)
    define(module, 'proxy_get_current_time_nanoseconds', module.drop(call))
  }
  module.addFunctionExport(exported(module, 'malloc'), 'proxy_on_memory_allocate')
  startForRoot(module)
  nameEmptyLists(module)
  const bytes = module.emitBinary()
  module.dispose()
  return bytes
}

const parameter = (module: binaryen.Module, index: number): number => module.local.get(index, binaryen.i32)

/** Puts a function (address) → Ok in the place of an import, where the module has it. */
function define(module: binaryen.Module, hostcall: string, body: number): void {
  const name = importName(module, hostcall)
  if (name === undefined) return
  module.removeFunction(name)
  const block = module.block(null, [body, module.i32.const(0)], binaryen.i32)
  module.addFunction(name, binaryen.i32, binaryen.i32, [], block)
}

function startForRoot(module: binaryen.Module): void {
  const start = exported(module, 'proxy_on_vm_start')
  const types = binaryen.createType([binaryen.i32, binaryen.i32])
  const call = module.call(start, [module.i32.const(ROOT), parameter(module, 1)], binaryen.i32)
  module.removeExport('proxy_on_vm_start')
  module.addFunction(START, types, binaryen.i32, [], call)
  module.addFunctionExport(START, 'proxy_on_vm_start')
}

/** Response headers of no bytes become a list without pairs. */
function nameEmptyLists(module: binaryen.Module): void {
  const name = importName(module, 'proxy_send_local_response')
  if (name === undefined) return
  module.removeFunction(name)
  const types = binaryen.createType(Array.from({ length: RESPONSE_PARAMETERS }, () => binaryen.i32))
  module.addFunctionImport(RESPOND, 'env', 'proxy_send_local_response', types, binaryen.i32)
  const given = Array.from({ length: RESPONSE_PARAMETERS }, (_, index) => parameter(module, index))
  given[HEADERS_SIZE] = module.select(
    parameter(module, HEADERS_SIZE),
    parameter(module, HEADERS_SIZE),
    module.i32.const(EMPTY_LIST),
  )
  module.addFunction(name, types, binaryen.i32, [], module.call(RESPOND, given, binaryen.i32))
}

function importName(module: binaryen.Module, hostcall: string): string | undefined {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(index))
    if (info.module === 'env' && info.base === hostcall) return info.name
  }
  return undefined
}

function exported(module: binaryen.Module, name: string): string {
  return binaryen.getExportInfo(module.getExport(name)).value
}
