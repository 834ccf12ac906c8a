/**
 * The functions that the host looks for among a module's exports. One with another type fails the load, as in
 * Envoy; one that is missing is not called.
 */
import type { AbiVersion } from './version.ts'

/** One export that the host calls. All values are i32. */
export interface CallbackSpec {
  readonly name: string
  /** Number of parameters. */
  readonly params: number
  readonly result: boolean
  readonly since: AbiVersion
  readonly until: AbiVersion | null
}

type Options = Partial<Pick<CallbackSpec, 'since' | 'until'>>

function callback(name: string, params: number, result: boolean, options: Options = {}): CallbackSpec {
  return { name, params, result, since: '0.1.0', until: null, ...options }
}

export const CALLBACKS: readonly CallbackSpec[] = [
  callback('malloc', 1, true),
  callback('proxy_on_memory_allocate', 1, true),
  callback('_initialize', 0, false),
  callback('_start', 0, false),
  callback('main', 2, true),
  callback('__main_void', 0, true),
  callback('proxy_on_context_create', 2, false),
  callback('proxy_on_vm_start', 2, true),
  callback('proxy_on_configure', 2, true),
  callback('proxy_validate_configuration', 2, true),
  callback('proxy_on_done', 1, true),
  callback('proxy_on_log', 1, false),
  callback('proxy_on_delete', 1, false),
  callback('proxy_on_tick', 1, false),
  callback('proxy_on_queue_ready', 2, false),
  callback('proxy_on_foreign_function', 3, false, { since: '0.2.0' }),
  callback('proxy_on_request_headers', 2, true, { until: '0.1.0' }),
  callback('proxy_on_request_headers', 3, true, { since: '0.2.0' }),
  callback('proxy_on_request_body', 3, true),
  callback('proxy_on_request_trailers', 2, true),
  callback('proxy_on_request_metadata', 2, true),
  callback('proxy_on_response_headers', 2, true, { until: '0.1.0' }),
  callback('proxy_on_response_headers', 3, true, { since: '0.2.0' }),
  callback('proxy_on_response_body', 3, true),
  callback('proxy_on_response_trailers', 2, true),
  callback('proxy_on_response_metadata', 2, true),
  callback('proxy_on_http_call_response', 5, false),
  callback('proxy_on_grpc_receive_initial_metadata', 3, false),
  callback('proxy_on_grpc_receive', 3, false),
  callback('proxy_on_grpc_receive_trailing_metadata', 3, false),
  callback('proxy_on_grpc_close', 3, false),
  callback('proxy_on_new_connection', 1, true),
  callback('proxy_on_downstream_data', 3, true),
  callback('proxy_on_upstream_data', 3, true),
  callback('proxy_on_downstream_connection_close', 2, false),
  callback('proxy_on_upstream_connection_close', 2, false),
  callback('envoy_on_resolve_dns', 3, false),
  callback('envoy_on_stats_update', 2, false),
]

/**
 * True for an export that the host looks for in a module with these exports: `main` belongs to `_initialize`, `_start`
 * and `proxy_on_memory_allocate` stand in for what is missing, and capabilities that are not allowed are not looked for
 * (null = all are). Other functions may have these names and any type.
 */
export function isLookedFor(name: string, exports: ReadonlySet<string>, allowed: ReadonlySet<string> | null): boolean {
  if (name === 'main' || name === '__main_void') return exports.has('_initialize')
  if (name === '_start') return !exports.has('_initialize')
  if (name === 'proxy_on_memory_allocate') return !exports.has('malloc')
  return allowed === null || !name.startsWith('proxy_') || allowed.has(name)
}
