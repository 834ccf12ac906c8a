/** The callbacks whose calls the kit scripts; the place in the list is the number in scripts and results. */
export const PHASES = [
  'context_create',
  'vm_start',
  'configure',
  'request_headers',
  'request_body',
  'request_trailers',
  'response_headers',
  'response_body',
  'response_trailers',
  'http_call_response',
  'grpc_initial',
  'grpc_receive',
  'grpc_trailing',
  'grpc_close',
  'tick',
  'queue_ready',
  'foreign_function',
  'new_connection',
  'downstream_data',
  'upstream_data',
  'downstream_close',
  'upstream_close',
  'log',
  'done',
  'delete',
  /** The guest's allocator, called by the host. */
  'malloc',
] as const

export type KitPhase = (typeof PHASES)[number]
