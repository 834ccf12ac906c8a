/*
 * A filter of ABI 0.2.0: all of 0.2.1 but the log level. /hold waits for a tick; an upstream's x-close ends the stream.
 */
import * as raw from './raw'

let held: u32 = 0

export function proxy_abi_version_0_2_0(): void {}

/** Taken only where there is no `malloc`. */
export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  if (parent == 0) raw.log('create plugin ' + raw.buffer(7) + ', vm ' + raw.buffer(6))
}

export function proxy_on_vm_start(root: u32, size: u32): u32 {
  raw.log('start plugin ' + raw.buffer(7) + ', vm ' + raw.buffer(6) + ' ' + size.toString())
  return 1
}

/** Hosts look for it and never call it. */
export function proxy_validate_configuration(root: u32, size: u32): u32 {
  raw.log('validate')
  return 0
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  raw.log('configure plugin ' + raw.buffer(7) + ', vm ' + raw.buffer(6) + ' ' + size.toString())
  raw.proxy_set_tick_period_milliseconds(20)
  return 1
}

export function proxy_on_tick(root: u32): void {
  if (held != 0 && raw.proxy_set_effective_context(held) == 0) raw.proxy_continue_stream(0)
  held = 0
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  const path = raw.header(0, ':path')
  raw.log('headers ' + count.toString() + ' ' + end.toString() + ' ' + path + ', missing ' + raw.header(0, 'nobody'))
  raw.log('plugin ' + raw.buffer(7) + ', vm ' + raw.buffer(6))
  if (path != '0 /hold') return 0
  held = context
  return 1
}

export function proxy_on_request_metadata(context: u32, count: u32): u32 {
  raw.log('metadata')
  return 0
}

export function proxy_on_response_headers(context: u32, count: u32, end: u32): u32 {
  raw.add(2, 'x-version', '0.2.0')
  if (raw.header(2, 'x-close') != '1') raw.log('close ' + raw.proxy_close_stream(1).toString())
  return 0
}

export function proxy_on_log(context: u32): void {
  raw.log('log ' + raw.header(0, ':path') + ', request trailers ' + raw.header(1, 'x') + ', response trailers ' + raw.header(3, 'x'))
}
