/** What each hostcall may answer, by the specification and by Envoy; the kit has a row for each, or says why not. */

/** Statuses by hostcall, those of `capability_restriction_config` (10) left out: every call has that one. */
export const DOCUMENTED_STATUSES: Readonly<Record<string, readonly number[]>> = {
  proxy_log: [0, 2, 6],
  proxy_get_log_level: [0, 6],
  proxy_get_current_time_nanoseconds: [0, 6],
  proxy_set_tick_period_milliseconds: [0],
  proxy_get_status: [0, 6],
  proxy_set_effective_context: [0, 2],
  proxy_done: [0, 1],
  proxy_get_property: [0, 1, 3, 6, 10],
  proxy_set_property: [0, 1, 2, 6],
  proxy_get_configuration: [0, 6],
  proxy_get_buffer_bytes: [0, 1, 2, 6],
  proxy_get_buffer_status: [0, 1, 2, 6],
  proxy_set_buffer_bytes: [0, 1, 2, 6],
  proxy_get_header_map_size: [0, 2, 6],
  proxy_get_header_map_pairs: [0, 2, 6],
  proxy_set_header_map_pairs: [0, 2, 6],
  proxy_get_header_map_value: [0, 1, 2, 6],
  proxy_add_header_map_value: [0, 2, 6],
  proxy_replace_header_map_value: [0, 2, 6],
  proxy_remove_header_map_value: [0, 2, 6],
  proxy_continue_stream: [0, 2, 12],
  proxy_close_stream: [0, 2],
  proxy_continue_request: [0],
  proxy_continue_response: [0],
  proxy_clear_route_cache: [0],
  proxy_send_local_response: [0, 6],
  proxy_http_call: [0, 2, 6, 10],
  proxy_grpc_call: [0, 2, 4, 6, 10],
  proxy_grpc_stream: [0, 2, 4, 6, 10],
  proxy_grpc_send: [0, 1, 2, 6],
  proxy_grpc_cancel: [0, 1, 2],
  proxy_grpc_close: [0, 1, 2],
  proxy_get_shared_data: [0, 1, 6],
  proxy_set_shared_data: [0, 6, 8],
  proxy_register_shared_queue: [0, 6],
  proxy_resolve_shared_queue: [0, 1, 6],
  proxy_enqueue_shared_queue: [0, 1, 6],
  proxy_dequeue_shared_queue: [0, 1, 6, 7],
  proxy_define_metric: [0, 2, 6],
  proxy_increment_metric: [0, 1, 2],
  proxy_record_metric: [0, 1],
  proxy_get_metric: [0, 1, 2, 6],
  proxy_call_foreign_function: [0, 1, 2, 3, 6, 10],
  /** Equality, not a status. */
  pthread_equal: [0, 1],
  emscripten_notify_memory_growth: [],
  envoy_resolve_dns: [0, 6],
}

/** A status that no row shows. */
export interface Unreached {
  readonly name: string
  readonly statuses: readonly number[]
  readonly why: string
}

export const UNREACHED_STATUSES: readonly Unreached[] = [
  {
    name: 'proxy_grpc_stream',
    statuses: [10],
    why: 'Envoy calls the guest back from within a call that cannot be sent, and may die of it',
  },
  ...['proxy_grpc_call', 'proxy_grpc_stream'].map((name) => ({
    name,
    statuses: [2],
    why: 'Envoy aborts for the targets that are refused here: empty ones, and messages without a target',
  })),
  { name: 'proxy_set_property', statuses: [2], why: 'read-only properties are declared while a plugin is configured' },
  { name: 'proxy_done', statuses: [0], why: 'a root context that waits for it has ended for every request' },
  {
    name: 'proxy_get_property',
    statuses: [10],
    why: 'Envoy has no attribute whose message has no such field in a stream of the kit',
  },
]
