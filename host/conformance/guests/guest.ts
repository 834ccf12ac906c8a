/*
 * The guest of the conformance kit: it knows no hostcall, it carries out a script and keeps what came of it. Its entry
 * and `calls` are generated per ABI version (tools/build-conformance.ts).
 *
 * Over HTTP: a request with `x-kit-load` arms a script (hexadecimal) for the next stream context of this VM; one with
 * `x-kit-read` is answered with what has been seen since. A root context takes its script from its configuration,
 * `name:hexadecimal`, and is read with `x-kit-read: name`. Over TCP: a connection without a script sends the line
 * `load <hexadecimal>` or `read`; the answer takes the place of what the upstream then sends, so that a guest which has
 * not heard the line is told from one that has. Formats: host/conformance/script-format.ts.
 */
import {
  invoke, readConfiguration, ABSENT, GROW, MALLOC, NO_RESULT, P_CONFIGURE, P_CONTEXT_CREATE, P_DELETE, P_DONE,
  P_DOWNSTREAM_CLOSE, P_DOWNSTREAM_DATA, P_FOREIGN_FUNCTION, P_GRPC_CLOSE, P_GRPC_INITIAL, P_GRPC_RECEIVE, P_GRPC_TRAILING,
  P_HTTP_CALL_RESPONSE, P_LOG, P_MALLOC, P_NEW_CONNECTION, P_QUEUE_READY, P_REQUEST_BODY, P_REQUEST_HEADERS,
  P_REQUEST_TRAILERS, P_RESPONSE_BODY, P_RESPONSE_HEADERS, P_RESPONSE_TRAILERS, P_TICK, P_UPSTREAM_CLOSE, P_UPSTREAM_DATA,
  P_VM_START, TRAP,
} from './calls'

@external('env', 'proxy_get_header_map_value')
declare function getHeader(map: u32, key: usize, keySize: usize, data: usize, size: usize): u32
@external('env', 'proxy_get_buffer_bytes')
declare function getBuffer(type: u32, start: u32, length: u32, data: usize, size: usize): u32
@external('env', 'proxy_set_buffer_bytes')
declare function setBuffer(type: u32, start: u32, length: u32, data: usize, size: usize): u32
@external('env', 'proxy_send_local_response')
declare function reply(
  code: u32, details: usize, detailsSize: usize, body: usize, bodySize: usize, headers: usize, headersSize: usize, grpc: i32,
): u32

/** Kinds of arguments in a script. */
const I32: u8 = 0, I64: u8 = 1, BLOB: u8 = 2, WORD: u8 = 3, PAIR: u8 = 4, REGISTER: u8 = 5, STREAM: u8 = 6, ROOT: u8 = 7,
  FILL: u8 = 8, OUTSIDE: u8 = 9, VECTOR: u8 = 10, SELF: u8 = 11

/** What a hostcall has not written stays like this. */
const MASK: u64 = 0xaaaaaaaaaaaaaaaa
const MAX_SHOWN: u32 = 4096
const PHASES = 64

/** Text that grows. */
class Output {
  data: usize = heap.alloc(1024)
  capacity: usize = 1024
  size: usize = 0

  byte(value: u8): void {
    if (this.size == this.capacity) {
      const grown = heap.alloc(this.capacity * 2)
      memory.copy(grown, this.data, this.size)
      this.data = grown
      this.capacity *= 2
    }
    store<u8>(this.data + this.size++, value)
  }

  number(value: u64): void {
    if (value >= 10) this.number(value / 10)
    this.byte(0x30 + <u8>(value % 10))
  }

  hex(data: usize, size: usize): void {
    for (let i: usize = 0; i < size; i++) {
      const value = load<u8>(data + i)
      this.byte(digit(value >> 4))
      this.byte(digit(value & 15))
    }
  }
}

/** A script and what has come of it. */
class Run {
  name: string = ''
  script: usize = 0
  end: usize = 0
  root: u32 = 0
  stream: u32 = 0
  out: Output = new Output()
  counts: usize = heap.alloc(PHASES)
  constructor() {
    memory.fill(this.counts, 0, PHASES)
  }
}

const runs = new Map<u32, Run>()
const roots = new Array<Run>()
/** The newest script of a stream; events of root contexts belong to it. */
let current: Run | null = null
let pending: Run | null = null
const registers = memory.data(16 * 8, 8)
const found = memory.data(8, 4)
let allocatorFails = false
let inMalloc = false

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function malloc(size: usize): usize {
  if (allocatorFails) return 0
  const run = current
  if (run !== null && !inMalloc && hasSection(run, P_MALLOC)) {
    inMalloc = true
    enter(run, P_MALLOC, 0, 0)
    inMalloc = false
  }
  return heap.alloc(max(size, 1))
}

