/** Modules and why hosts refuse them before they run; judged by the host, by `inspect` and by a real Envoy. */
import { wat } from '../vm/wat.ts'

export const MARKER = '(func (export "proxy_abi_version_0_2_1"))'
export const MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 1024))'

export interface ModuleVerdict {
  readonly name: string
  readonly code: () => Uint8Array
  /** `code: message` of every fault in the order of the checks; empty = it loads. */
  readonly faults: readonly string[]
}

function verdict(name: string, text: string, ...faults: string[]): ModuleVerdict {
  return { name, code: () => wat(`(module ${text})`), faults }
}

const missing = (name: string): string => `SLUICE_WASM_IMPORT: Failed to load Wasm module due to a missing import: ${name}`
const NO_MARKER = 'SLUICE_WASM_ABI: Missing or unknown Proxy-Wasm ABI version'
const NO_MALLOC = 'SLUICE_WASM_ABI: Wasm module is missing malloc function'
const BAD_HEADERS =
  'SLUICE_WASM_ABI: Bad function signature for: proxy_on_request_headers, want: i32 i32 i32 -> i32, but the module exports: i32 -> i32'

/** Hostcalls that not every version has. */
const CALLS_OF_VERSIONS: Readonly<Record<string, { readonly type: string; readonly versions: readonly string[] }>> = {
  proxy_get_configuration: { type: '(param i32 i32) (result i32)', versions: ['0_1_0'] },
  proxy_continue_request: { type: '(result i32)', versions: ['0_1_0'] },
  proxy_continue_response: { type: '(result i32)', versions: ['0_1_0'] },
  proxy_clear_route_cache: { type: '(result i32)', versions: ['0_1_0'] },
  proxy_continue_stream: { type: '(param i32) (result i32)', versions: ['0_2_0', '0_2_1'] },
  proxy_close_stream: { type: '(param i32) (result i32)', versions: ['0_2_0', '0_2_1'] },
  proxy_get_log_level: { type: '(param i32) (result i32)', versions: ['0_2_1'] },
}

