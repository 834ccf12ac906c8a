/* Hostcalls as they are, and the little that guests of tests need to call them. Unused imports leave no trace. */

@external('env', 'proxy_log')
export declare function proxy_log(level: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_log_level')
export declare function proxy_get_log_level(level: usize): u32
@external('env', 'proxy_get_buffer_bytes')
export declare function proxy_get_buffer_bytes(type: u32, start: u32, max: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_configuration')
export declare function proxy_get_configuration(data: usize, size: usize): u32
@external('env', 'proxy_get_header_map_value')
export declare function proxy_get_header_map_value(map: u32, key: usize, keySize: usize, data: usize, size: usize): u32
@external('env', 'proxy_add_header_map_value')
export declare function proxy_add_header_map_value(map: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32
@external('env', 'proxy_replace_header_map_value')
export declare function proxy_replace_header_map_value(map: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32
@external('env', 'proxy_continue_request')
export declare function proxy_continue_request(): u32
@external('env', 'proxy_continue_response')
export declare function proxy_continue_response(): u32
@external('env', 'proxy_clear_route_cache')
export declare function proxy_clear_route_cache(): u32
@external('env', 'proxy_continue_stream')
export declare function proxy_continue_stream(stream: u32): u32
@external('env', 'proxy_close_stream')
export declare function proxy_close_stream(stream: u32): u32
@external('env', 'proxy_set_effective_context')
export declare function proxy_set_effective_context(context: u32): u32
@external('env', 'proxy_done')
export declare function proxy_done(): u32
@external('env', 'proxy_set_tick_period_milliseconds')
export declare function proxy_set_tick_period_milliseconds(millis: u32): u32
@external('env', 'proxy_get_property')
export declare function proxy_get_property(path: usize, pathSize: usize, data: usize, size: usize): u32

/** Where hostcalls write their results. */
export const out = memory.data(16)

export function start(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes)
}

export function log(text: string): void {
  const bytes = String.UTF8.encode(text)
  proxy_log(2, start(bytes), bytes.byteLength)
}

/** The text whose address and size stand in `out`; its memory is given back. */
export function taken(): string {
  const text = String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4))
  if (load<u32>(out, 4) > 0) heap.free(load<u32>(out))
  return text
}

/** Status and text of a hostcall that gave both: `0 text`, `1`. */
export function answer(status: u32): string {
  return status == 0 ? '0 ' + taken() : status.toString()
}

/** The first value of a header, or its status. */
export function header(map: u32, name: string): string {
  const key = String.UTF8.encode(name)
  return answer(proxy_get_header_map_value(map, start(key), key.byteLength, out, out + 4))
}

export function add(map: u32, name: string, text: string): u32 {
  const key = String.UTF8.encode(name)
  const value = String.UTF8.encode(text)
  return proxy_add_header_map_value(map, start(key), key.byteLength, start(value), value.byteLength)
}

export function replace(map: u32, name: string, text: string): u32 {
  const key = String.UTF8.encode(name)
  const value = String.UTF8.encode(text)
  return proxy_replace_header_map_value(map, start(key), key.byteLength, start(value), value.byteLength)
}

export function property(path: string): string {
  const bytes = String.UTF8.encode(path)
  return answer(proxy_get_property(start(bytes), bytes.byteLength, out, out + 4))
}

/** A buffer's bytes as text, or its status. */
export function buffer(type: u32): string {
  return answer(proxy_get_buffer_bytes(type, 0, u32.MAX_VALUE, out, out + 4))
}