function digit(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x57 + value
}

function nibble(text: usize): u8 {
  const value = load<u8>(text)
  return value < 0x3a ? value - 0x30 : value - 0x57
}

/** Makes a run of a script in hexadecimal. */
function arm(text: usize, size: usize): Run {
  const run = new Run()
  run.script = heap.alloc(size / 2 + 1)
  run.end = run.script + size / 2
  for (let i: usize = 0; i < size / 2; i++) store<u8>(run.script + i, (nibble(text + 2 * i) << 4) | nibble(text + 2 * i + 1))
  return run
}

/** Arms the script in a root's configuration, when it has one. */
function armRoot(context: u32): void {
  store<u64>(found, 0)
  if (runs.has(context) || readConfiguration(found, found + 4) != 0) return
  const text = <usize>load<u32>(found)
  const size = <usize>load<u32>(found + 4)
  let colon: usize = 0
  while (colon < size && load<u8>(text + colon) != 0x3a) colon++
  if (colon >= size) return
  const run = arm(text + colon + 1, size - colon - 1)
  run.name = String.UTF8.decodeUnsafe(text, colon)
  run.root = context
  roots.push(run)
  runs.set(context, run)
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  if (parent == 0) armRoot(context)
  else if (pending !== null) {
    const run = <Run>pending
    pending = null
    run.root = parent
    run.stream = context
    current = run
    runs.set(context, run)
  }
  on(P_CONTEXT_CREATE, context, 1, parent)
}
export function proxy_on_vm_start(context: u32, size: u32): u32 {
  return onRoot(P_VM_START, context, 1, size, 0, 0, 1)
}
export function proxy_on_configure(context: u32, size: u32): u32 {
  armRoot(context)
  return onRoot(P_CONFIGURE, context, 1, size, 0, 0, 1)
}
export function proxy_on_tick(context: u32): void {
  // Ticks come again and again: only those that somebody waits for are kept.
  const run = runOf(context)
  if (run !== null && hasSection(run, P_TICK)) enter(run, P_TICK, context, 0)
}
export function proxy_on_queue_ready(context: u32, queue: u32): void {
  onRoot(P_QUEUE_READY, context, 0)
}
export function proxy_on_foreign_function(context: u32, id: u32, size: u32): void {
  onRoot(P_FOREIGN_FUNCTION, context, 2, id, size)
}
export function proxy_on_http_call_response(context: u32, token: u32, headers: u32, size: u32, trailers: u32): void {
  onRoot(P_HTTP_CALL_RESPONSE, context, 3, headers, size, trailers)
}
export function proxy_on_grpc_receive_initial_metadata(context: u32, token: u32, count: u32): void {
  onRoot(P_GRPC_INITIAL, context, 1, count)
}
export function proxy_on_grpc_receive(context: u32, token: u32, size: u32): void {
  onRoot(P_GRPC_RECEIVE, context, 1, size)
}
export function proxy_on_grpc_receive_trailing_metadata(context: u32, token: u32, count: u32): void {
  onRoot(P_GRPC_TRAILING, context, 1, count)
}
export function proxy_on_grpc_close(context: u32, token: u32, status: u32): void {
  onRoot(P_GRPC_CLOSE, context, 1, status)
}
export function proxy_on_request_body(context: u32, size: u32, end: u32): u32 {
  return on(P_REQUEST_BODY, context, 2, size, end)
}
export function proxy_on_request_trailers(context: u32, count: u32): u32 {
  return on(P_REQUEST_TRAILERS, context, 1, count)
}
export function proxy_on_response_body(context: u32, size: u32, end: u32): u32 {
  return on(P_RESPONSE_BODY, context, 2, size, end)
}
export function proxy_on_response_trailers(context: u32, count: u32): u32 {
  return on(P_RESPONSE_TRAILERS, context, 1, count)
}
export function proxy_on_new_connection(context: u32): u32 {
  return on(P_NEW_CONNECTION, context, 0)
}
export function proxy_on_downstream_data(context: u32, size: u32, end: u32): u32 {
  return runs.has(context) ? on(P_DOWNSTREAM_DATA, context, 2, size, end) : command(context, size)
}
export function proxy_on_upstream_data(context: u32, size: u32, end: u32): u32 {
  if (context == asking && size > 0) answerConnection(size)
  return on(P_UPSTREAM_DATA, context, 2, size, end)
}
export function proxy_on_downstream_connection_close(context: u32, peer: u32): void {
  on(P_DOWNSTREAM_CLOSE, context, 1, peer)
}
export function proxy_on_upstream_connection_close(context: u32, peer: u32): void {
  on(P_UPSTREAM_CLOSE, context, 1, peer)
}
export function proxy_on_log(context: u32): void {
  on(P_LOG, context, 0)
}
export function proxy_on_done(context: u32): u32 {
  return on(P_DONE, context, 0, 0, 0, 0, 1)
}
export function proxy_on_delete(context: u32): void {
  on(P_DELETE, context, 0)
}

