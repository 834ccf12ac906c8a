/*
 * A small filter for the tests of the runner, on raw imports. Its configuration is the value of the request header
 * x-added; text with "refuse" in it is refused. /deny is answered 403, /wait goes on after 200 ms, /call asks the
 * cluster auth and goes on with its x-user or is answered 401, /trap traps.
 */

@external('env', 'proxy_log')
declare function proxy_log(level: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_buffer_bytes')
declare function proxy_get_buffer_bytes(type: u32, start: u32, max: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_header_map_value')
declare function proxy_get_header_map_value(map: u32, key: usize, keySize: usize, data: usize, size: usize): u32
@external('env', 'proxy_add_header_map_value')
declare function proxy_add_header_map_value(map: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32
@external('env', 'proxy_send_local_response')
declare function proxy_send_local_response(
  code: u32, details: usize, detailsSize: usize, body: usize, bodySize: usize, headers: usize, headersSize: usize, grpc: i32,
): u32
@external('env', 'proxy_continue_stream')
declare function proxy_continue_stream(stream: u32): u32
@external('env', 'proxy_set_effective_context')
declare function proxy_set_effective_context(context: u32): u32
@external('env', 'proxy_set_tick_period_milliseconds')
declare function proxy_set_tick_period_milliseconds(millis: u32): u32
@external('env', 'proxy_get_current_time_nanoseconds')
declare function proxy_get_current_time_nanoseconds(nanos: usize): u32
@external('env', 'proxy_define_metric')
declare function proxy_define_metric(type: u32, name: usize, nameSize: usize, id: usize): u32
@external('env', 'proxy_increment_metric')
declare function proxy_increment_metric(id: u32, delta: i64): u32
@external('env', 'proxy_record_metric')
declare function proxy_record_metric(id: u32, value: u64): u32
@external('env', 'proxy_http_call')
declare function proxy_http_call(
  cluster: usize, clusterSize: usize, headers: usize, headersSize: usize, body: usize, bodySize: usize,
  trailers: usize, trailersSize: usize, millis: u32, token: usize,
): u32

const WAIT_NANOS: u64 = 200_000_000

let added = ''
let requests: u32 = 0
let denied: u32 = 0
let sizes: u32 = 0
const waiting = new Map<u32, u64>()
const calls = new Map<u32, u32>()
const out = memory.data(16)

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  log('aborted: ' + (message ? message : ''))
  unreachable()
}

export function proxy_on_context_create(context: u32, parent: u32): void {}

export function proxy_on_vm_start(root: u32, size: u32): u32 {
  return 1
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  proxy_get_buffer_bytes(7, 0, size, out, out + 4)
  added = size == 0 ? 'demo' : taken()
  if (added.includes('refuse')) {
    log('bad configuration: seen ' + added)
    return 0
  }
  requests = metric(0, 'demo.requests')
  denied = metric(0, 'demo.denied')
  sizes = metric(2, 'demo.path_bytes')
  proxy_set_tick_period_milliseconds(20)
  return 1
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  const path = header(0, ':path')
  proxy_increment_metric(requests, 1)
  proxy_record_metric(sizes, path.length)
  log('request for ' + path)
  add(0, 'x-added', added)
  if (path == '/trap') unreachable()
  if (path == '/deny') return deny(403, 'demo_denied', 'denied')
  if (path.startsWith('/wait')) return wait(context)
  if (path == '/call') return call(context)
  return 0
}

export function proxy_on_response_headers(context: u32, count: u32, end: u32): u32 {
  add(2, 'x-seen', '1')
  return 0
}

export function proxy_on_tick(root: u32): void {
  const now = time()
  const contexts = waiting.keys()
  for (let i = 0; i < contexts.length; i++) {
    const context = contexts[i]
    if (waiting.get(context) > now) continue
    waiting.delete(context)
    proxy_set_effective_context(context)
    proxy_continue_stream(0)
  }
}

export function proxy_on_http_call_response(root: u32, token: u32, headers: u32, size: u32, trailers: u32): void {
  if (!calls.has(token)) return
  const context = calls.get(token)
  calls.delete(token)
  const status = header(6, ':status')
  const user = header(6, 'x-user')
  proxy_set_effective_context(context)
  if (status != '200') {
    deny(401, 'demo_unknown', 'who are you')
    return
  }
  add(0, 'x-user', user)
  proxy_continue_stream(0)
}

export function proxy_on_delete(context: u32): void {
  waiting.delete(context)
}

function wait(context: u32): u32 {
  waiting.set(context, time() + WAIT_NANOS)
  return 1
}

function call(context: u32): u32 {
  const cluster = String.UTF8.encode('auth')
  const headers = pairs([':method', 'GET', ':path', '/verify', ':authority', 'auth.test', 'cookie', header(0, 'cookie')])
  const status = proxy_http_call(start(cluster), cluster.byteLength, start(headers), headers.byteLength, 0, 0, 0, 0, 1000, out)
  if (status != 0) return deny(500, 'demo_call', 'no call')
  calls.set(load<u32>(out), context)
  return 1
}

function deny(code: u32, details: string, text: string): u32 {
  proxy_increment_metric(denied, 1)
  const detail = String.UTF8.encode(details)
  const body = String.UTF8.encode(text)
  proxy_send_local_response(code, start(detail), detail.byteLength, start(body), body.byteLength, 0, 0, -1)
  return 1
}

function metric(type: u32, name: string): u32 {
  const bytes = String.UTF8.encode(name)
  proxy_define_metric(type, start(bytes), bytes.byteLength, out)
  return load<u32>(out)
}

function header(map: u32, name: string): string {
  const key = String.UTF8.encode(name)
  return proxy_get_header_map_value(map, start(key), key.byteLength, out, out + 4) == 0 ? taken() : ''
}

function add(map: u32, name: string, text: string): void {
  const key = String.UTF8.encode(name)
  const value = String.UTF8.encode(text)
  proxy_add_header_map_value(map, start(key), key.byteLength, start(value), value.byteLength)
}

/** Wire form of a header list given as name, value, name, value. */
function pairs(list: string[]): ArrayBuffer {
  let size = 4 + 4 * list.length
  for (let i = 0; i < list.length; i++) size += String.UTF8.byteLength(list[i]) + 1
  const bytes = new ArrayBuffer(size)
  let at = start(bytes)
  store<u32>(at, list.length / 2)
  let text = at + 4 + 4 * list.length
  for (let i = 0; i < list.length; i++) {
    const length = String.UTF8.byteLength(list[i])
    store<u32>(at + 4 + 4 * i, length)
    String.UTF8.encodeUnsafe(changetype<usize>(list[i]), list[i].length, text)
    text += length + 1
  }
  return bytes
}

/** The text whose address and size stand in `out`; its memory is given back. */
function taken(): string {
  const text = String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4))
  if (load<u32>(out, 4) > 0) heap.free(load<u32>(out))
  return text
}

function time(): u64 {
  proxy_get_current_time_nanoseconds(out)
  return load<u64>(out)
}

function log(text: string): void {
  const bytes = String.UTF8.encode(text)
  proxy_log(2, start(bytes), bytes.byteLength)
}

function start(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes)
}