export const MODULE_VERDICTS: readonly ModuleVerdict[] = [
  verdict('no marker', MALLOC, NO_MARKER),
  verdict('an unknown marker', `(func (export "proxy_abi_version_0_3_0")) ${MALLOC}`, NO_MARKER),
  verdict('no allocator', `(memory (export "memory") 1) ${MARKER}`, NO_MALLOC),
  verdict('one page of memory', `(memory (export "memory") 1) ${MARKER} ${MALLOC}`),
  verdict('no memory at all', `${MARKER} ${MALLOC}`),
  verdict('imported memory', `(import "env" "memory" (memory 1)) ${MARKER} ${MALLOC}`),
  verdict('an imported global', `(import "env" "g" (global i32)) ${MARKER} ${MALLOC}`, missing('env.g')),
  verdict('an unknown import', `(import "env" "abort" (func (param i32))) ${MARKER} ${MALLOC}`, missing('env.abort')),
  verdict('an unknown import module', `(import "host" "proxy_log" (func)) ${MARKER} ${MALLOC}`, missing('host.proxy_log')),
  verdict(
    'an import with another type',
    `(import "env" "proxy_log" (func (param i32) (result i32))) ${MARKER} ${MALLOC}`,
    'SLUICE_WASM_IMPORT: Failed to load Wasm module due to an import type mismatch: env.proxy_log, want: i32 -> i32, but host exports: i32 i32 i32 -> i32',
  ),
  verdict(
    'an export with another type',
    `${MARKER} ${MALLOC} (func (export "proxy_on_request_headers") (param i32) (result i32) (i32.const 0))`,
    BAD_HEADERS,
  ),
  verdict(
    'everything at once',
    `(import "env" "seed" (func (result f64))) (import "env" "proxy_grpc_cancel" (func (param i32) (result i32)))
     (import "env" "trace" (func)) ${MARKER}
     (func (export "proxy_on_request_headers") (param i32) (result i32) (i32.const 0))`,
    missing('env.seed'),
    missing('env.trace'),
    BAD_HEADERS,
    NO_MALLOC,
  ),
  verdict(
    'a call of a later ABI',
    `(import "env" "proxy_get_log_level" (func (param i32) (result i32)))
     (func (export "proxy_abi_version_0_2_0")) ${MALLOC}`,
    missing('env.proxy_get_log_level'),
  ),
  verdict(
    'the headers callback of ABI 0.1.0',
    `(func (export "proxy_abi_version_0_1_0")) ${MALLOC}
     (func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0))`,
  ),
  ...['0_1_0', '0_2_0', '0_2_1'].flatMap((version) =>
    Object.entries(CALLS_OF_VERSIONS).map(([name, { type, versions }]) =>
      verdict(
        `${name} marked ${version}`,
        `(import "env" "${name}" (func ${type})) (func (export "proxy_abi_version_${version}")) ${MALLOC}`,
        ...(versions.includes(version) ? [] : [missing(`env.${name}`)]),
      ),
    ),
  ),
  verdict(
    'calls of ABI 0.1.0 without a result, as its specification has them',
    `(import "env" "proxy_continue_request" (func)) (func (export "proxy_abi_version_0_1_0")) ${MALLOC}`,
    'SLUICE_WASM_IMPORT: Failed to load Wasm module due to an import type mismatch: env.proxy_continue_request, want: void -> void, but host exports: void -> i32',
  ),
  verdict(
    'the headers callback of ABI 0.2.0 marked 0_1_0',
    `(func (export "proxy_abi_version_0_1_0")) ${MALLOC}
     (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 0))`,
    'SLUICE_WASM_ABI: Bad function signature for: proxy_on_response_headers, want: i32 i32 -> i32, but the module exports: i32 i32 i32 -> i32',
  ),
  verdict(
    'the callback of foreign functions, which ABI 0.1.0 does not know, with any type',
    `(func (export "proxy_abi_version_0_1_0")) ${MALLOC} (func (export "proxy_on_foreign_function"))`,
  ),
  verdict('two allocators, of which malloc counts', `${MARKER} ${MALLOC} (func (export "proxy_on_memory_allocate") (param i64))`),
  verdict(
    'a bad allocator of the other name',
    `${MARKER} (func (export "proxy_on_memory_allocate") (param i64) (result i32) (i32.const 0))`,
    'SLUICE_WASM_ABI: Bad function signature for: proxy_on_memory_allocate, want: i32 -> i32, but the module exports: i64 -> i32',
  ),
  verdict(
    'main of a command, which nobody calls, with any type',
    `${MARKER} ${MALLOC} (func (export "_start")) (func (export "main"))`,
  ),
  verdict(
    '_start beside _initialize with any type',
    `${MARKER} ${MALLOC} (func (export "_initialize")) (func (export "_start") (param i32))`,
  ),
  verdict(
    'main of a reactor',
    `${MARKER} ${MALLOC} (func (export "_initialize")) (func (export "main"))`,
    'SLUICE_WASM_ABI: Bad function signature for: main, want: i32 i32 -> i32, but the module exports: void -> void',
  ),
  verdict(
    '__main_void of a reactor',
    `${MARKER} ${MALLOC} (func (export "_initialize")) (func (export "__main_void"))`,
    'SLUICE_WASM_ABI: Bad function signature for: __main_void, want: void -> i32, but the module exports: void -> void',
  ),
  verdict(
    'the callback of DNS',
    `${MARKER} ${MALLOC} (func (export "envoy_on_resolve_dns"))`,
    'SLUICE_WASM_ABI: Bad function signature for: envoy_on_resolve_dns, want: i32 i32 i32 -> void, but the module exports: void -> void',
  ),
  verdict(
    'the callback of metadata',
    `${MARKER} ${MALLOC} (func (export "proxy_on_request_metadata") (param i32 i32))`,
    'SLUICE_WASM_ABI: Bad function signature for: proxy_on_request_metadata, want: i32 i32 -> i32, but the module exports: i32 i32 -> void',
  ),
  verdict(
    'what toolchains and Envoy add to the ABI',
    `(import "env" "pthread_equal" (func (param i32 i32) (result i32)))
     (import "env" "emscripten_notify_memory_growth" (func (param i32)))
     (import "env" "envoy_resolve_dns" (func (param i32 i32 i32) (result i32))) ${MARKER} ${MALLOC}`,
  ),
  verdict('WASI', `(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32))) ${MARKER} ${MALLOC}`),
  verdict(
    'a function of WASI that Envoy has otherwise',
    `(import "wasi_snapshot_preview1" "path_link" (func (param i32 i32 i32 i32 i32 i32 i32) (result i32))) ${MARKER} ${MALLOC}`,
    'SLUICE_WASM_IMPORT: Failed to load Wasm module due to an import type mismatch: wasi_snapshot_preview1.path_link, want: i32 i32 i32 i32 i32 i32 i32 -> i32, but host exports: i32 i32 i32 i32 i32 i32 -> i32',
  ),
  verdict(
    'a signal of WASI',
    `(import "wasi_snapshot_preview1" "proc_raise" (func (param i32) (result i32))) ${MARKER} ${MALLOC}`,
    missing('wasi_snapshot_preview1.proc_raise'),
  ),
]

