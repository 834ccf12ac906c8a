/** Puts together what a VM's module may import: the chapters of the specification for its ABI version, and WASI. */
import { Status, WasiErrno } from '../abi/enums.ts'
import type { HostcallGate } from '../plugin/hostcall-gate.ts'
import type { Vm } from '../plugin/vm.ts'
import type { FunctionType, HostFunction, HostImports } from '../vm/engine.ts'
import { WASI_FUNCTIONS, WASI_MODULES } from '../vm/wasi.ts'
import { bufferCalls } from './buffers.ts'
import type { Hostcalls } from './chapter.ts'
import { clockCalls } from './clocks.ts'
import { contextCalls } from './contexts.ts'
import { dnsCalls } from './dns.ts'
import { foreignFunctionCalls } from './foreign-functions.ts'
import { grpcCalls } from './grpc-calls.ts'
import { headerCalls } from './headers.ts'
import { httpCalls } from './http-calls.ts'
import { hostcallsOf, typeOf } from './import-types.ts'
import { localResponseCalls } from './local-response.ts'
import { loggingCalls } from './logging.ts'
import { metricCalls } from './metrics.ts'
import { miscellaneousCalls } from './miscellaneous.ts'
import { observed, type PlainCall } from './observed-call.ts'
import { propertyCalls } from './properties.ts'
import { sharedDataCalls } from './shared-data.ts'
import { sharedQueueCalls } from './shared-queues.ts'
import { statusCalls } from './status.ts'
import { streamCalls } from './streams.ts'
import { timerCalls } from './timers.ts'
import { wasiCalls } from './wasi.ts'

const ADDITIONS: ReadonlySet<string> = new Set(['pthread_equal', 'emscripten_notify_memory_growth', 'envoy_resolve_dns'])

type ImportEntry = { readonly type: FunctionType; readonly call: HostFunction }

/** The imports of a VM; made before its module is instantiated. */
export function hostImports(vm: Vm): HostImports {
  const imports = new Map<string, ReadonlyMap<string, ImportEntry>>([['env', envImports(vm)]])
  const wasi = wasiImports(vm)
  for (const module of WASI_MODULES) imports.set(module, wasi)
  return imports
}

function envImports(vm: Vm): Map<string, ImportEntry> {
  const calls: Hostcalls = {
    ...loggingCalls(vm),
    ...clockCalls(vm),
    ...timerCalls(vm),
    ...contextCalls(vm),
    ...statusCalls(vm),
    ...propertyCalls(vm),
    ...bufferCalls(vm),
    ...headerCalls(vm),
    ...streamCalls(vm),
    ...localResponseCalls(vm),
    ...httpCalls(vm),
    ...grpcCalls(vm),
    ...sharedDataCalls(vm),
    ...sharedQueueCalls(vm),
    ...metricCalls(vm),
    ...foreignFunctionCalls(vm),
    ...dnsCalls(vm),
    ...miscellaneousCalls(vm),
  }
  const env = new Map<string, ImportEntry>()
  for (const spec of hostcallsOf(vm.version)) {
    const call = allowed(vm, spec.name)
      ? calls[spec.name]!
      : denied(vm, `proxy-wasm capability: ${spec.name}`, Status.InternalFailure)
    env.set(spec.name, { type: typeOf(spec), call: watched(vm, spec.name, call, spec.params.length) })
  }
  return env
}

function wasiImports(vm: Vm): Map<string, ImportEntry> {
  const calls = wasiCalls(vm)
  const wasi = new Map<string, ImportEntry>()
  for (const [name, params, result] of WASI_FUNCTIONS) {
    const call = allowed(vm, name) ? calls[name]! : denied(vm, `WASI capability: ${name}`, WasiErrno.NotCapable)
    wasi.set(name, { type: typeOf({ params, result }), call: watched(vm, name, call, params.length) })
  }
  return wasi
}

/** What toolchains and Envoy add to `env` is no capability: it cannot be forbidden. */
function allowed(vm: Vm, name: string): boolean {
  const capabilities = vm.config.allowedCapabilities
  return capabilities === null || capabilities.has(name) || ADDITIONS.has(name)
}

/** What stands in for a call that `capability_restriction_config` does not list. */
function denied(vm: Vm, what: string, status: number): HostFunction {
  return () => {
    vm.admitIf(true)
    if (vm.mayLog(what.length)) vm.log.log(4, `Attempted call to restricted ${what}`)
    return status
  }
}

/** The call behind gate and observer. */
function watched(vm: Vm, name: string, call: HostFunction, parameters: number): HostFunction {
  const { gate } = vm
  const made = gate === null ? (call as PlainCall) : gated(name, call as PlainCall, gate)
  return observed(vm, name, made, parameters)
}

function gated(name: string, call: PlainCall, gate: HostcallGate): PlainCall {
  return (...args) => gate.hostcall(name) ?? call(...args)
}
