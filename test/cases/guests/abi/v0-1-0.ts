/*
 * A filter of ABI 0.1.0: configuration by proxy_get_configuration, headers callbacks without end of stream, and calls of
 * their own to continue and to forget the route.
 *
 * /hold and /hold-response wait for a tick; a request header x-route moves the request to another route.
 */
import * as raw from './raw'

let held: u32 = 0
let heldResponse: u32 = 0

export function proxy_abi_version_0_1_0(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

function configuration(): string {
  return raw.answer(raw.proxy_get_configuration(raw.out, raw.out + 4))
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  if (parent == 0) raw.log('create ' + configuration())
}

export function proxy_on_vm_start(root: u32, size: u32): u32 {
  raw.log('start ' + configuration() + ' ' + size.toString())
  return 1
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  raw.log('configure ' + configuration() + ' ' + size.toString())
  raw.proxy_set_tick_period_milliseconds(20)
  return 1
}

export function proxy_on_tick(root: u32): void {
  if (held != 0 && raw.proxy_set_effective_context(held) == 0) raw.proxy_continue_request()
  if (heldResponse != 0 && raw.proxy_set_effective_context(heldResponse) == 0) raw.proxy_continue_response()
  held = 0
  heldResponse = 0
}

export function proxy_on_request_headers(context: u32, count: u32): u32 {
  const path = raw.header(0, ':path')
  raw.log('headers ' + count.toString() + ' ' + path + ', missing ' + raw.header(0, 'nobody'))
  raw.add(0, 'x-configuration', configuration())
  const route = raw.header(0, 'x-route')
  if (route != '0 ') {
    raw.replace(0, ':path', route.slice(2))
    raw.log('clear ' + raw.proxy_clear_route_cache().toString())
  }
  if (path == '0 /hold') {
    held = context
    return 1
  }
  return 0
}

export function proxy_on_request_body(context: u32, size: u32, end: u32): u32 {
  raw.log('body ' + size.toString() + ' ' + end.toString() + ' ' + raw.buffer(0))
  return 0
}

export function proxy_on_response_headers(context: u32, count: u32): u32 {
  raw.add(2, 'x-version', '0.1.0')
  if (raw.header(2, 'x-hold') == '0 ') return 0
  heldResponse = context
  return 1
}

export function proxy_on_log(context: u32): void {
  raw.log('log ' + raw.header(0, ':path') + ', request trailers ' + raw.header(1, 'x') + ', response trailers ' + raw.header(3, 'x'))
}

export function proxy_on_done(context: u32): u32 {
  raw.log('done')
  return 1
}
