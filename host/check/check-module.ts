/** A module by itself: whether hosts take it. */
import { SluiceError } from '../errors.ts'
import { inspectModule, type ModuleReport } from '../plugin/inspect-module.ts'
import { V8Engine } from '../vm/v8.ts'
import { errorFinding, toFindings, warningFinding, type CheckFinding } from './check-finding.ts'

/** Products that run modules, by what they offer to them. */
export const HOST_PROFILES = ['envoy', 'istio', 'kong', 'sluice'] as const

export type HostProfile = (typeof HOST_PROFILES)[number]

export interface ModuleLimits {
  readonly hosts: readonly HostProfile[]
  /** Bytes; more is an error. */
  readonly maxBytes: number
}

/** What Istio's agent, Envoy Gateway and Higress take (`ISTIO_WASM_MAX_BINARY_SIZE_BYTES`). */
export const MAX_MODULE_BYTES = 256 * 1024 * 1024
/** Envoy compiles a module whole before it serves: seconds from here on, in each proxy. */
const LARGE_BYTES = 10 * 1024 * 1024

const MAGIC = Buffer.from('\0asm', 'latin1')
/** Version 13, layer 1: what tools for components write where a module has version 1, layer 0. */
const COMPONENT = Buffer.from([0x0d, 0x00, 0x01, 0x00])

/** What ngx_wasm_module does not serve (docs/PROXY_WASM.md there). */
const NOT_IN_KONG =
  /^proxy_(?:grpc_\w+|get_status|close_stream|done|get_log_level|get_header_map_size|get_buffer_status|resolve_shared_queue)$/

export function checkModule(bytes: Uint8Array, place: string, limits: ModuleLimits): CheckFinding[] {
  const component = componentFinding(bytes, place)
  if (component !== null) return [component]
  try {
    const report = inspectModule(new V8Engine(), bytes, place)
    return [
      ...toFindings(report.faults),
      ...sizeFindings(report, place, limits.maxBytes),
      ...exportFindings(report, place),
      ...precompiledFindings(report, place),
      ...limits.hosts.flatMap((host) => profileFindings(report, host, place)),
    ]
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return toFindings([error])
  }
}

function componentFinding(bytes: Uint8Array, path: string): CheckFinding | null {
  const head = Buffer.from(bytes.subarray(0, MAGIC.length + COMPONENT.length))
  if (!head.equals(Buffer.concat([MAGIC, COMPONENT]))) return null
  const detail = { path, seen: 'a component', wanted: 'a core module, version 1', next: 'build for wasm32-wasip1, not wasip2' }
  return errorFinding('SLUICE_CHECK_COMPONENT', 'A WebAssembly component, which no proxy takes', detail)
}

function sizeFindings({ bytes }: ModuleReport, path: string, most: number): CheckFinding[] {
  const seen = `${bytes} bytes`
  if (bytes > most)
    return [errorFinding('SLUICE_CHECK_SIZE', 'The module is too large', { path, seen, wanted: `at most ${most} bytes` })]
  if (bytes <= LARGE_BYTES) return []
  const detail = { path, seen, wanted: `at most ${LARGE_BYTES} bytes`, next: 'strip names and debug sections' }
  return [warningFinding('SLUICE_CHECK_SIZE', 'Every proxy compiles the whole module before it serves', detail)]
}

function exportFindings({ abiVersion, callbacks }: ModuleReport, path: string): CheckFinding[] {
  if (abiVersion === null || callbacks.some((name) => /^proxy_on_|^proxy_validate/.test(name) && !LIFE.has(name))) return []
  const wanted = 'a callback of streams, timers or configuration, such as proxy_on_request_headers'
  const detail = {
    path,
    seen: callbacks.join(', ') || 'none',
    wanted,
    next: 'export the groups of callbacks that the filter implements',
  }
  return [warningFinding('SLUICE_CHECK_EXPORTS', 'Hosts have nothing to call', detail)]
}

/** Callbacks that every plugin has, whatever it is for. */
const LIFE = new Set(['proxy_on_memory_allocate', 'proxy_on_context_create', 'proxy_on_done', 'proxy_on_delete'])

function precompiledFindings({ customSections }: ModuleReport, path: string): CheckFinding[] {
  const section = customSections.find(({ name }) => name.startsWith('precompiled_'))
  if (section === undefined) return []
  const detail = { path, seen: section.name, wanted: 'a module without machine code' }
  return [warningFinding('SLUICE_CHECK_PRECOMPILED', 'Machine code that fits one build of one engine', detail)]
}

function profileFindings({ imports }: ModuleReport, host: HostProfile, path: string): CheckFinding[] {
  if (host !== 'kong') return []
  const missing = imports.flatMap(({ names }) => names).filter((name) => NOT_IN_KONG.test(name))
  if (missing.length === 0) return []
  const detail = { path, seen: missing.join(', '), wanted: 'none of them' }
  return [warningFinding('SLUICE_CHECK_HOSTCALL', 'Kong does not serve these hostcalls', detail)]
}
