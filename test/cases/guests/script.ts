/*
 * A filter that does what its configuration says, on raw imports: lines of `phase command arguments`, separated by
 * blanks. Several phases are joined by commas; a phase may name the token or the path that it is for (`closed.9`,
 * `reqh./one`). Every command logs itself with its status and what it got. In arguments `\xHH` is a byte, `-` alone is nothing, `$` is the last token; in what
 * is logged, bytes that are no printable ASCII are `\xHH`.
 */

@external('env', 'proxy_log')
declare function proxy_log(level: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_buffer_bytes')
declare function proxy_get_buffer_bytes(type: u32, start: u32, max: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_header_map_value')
declare function proxy_get_header_map_value(map: u32, key: usize, keySize: usize, data: usize, size: usize): u32
@external('env', 'proxy_get_header_map_pairs')
declare function proxy_get_header_map_pairs(map: u32, data: usize, size: usize): u32
@external('env', 'proxy_get_header_map_size')
declare function proxy_get_header_map_size(map: u32, size: usize): u32
@external('env', 'proxy_add_header_map_value')
declare function proxy_add_header_map_value(map: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32
@external('env', 'proxy_replace_header_map_value')
declare function proxy_replace_header_map_value(map: u32, key: usize, keySize: usize, value: usize, valueSize: usize): u32
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
@external('env', 'proxy_get_status')
declare function proxy_get_status(code: usize, data: usize, size: usize): u32
@external('env', 'proxy_get_property')
declare function proxy_get_property(path: usize, pathSize: usize, data: usize, size: usize): u32
@external('env', 'proxy_set_property')
declare function proxy_set_property(path: usize, pathSize: usize, value: usize, valueSize: usize): u32
@external('env', 'proxy_call_foreign_function')
declare function proxy_call_foreign_function(
  name: usize, nameSize: usize, argument: usize, argumentSize: usize, data: usize, size: usize,
): u32
@external('env', 'proxy_http_call')
declare function proxy_http_call(
  cluster: usize, clusterSize: usize, headers: usize, headersSize: usize, body: usize, bodySize: usize,
  trailers: usize, trailersSize: usize, millis: u32, token: usize,
): u32
@external('env', 'proxy_grpc_call')
declare function proxy_grpc_call(
  target: usize, targetSize: usize, service: usize, serviceSize: usize, method: usize, methodSize: usize,
  metadata: usize, metadataSize: usize, message: usize, messageSize: usize, millis: u32, token: usize,
): u32
@external('env', 'proxy_grpc_stream')
declare function proxy_grpc_stream(
  target: usize, targetSize: usize, service: usize, serviceSize: usize, method: usize, methodSize: usize,
  metadata: usize, metadataSize: usize, token: usize,
): u32
@external('env', 'proxy_grpc_send')
declare function proxy_grpc_send(token: u32, message: usize, messageSize: usize, end: u32): u32
@external('env', 'proxy_grpc_cancel')
declare function proxy_grpc_cancel(token: u32): u32
@external('env', 'proxy_grpc_close')
declare function proxy_grpc_close(token: u32): u32

let lines: string[] = []
/** The stream that `effective stream` means: the last one whose request came. */
let stream: u32 = 0
let token: u32 = 0
/** What the running callback returns. */
let result: u32 = 0
/** What the running command got; null = nothing to show. */
let got: string | null = null
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
  lines = String.UTF8.decode(taken()).split('\n')
  run('configure', '')
  return 1
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  stream = context
  const name = bytes(':path')
  proxy_get_header_map_value(0, start(name), name.byteLength, out, out + 4)
  return run('reqh', String.UTF8.decode(taken()))
}

export function proxy_on_request_body(context: u32, size: u32, end: u32): u32 {
  return run('reqb', '')
}

export function proxy_on_request_trailers(context: u32, count: u32): u32 {
  return run('reqt', '')
}

export function proxy_on_response_headers(context: u32, count: u32, end: u32): u32 {
  return run('resh', '')
}

export function proxy_on_response_body(context: u32, size: u32, end: u32): u32 {
  return run('resb', '')
}

export function proxy_on_response_trailers(context: u32, count: u32): u32 {
  return run('rest', '')
}

export function proxy_on_log(context: u32): void {
  run('log', '')
}

export function proxy_on_done(context: u32): u32 {
  run('done', '')
  return 1
}

export function proxy_on_tick(root: u32): void {
  run('tick', '')
}

export function proxy_on_http_call_response(root: u32, id: u32, headers: u32, size: u32, trailers: u32): void {
  log(`answer token=${id} headers=${headers} body=${size} trailers=${trailers}`)
  run('answer', id.toString())
}

export function proxy_on_grpc_receive_initial_metadata(root: u32, id: u32, count: u32): void {
  log(`initial token=${id} count=${count}`)
  run('initial', id.toString())
}

export function proxy_on_grpc_receive(root: u32, id: u32, size: u32): void {
  log(`receive token=${id} size=${size}`)
  run('receive', id.toString())
}

export function proxy_on_grpc_receive_trailing_metadata(root: u32, id: u32, count: u32): void {
  log(`trailing token=${id} count=${count}`)
  run('trailing', id.toString())
}

export function proxy_on_grpc_close(root: u32, id: u32, status: u32): void {
  log(`closed token=${id} status=${status}`)
  run('closed', id.toString())
}

/** Runs the lines of a phase in order; returns what they say the callback returns. */
function run(phase: string, which: string): u32 {
  result = 0
  for (let i = 0; i < lines.length; i++) {
    const words = lines[i].split(' ')
    if (words.length < 2 || !isFor(words[0].split(','), phase, which)) continue
    got = null
    const status = perform(words)
    log(lines[i] + ' -> ' + status.toString() + (got === null ? '' : ' ' + got!))
  }
  return result
}

function isFor(phases: string[], phase: string, which: string): bool {
  return phases.includes(phase) || phases.includes(phase + '.' + which)
}

function perform(words: string[]): u32 {
  const command = words[1]
  const a = argument(words, 2)
  const b = argument(words, 3)
  const c = argument(words, 4)
  const d = argument(words, 5)
  const e = argument(words, 6)
  const f = argument(words, 7)
  if (command == 'return') return (result = number(words, 2))
  if (command == 'continue') return proxy_continue_stream(number(words, 2))
  if (command == 'effective') return proxy_set_effective_context(words[2] == 'stream' ? stream : number(words, 2))
  if (command == 'tick') return proxy_set_tick_period_milliseconds(number(words, 2))
  if (command == 'reply') return reply(number(words, 2), b)
  if (command == 'status') return fetchStatus()
  if (command == 'buffer') return show(proxy_get_buffer_bytes(number(words, 2), number(words, 3), number(words, 4), out, out + 4))
  if (command == 'map') return fetchMap(number(words, 2))
  if (command == 'size') return showNumber(proxy_get_header_map_size(number(words, 2), out))
  if (command == 'get') return show(proxy_get_header_map_value(number(words, 2), start(b), b.byteLength, out, out + 4))
  if (command == 'add') return proxy_add_header_map_value(number(words, 2), start(b), b.byteLength, start(c), c.byteLength)
  if (command == 'replace') return proxy_replace_header_map_value(number(words, 2), start(b), b.byteLength, start(c), c.byteLength)
  if (command == 'property') return fetchProperty(words[2])
  if (command == 'set_property') return proxy_set_property(start(a), a.byteLength, start(b), b.byteLength)
  if (command == 'foreign')
    return show(proxy_call_foreign_function(start(a), a.byteLength, start(b), b.byteLength, out, out + 4))
  if (command == 'call') {
    const headers = pairs(words[3])
    const trailers = pairs(words.length > 6 ? words[6] : '-')
    return sent(proxy_http_call(
      start(a), a.byteLength, start(headers), headers.byteLength, start(c), c.byteLength,
      start(trailers), trailers.byteLength, number(words, 5), out,
    ))
  }
  if (command == 'grpc_call') {
    const metadata = pairs(words[5])
    return sent(proxy_grpc_call(
      start(a), a.byteLength, start(b), b.byteLength, start(c), c.byteLength,
      start(metadata), metadata.byteLength, start(e), e.byteLength, number(words, 7), out,
    ))
  }
  if (command == 'grpc_stream') {
    const metadata = pairs(words[5])
    return sent(proxy_grpc_stream(
      start(a), a.byteLength, start(b), b.byteLength, start(c), c.byteLength, start(metadata), metadata.byteLength, out,
    ))
  }
  if (command == 'grpc_send') return proxy_grpc_send(tokenOf(words), start(b), b.byteLength, number(words, 4))
  if (command == 'grpc_cancel') return proxy_grpc_cancel(tokenOf(words))
  if (command == 'grpc_close') return proxy_grpc_close(tokenOf(words))
  if (command == 'trap') unreachable()
  log('unknown command: ' + command)
  return 999
}

function reply(code: u32, body: ArrayBuffer): u32 {
  const details = bytes('script')
  return proxy_send_local_response(code, start(details), details.byteLength, start(body), body.byteLength, 0, 0, -1)
}

/** Keeps the token and shows it. */
function sent(status: u32): u32 {
  if (status != 0) return status
  token = load<u32>(out)
  got = token.toString()
  return status
}

function fetchStatus(): u32 {
  const status = proxy_get_status(out + 8, out, out + 4)
  got = load<u32>(out, 8).toString() + ' ' + visible(taken())
  return status
}

function fetchMap(map: u32): u32 {
  const status = proxy_get_header_map_pairs(map, out, out + 4)
  const blob = taken()
  got = blob.byteLength == 0 ? '' : visiblePairs(blob)
  return status
}

/** Segments of the path are separated by a slash. */
function fetchProperty(text: string): u32 {
  const path = unescape(text == '-' ? '' : text)
  for (let i: usize = 0; i < <usize>path.byteLength; i++) if (load<u8>(start(path) + i) == 0x2f) store<u8>(start(path) + i, 0)
  return show(proxy_get_property(start(path), path.byteLength, out, out + 4))
}

/** Shows the bytes whose address and size stand in `out`. */
function show(status: u32): u32 {
  const shown = taken()
  if (status == 0) got = visible(shown)
  return status
}

function showNumber(status: u32): u32 {
  if (status == 0) got = load<u32>(out).toString()
  return status
}

function tokenOf(words: string[]): u32 {
  return words[2] == '$' ? token : number(words, 2)
}

function number(words: string[], at: i32): u32 {
  return words.length > at ? <u32>(<i64>parseInt(words[at])) : 0
}

function argument(words: string[], at: i32): ArrayBuffer {
  return unescape(words.length > at && words[at] != '-' ? words[at] : '')
}

/** Text with `\xHH` as bytes. */
function unescape(text: string): ArrayBuffer {
  const target = new Uint8Array(text.length)
  let size = 0
  for (let i = 0; i < text.length; i++) {
    if (text.substr(i, 2) == '\\x') {
      target[size++] = <u8>parseInt(text.substr(i + 2, 2), 16)
      i += 3
    } else target[size++] = <u8>text.charCodeAt(i)
  }
  return target.buffer.slice(0, size)
}

/** Wire form of `name=value;name=value`; `-` is no header. */
function pairs(text: string): ArrayBuffer {
  if (text == '-') return new ArrayBuffer(0)
  const list = text.split(';')
  const parts: ArrayBuffer[] = []
  let size = 4 + 8 * list.length
  for (let i = 0; i < list.length; i++) {
    const split = list[i].indexOf('=')
    parts.push(unescape(list[i].substring(0, split)))
    parts.push(unescape(list[i].substring(split + 1)))
    size += parts[2 * i].byteLength + parts[2 * i + 1].byteLength + 2
  }
  const blob = new ArrayBuffer(size)
  store<u32>(start(blob), list.length)
  let at = start(blob) + 4 + 8 * list.length
  for (let i = 0; i < parts.length; i++) {
    store<u32>(start(blob) + 4 + 4 * i, parts[i].byteLength)
    memory.copy(at, start(parts[i]), parts[i].byteLength)
    at += parts[i].byteLength + 1
  }
  return blob
}

/** Pairs as `name=value;name=value`. */
function visiblePairs(blob: ArrayBuffer): string {
  const count = <i32>load<u32>(start(blob))
  let text = ''
  let at = 4 + 8 * count
  for (let i = 0; i < 2 * count; i++) {
    const size = <i32>load<u32>(start(blob) + 4 + 4 * i)
    text += (i == 0 ? '' : i % 2 == 0 ? ';' : '=') + visible(blob.slice(at, at + size))
    at += size + 1
  }
  return text
}

function visible(source: ArrayBuffer): string {
  let text = ''
  for (let i = 0; i < source.byteLength; i++) {
    const byte = load<u8>(start(source) + i)
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\\x' + (byte < 16 ? '0' : '') + (<u32>byte).toString(16)
  }
  return text
}

/** The bytes whose address and size stand in `out`; the host's memory is given back, the place is emptied. */
function taken(): ArrayBuffer {
  const size = load<u32>(out, 4)
  const copy = new ArrayBuffer(size)
  if (size > 0) {
    memory.copy(start(copy), load<u32>(out), size)
    heap.free(load<u32>(out))
  }
  store<u64>(out, 0)
  return copy
}

function log(text: string): void {
  const line = bytes(text)
  proxy_log(2, start(line), line.byteLength)
}

function bytes(text: string): ArrayBuffer {
  return String.UTF8.encode(text)
}

function start(source: ArrayBuffer): usize {
  return changetype<usize>(source)
}
