/**
 * The functions that a module may import from `env` (ABI 0.2.1 and its predecessors, as proxy-wasm-cpp-host
 * registers them for each version). Types decide whether a module links, so they are exact.
 */
import type { AbiVersion } from './version.ts'

/** One importable function. */
export interface HostcallSpec {
  readonly name: string
  /** What it is about, in the words of the specification's headings. */
  readonly chapter: string
  /** One letter per parameter: `i` = i32, `l` = i64. */
  readonly params: string
  /** True for an i32 result. */
  readonly result: boolean
  readonly since: AbiVersion
  /** Last version that has it; null = still there. */
  readonly until: AbiVersion | null
  /** May be called from `_initialize`, `_start` and `main`. */
  readonly atStart: boolean
  /** May be called from inside the guest's allocator. */
  readonly inMalloc: boolean
}

type Options = Partial<Pick<HostcallSpec, 'result' | 'since' | 'until' | 'atStart' | 'inMalloc'>>

type Call = Omit<HostcallSpec, 'chapter'>

function chapter(title: string, ...calls: readonly Call[]): HostcallSpec[] {
  return calls.map((one) => ({ ...one, chapter: title }))
}

function call(name: string, params: string, options: Options = {}): Call {
  return { name, params, result: true, since: '0.1.0', until: null, atStart: false, inMalloc: false, ...options }
}

export const HOSTCALLS: readonly HostcallSpec[] = [
  ...chapter(
    'logging',
    call('proxy_log', 'iii', { atStart: true, inMalloc: true }),
    call('proxy_get_log_level', 'i', { since: '0.2.1' }),
  ),
  ...chapter('clocks', call('proxy_get_current_time_nanoseconds', 'i')),
  ...chapter('timers', call('proxy_set_tick_period_milliseconds', 'i')),
  ...chapter('status', call('proxy_get_status', 'iii')),
  ...chapter('contexts', call('proxy_set_effective_context', 'i'), call('proxy_done', '')),
  ...chapter('properties', call('proxy_get_property', 'iiii'), call('proxy_set_property', 'iiii')),
  ...chapter(
    'buffers',
    call('proxy_get_buffer_bytes', 'iiiii'),
    call('proxy_get_buffer_status', 'iii'),
    call('proxy_set_buffer_bytes', 'iiiii'),
    call('proxy_get_configuration', 'ii', { until: '0.1.0' }),
  ),
  ...chapter(
    'header maps',
    call('proxy_get_header_map_size', 'ii'),
    call('proxy_get_header_map_pairs', 'iii'),
    call('proxy_set_header_map_pairs', 'iii'),
    call('proxy_get_header_map_value', 'iiiii'),
    call('proxy_add_header_map_value', 'iiiii'),
    call('proxy_replace_header_map_value', 'iiiii'),
    call('proxy_remove_header_map_value', 'iii'),
  ),
  ...chapter(
    'streams',
    call('proxy_continue_stream', 'i', { since: '0.2.0' }),
    call('proxy_close_stream', 'i', { since: '0.2.0' }),
    call('proxy_send_local_response', 'iiiiiiii'),
    call('proxy_continue_request', '', { until: '0.1.0' }),
    call('proxy_continue_response', '', { until: '0.1.0' }),
    call('proxy_clear_route_cache', '', { until: '0.1.0' }),
  ),
  ...chapter('HTTP callouts', call('proxy_http_call', 'iiiiiiiiii')),
  ...chapter(
    'gRPC callouts',
    call('proxy_grpc_call', 'iiiiiiiiiiii'),
    call('proxy_grpc_stream', 'iiiiiiiii'),
    call('proxy_grpc_send', 'iiii'),
    call('proxy_grpc_cancel', 'i'),
    call('proxy_grpc_close', 'i'),
  ),
  ...chapter('shared data', call('proxy_get_shared_data', 'iiiii'), call('proxy_set_shared_data', 'iiiii')),
  ...chapter(
    'shared queues',
    call('proxy_register_shared_queue', 'iii'),
    call('proxy_resolve_shared_queue', 'iiiii'),
    call('proxy_enqueue_shared_queue', 'iii'),
    call('proxy_dequeue_shared_queue', 'iii'),
  ),
  ...chapter(
    'metrics',
    call('proxy_define_metric', 'iiii'),
    call('proxy_increment_metric', 'il'),
    call('proxy_record_metric', 'il'),
    call('proxy_get_metric', 'ii'),
  ),
  ...chapter('foreign functions', call('proxy_call_foreign_function', 'iiiiii')),
  ...chapter(
    'miscellaneous',
    call('pthread_equal', 'ii'),
    call('emscripten_notify_memory_growth', 'i', { result: false, atStart: true }),
  ),
  ...chapter('DNS', call('envoy_resolve_dns', 'iii')),
]