/** A module that is refused when it starts. */
export interface StartVerdict {
  readonly name: string
  readonly code: () => Uint8Array
  /** `code: message`. */
  readonly fault: string
  /** Why Envoy is not asked; '' = it says the same. */
  readonly notEnvoy: string
}

function refusedStart(name: string, text: string, message: string, notEnvoy = ''): StartVerdict {
  return { name, code: () => wat(`(module ${text} ${MARKER} ${MALLOC})`), fault: `SLUICE_WASM_START: ${message}`, notEnvoy }
}

const LOG = '(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))'
const CLOCK = '(import "env" "proxy_get_current_time_nanoseconds" (func $now (param i32) (result i32))) (memory 1)'
const INITIALIZE = 'Failed to initialize Wasm code'
const START = 'Failed to start base Wasm'
const CONFIGURE = 'Failed to configure base Wasm plugin'

export const START_VERDICTS: readonly StartVerdict[] = [
  refusedStart('a start section that traps', '(func $s unreachable) (start $s)', INITIALIZE),
  refusedStart(
    'a hostcall in the start section',
    `${LOG} (func $s (drop (call $log (i32.const 2) (i32.const 0) (i32.const 0)))) (start $s)`,
    INITIALIZE,
    'it dies',
  ),
  refusedStart('the clock in _initialize', `${CLOCK} (func (export "_initialize") (drop (call $now (i32.const 0))))`, INITIALIZE),
  refusedStart('the clock in _start', `${CLOCK} (func (export "_start") (drop (call $now (i32.const 0))))`, INITIALIZE),
  refusedStart(
    'the clock in main behind _initialize',
    `${CLOCK} (func (export "_initialize")) (func (export "main") (param i32 i32) (result i32) (call $now (i32.const 0)))`,
    INITIALIZE,
  ),
  refusedStart(
    'the clock in __main_void behind _initialize',
    `${CLOCK} (func (export "_initialize")) (func (export "__main_void") (result i32) (call $now (i32.const 0)))`,
    INITIALIZE,
  ),
  refusedStart('an endless _initialize', '(func (export "_initialize") (loop $l (br $l)))', INITIALIZE, 'it hangs'),
  refusedStart(
    'proxy_on_vm_start that answers 0',
    '(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))',
    START,
  ),
  refusedStart(
    'proxy_on_configure that answers 0',
    '(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))',
    CONFIGURE,
  ),
  refusedStart(
    'proxy_on_configure that traps',
    '(func (export "proxy_on_configure") (param i32 i32) (result i32) unreachable)',
    CONFIGURE,
  ),
  refusedStart(
    'a root context_create that traps',
    '(func (export "proxy_on_context_create") (param i32 i32) unreachable)',
    START,
    'it accepts and answers every request with 503',
  ),
]
