/** Which arguments of a hostcall are addresses. */
import { HOSTCALLS } from '../../../host/abi/hostcalls.ts'

/** `in` = address and size of an input, `out` = where a result is written; numbers are examples of what works. */
export type Argument = number | bigint | 'in' | 'out'

/** Every hostcall of ABI 0.2.1. */
export const SHAPES: Readonly<Record<string, readonly Argument[]>> = {
  proxy_log: [2, 'in'],
  proxy_get_log_level: ['out'],
  proxy_get_current_time_nanoseconds: ['out'],
  proxy_set_tick_period_milliseconds: [0],
  proxy_get_status: ['out', 'out', 'out'],
  proxy_set_effective_context: [0],
  proxy_done: [],
  proxy_get_property: ['in', 'out', 'out'],
  proxy_set_property: ['in', 'in'],
  proxy_get_buffer_bytes: [6, 0, 100, 'out', 'out'],
  proxy_get_buffer_status: [6, 'out', 'out'],
  proxy_set_buffer_bytes: [0, 0, 0, 'in'],
  proxy_get_header_map_size: [0, 'out'],
  proxy_get_header_map_pairs: [0, 'out', 'out'],
  proxy_set_header_map_pairs: [0, 'in'],
  proxy_get_header_map_value: [0, 'in', 'out', 'out'],
  proxy_add_header_map_value: [0, 'in', 'in'],
  proxy_replace_header_map_value: [0, 'in', 'in'],
  proxy_remove_header_map_value: [0, 'in'],
  proxy_continue_stream: [0],
  proxy_close_stream: [0],
  proxy_send_local_response: [200, 'in', 'in', 'in', -1],
  proxy_http_call: ['in', 'in', 'in', 'in', 100, 'out'],
  proxy_grpc_call: ['in', 'in', 'in', 'in', 'in', 100, 'out'],
  proxy_grpc_stream: ['in', 'in', 'in', 'in', 'out'],
  proxy_grpc_send: [6, 'in', 0],
  proxy_grpc_cancel: [5],
  proxy_grpc_close: [6],
  proxy_get_shared_data: ['in', 'out', 'out', 'out'],
  proxy_set_shared_data: ['in', 'in', 0],
  proxy_register_shared_queue: ['in', 'out'],
  proxy_resolve_shared_queue: ['in', 'in', 'out'],
  proxy_enqueue_shared_queue: [1, 'in'],
  proxy_dequeue_shared_queue: [1, 'out', 'out'],
  proxy_define_metric: [0, 'in', 'out'],
  proxy_increment_metric: [4, 1n],
  proxy_record_metric: [4, 1n],
  proxy_get_metric: [4, 'out'],
  proxy_call_foreign_function: ['in', 'in', 'out', 'out'],
  pthread_equal: [1, 1],
  emscripten_notify_memory_growth: [0],
  envoy_resolve_dns: ['in', 'out'],
}

/** The table of hostcalls without those of ABI 0.1.0 alone. */
export const CURRENT_HOSTCALLS = HOSTCALLS.filter(({ until }) => until === null)

/** Parameters of a shape as the table of hostcalls writes them. */
export function paramsOf(shape: readonly Argument[]): string {
  return shape.map((argument) => (argument === 'in' ? 'ii' : typeof argument === 'bigint' ? 'l' : 'i')).join('')
}