const DOWNSTREAM_DATA: u32 = 2
const UPSTREAM_DATA: u32 = 3
const NEWLINE: u8 = 0x0a
/** `load ` */
const WORD_SIZE: usize = 5
/** The connection that waits for its answer, and what that is. */
let asking: u32 = 0
let said: Output = new Output()

/** Waits for the whole line. */
function command(context: u32, size: u32): u32 {
  store<u64>(found, 0)
  if (size == 0 || getBuffer(DOWNSTREAM_DATA, 0, size, found, found + 4) != 0) return 0
  const text = <usize>load<u32>(found)
  if (load<u8>(text + size - 1) != NEWLINE) return 1
  asking = context
  if (load<u8>(text) == 0x72) said = outputOf('stream')
  else {
    said = new Output()
    pending = arm(text + WORD_SIZE, size - WORD_SIZE - 1)
  }
  return 0
}

function answerConnection(size: u32): void {
  asking = 0
  setBuffer(UPSTREAM_DATA, 0, size, said.data, said.size)
}

/** Streams without a script are either those of the kit itself, or strangers that pass. */
export function onRequestHeaders(context: u32, params: u32, count: u32, end: u32): u32 {
  if (runs.has(context)) return on(P_REQUEST_HEADERS, context, params, count, end)
  if (header('x-kit-load')) {
    pending = arm(load<u32>(found), load<u32>(found + 4))
    return answer(new Output())
  }
  return header('x-kit-read') ? answer(outputOf(String.UTF8.decodeUnsafe(load<u32>(found), load<u32>(found + 4)))) : 0
}
export function onResponseHeaders(context: u32, params: u32, count: u32, end: u32): u32 {
  return on(P_RESPONSE_HEADERS, context, params, count, end)
}

function header(name: string): bool {
  const key = String.UTF8.encode(name)
  store<u64>(found, 0)
  return getHeader(0, changetype<usize>(key), key.byteLength, found, found + 4) == 0 && load<u32>(found + 4) > 0
}

/** What the named root's script has seen; with another name, what the newest script of a stream has. */
function outputOf(name: string): Output {
  for (let i = 0; i < roots.length; i++) if (roots[i].name == name) return roots[i].out
  return current === null ? new Output() : (<Run>current).out
}

function answer(body: Output): u32 {
  reply(200, 0, 0, body.data, body.size, 0, 0, -1)
  return 1
}

function runOf(context: u32): Run | null {
  return runs.has(context) ? runs.get(context) : current
}

function on(phase: u8, context: u32, params: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, result: u32 = 0): u32 {
  return runs.has(context) ? enter(runs.get(context), phase, context, params, a, b, c, result) : result
}

function onRoot(phase: u8, context: u32, params: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, result: u32 = 0): u32 {
  const run = runOf(context)
  return run === null ? result : enter(run, phase, context, params, a, b, c, result)
}

/** Notes the callback and carries out its section; returns what the section says, else `result`. */
function enter(run: Run, phase: u8, context: u32, params: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, result: u32 = 0): u32 {
  const out = run.out
  out.byte(0x43)
  out.number(phase)
  out.byte(context == run.stream ? 0x73 : context == run.root ? 0x72 : 0x2d)
  for (let i: u32 = 0; i < params; i++) {
    out.byte(0x20)
    out.number(i == 0 ? (phase == P_CONTEXT_CREATE ? <u32>(a != 0) : a) : i == 1 ? b : c)
  }
  out.byte(0x0a)
  const count = load<u8>(run.counts + phase) + 1
  store<u8>(run.counts + phase, count)
  const section = findSection(run, phase, count)
  return section == 0 ? result : perform(run, section, context)
}

