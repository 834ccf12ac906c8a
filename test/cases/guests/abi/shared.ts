/*
 * Uses shared data and queues. The configuration is the name of the queue that the plugin registers, or empty. Each
 * request says what to do in its path: /set?key=value, /get?key, /push?vm_id/queue=item, /pop?queue; the answer is the
 * response header x-answer.
 */
import * as raw from './raw'

@external('env', 'proxy_get_shared_data')
declare function proxy_get_shared_data(key: usize, keySize: usize, data: usize, size: usize, cas: usize): u32
@external('env', 'proxy_set_shared_data')
declare function proxy_set_shared_data(key: usize, keySize: usize, value: usize, valueSize: usize, cas: u32): u32
@external('env', 'proxy_register_shared_queue')
declare function proxy_register_shared_queue(name: usize, size: usize, id: usize): u32
@external('env', 'proxy_resolve_shared_queue')
declare function proxy_resolve_shared_queue(vm: usize, vmSize: usize, name: usize, size: usize, id: usize): u32
@external('env', 'proxy_enqueue_shared_queue')
declare function proxy_enqueue_shared_queue(id: u32, data: usize, size: usize): u32
@external('env', 'proxy_dequeue_shared_queue')
declare function proxy_dequeue_shared_queue(id: u32, data: usize, size: usize): u32

let answer = ''

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  const name = raw.buffer(7).slice(2)
  if (name == '') return 1
  const bytes = String.UTF8.encode(name)
  const status = proxy_register_shared_queue(raw.start(bytes), bytes.byteLength, raw.out)
  raw.log('registered ' + name + ' ' + status.toString())
  return 1
}

export function proxy_on_queue_ready(root: u32, queue: u32): void {
  raw.log('ready ' + raw.answer(proxy_dequeue_shared_queue(queue, raw.out, raw.out + 4)))
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  const path = raw.header(0, ':path').slice(2)
  const query = path.slice(path.indexOf('?') + 1)
  const split = query.indexOf('=')
  const name = split < 0 ? query : query.slice(0, split)
  const value = split < 0 ? '' : query.slice(split + 1)
  if (path.startsWith('/set')) answer = set(name, value).toString()
  if (path.startsWith('/get')) answer = get(name)
  if (path.startsWith('/push')) answer = push(name, value)
  if (path.startsWith('/pop')) answer = pop(name)
  return 0
}

export function proxy_on_response_headers(context: u32, count: u32, end: u32): u32 {
  raw.add(2, 'x-answer', answer)
  return 0
}

function set(name: string, text: string): u32 {
  const key = String.UTF8.encode(name)
  const value = String.UTF8.encode(text)
  return proxy_set_shared_data(raw.start(key), key.byteLength, raw.start(value), value.byteLength, 0)
}

function get(name: string): string {
  const key = String.UTF8.encode(name)
  return raw.answer(proxy_get_shared_data(raw.start(key), key.byteLength, raw.out, raw.out + 4, raw.out + 8))
}

/** The id of `vm_id/queue`, or -1. */
function find(path: string): i32 {
  const vm = String.UTF8.encode(path.slice(0, path.indexOf('/')))
  const name = String.UTF8.encode(path.slice(path.indexOf('/') + 1))
  const status = proxy_resolve_shared_queue(raw.start(vm), vm.byteLength, raw.start(name), name.byteLength, raw.out)
  return status == 0 ? load<i32>(raw.out) : -1
}

function push(path: string, text: string): string {
  const id = find(path)
  if (id < 0) return 'unknown'
  const item = String.UTF8.encode(text)
  return proxy_enqueue_shared_queue(id, raw.start(item), item.byteLength).toString()
}

function pop(path: string): string {
  const id = find(path)
  return id < 0 ? 'unknown' : raw.answer(proxy_dequeue_shared_queue(id, raw.out, raw.out + 4))
}
