/** What a root context may do while it starts. Its script is the plugin's configuration. */
import { any, call, fields, into, kind, register, root, size, text, u32, unique, type Call } from '../script.ts'
import { always, scenario, type Chapter, type Scenario } from '../scenario.ts'

/** One call of each chapter. */
const EACH: readonly Call[] = [
  call('proxy_log', 0, 'start'),
  call('proxy_get_log_level', any),
  call('proxy_get_current_time_nanoseconds', any),
  call('proxy_get_status', u32, text),
  call('proxy_set_effective_context', root),
  call('proxy_set_effective_context', 999_999),
  call('proxy_done'),
  call('proxy_get_property', 'plugin_name', text),
  call('proxy_get_property', 'plugin_root_id', text),
  call('proxy_get_property', 'plugin_vm_id', text),
  call('proxy_get_property', 'xds\0node\0id', text),
  call('proxy_get_property', 'request\0path', text),
  call('proxy_set_property', 'kit', 'v'),
  call('proxy_get_header_map_value', 0, ':path', text),
  call('proxy_get_header_map_pairs', 0, any, any),
  call('proxy_add_header_map_value', 0, 'a', 'b'),
  call('proxy_get_buffer_bytes', 6, 0, 100, text),
  call('proxy_get_buffer_status', 6, u32, u32),
  call('proxy_set_buffer_bytes', 6, 0, 0, 'x'),
  call('proxy_get_buffer_bytes', 7, 0, 6, text),
  call('proxy_get_configuration', size),
  call('proxy_set_buffer_bytes', 7, 0, 0, 'x'),
  call('proxy_get_buffer_bytes', 0, 0, 6, text),
  call('proxy_get_buffer_bytes', 4, 0, 6, text),
  call('proxy_continue_stream', 0),
  call('proxy_close_stream', 0),
  call('proxy_continue_request'),
  call('proxy_send_local_response', 403, 'd', 'b', 0, 0, -1),
  call('proxy_http_call', 'nobody', fields(':method', 'GET', ':path', '/', ':authority', 'a'), '', 0, 0, 100, kind),
  call('proxy_set_shared_data', unique('root'), 'r', 0),
  call('proxy_get_shared_data', unique('root'), text, any),
  into(0, call('proxy_register_shared_queue', unique('root'), any)),
  call('proxy_dequeue_shared_queue', register(0), text),
  into(0, call('proxy_define_metric', 1, unique('root'), kind)),
  call('proxy_record_metric', register(0), 5n),
  call('proxy_set_tick_period_milliseconds', 0),
]

export const ROOT: Scenario = scenario('start', {
  mount: 'start',
  script: { context_create: always(EACH), vm_start: always(EACH, 1), configure: always(EACH, 1) },
})

export const rootContexts: Chapter = { name: 'root', scenarios: [ROOT] }