function hasSection(run: Run, phase: u8): bool {
  return findSection(run, phase, load<u8>(run.counts + phase) + 1) != 0
}

/** The section for this occurrence of the callback, else the one for any, else 0. Sections: phase, occurrence, u32 size. */
function findSection(run: Run, phase: u8, count: u8): usize {
  let any: usize = 0
  for (let at = run.script; at < run.end; at += 6 + load<u32>(at + 2)) {
    if (load<u8>(at) != phase) continue
    if (load<u8>(at + 1) == count) return at + 6
    if (load<u8>(at + 1) == 0) any = at + 6
  }
  return any
}

/** A section's body: i32 result, u16 number of calls, calls. */
function perform(run: Run, section: usize, context: u32): u32 {
  const calls = load<u16>(section + 4)
  let at = section + 6
  for (let i: u32 = 0; i < calls; i++) at = call(run, at, context)
  return load<u32>(section)
}

/** A call: u16 function, u8 register for its last result + 1, u8 number of written arguments, arguments. Returns its end. */
function call(run: Run, at: usize, context: u32): usize {
  const args = heap.alloc(16 * 8)
  const outs = heap.alloc(16 * 8)
  const name = load<u16>(at)
  const register = load<u8>(at + 2)
  const written = load<u8>(at + 3)
  at += 4
  const start = at
  let count: usize = 0
  for (let i: u32 = 0; i < written; i++) {
    const kind = load<u8>(at++)
    const value = load<u32>(at)
    let next: u64 = 0
    if (kind == I32) next = value
    else if (kind == I64) {
      next = load<u64>(at)
      at += 4
    } else if (kind == BLOB) {
      store<u64>(args + 8 * count++, at + 4)
      next = value
      at += value
    } else if (kind == FILL) {
      const filled = heap.alloc(value)
      memory.fill(filled, 0x76, value)
      store<u64>(args + 8 * count++, filled)
      next = value
    } else if (kind == VECTOR) {
      const vector = heap.alloc(8)
      store<u32>(vector, <u32>at + 4)
      store<u32>(vector + 4, value)
      store<u64>(args + 8 * count++, vector)
      next = 1
      at += value
    } else if (kind == WORD || kind == PAIR) {
      store<u64>(outs + 8 * i, MASK)
      if (kind == PAIR) store<u64>(args + 8 * count++, outs + 8 * i)
      next = outs + 8 * i + (kind == PAIR ? 4 : 0)
    } else if (kind == REGISTER) next = load<u64>(registers + 8 * value)
    else if (kind == STREAM) next = run.stream
    else if (kind == ROOT) next = run.root
    else if (kind == SELF) next = context
    else if (kind == OUTSIDE) next = (<u64>memory.size() << 16) + <i64><i32>value
    at += 4
    store<u64>(args + 8 * count++, next)
  }
  finish(run, start, written, outs, register, special(name, args))
  return at
}

/** Calls a function of the host, or does what only the guest can do. */
function special(name: u16, args: usize): u32 {
  if (name == TRAP) unreachable()
  if (name == MALLOC) {
    allocatorFails = load<u64>(args) != 0
    return 0
  }
  if (name == GROW) {
    memory.grow(load<u32>(args))
    return 0
  }
  return invoke(name, args)
}

/** Writes the status and the results. */
function finish(run: Run, at: usize, written: u32, outs: usize, register: u8, status: u32): void {
  const out = run.out
  out.byte(0x52)
  if (status == ABSENT) out.byte(0x3f)
  else if (status == NO_RESULT) out.byte(0x2d)
  else out.number(status)
  for (let i: u32 = 0; i < written; i++) {
    const kind = load<u8>(at)
    at += 5 + (kind == I64 ? 4 : kind == BLOB || kind == VECTOR ? load<u32>(at + 1) : 0)
    if (kind != WORD && kind != PAIR) continue
    if (register != 0) store<u64>(registers + 8 * (register - 1), load<u32>(outs + 8 * i))
    out.byte(0x20)
    out.hex(outs + 8 * i, 8)
    if (kind == PAIR && load<u64>(outs + 8 * i) != MASK) content(out, load<u32>(outs + 8 * i), load<u32>(outs + 8 * i + 4))
  }
  out.byte(0x0a)
}

function content(out: Output, data: u32, size: u32): void {
  out.byte(0x3d)
  if (data != 0 && <u64>data + size <= <u64>memory.size() << 16) out.hex(data, min(size, MAX_SHOWN))
}
