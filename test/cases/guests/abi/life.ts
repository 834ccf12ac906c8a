/*
 * Writes each callback of its life to the log. Words in the plugin's configuration: `tick` = a tick after 50 ms, `wait` =
 * answers 0 to on_done of the root and calls proxy_done in the next tick, `refuse` = answers 0 to configure.
 */
import * as raw from './raw'

let words = ''
let waits = false

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

function has(word: string): bool {
  return words.includes(word)
}

function note(callback: string, context: u32): void {
  raw.log(callback + ' ' + context.toString())
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  raw.log('create ' + context.toString() + ' of ' + parent.toString() + ', root_id ' + raw.property('plugin_root_id'))
}

export function proxy_on_vm_start(root: u32, size: u32): u32 {
  note('start', root)
  return 1
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  words = raw.buffer(7)
  raw.log('configure ' + root.toString() + ' with ' + words)
  raw.log('size ' + size.toString())
  if (has('tick')) raw.proxy_set_tick_period_milliseconds(50)
  return has('refuse') ? 0 : 1
}

export function proxy_on_tick(root: u32): void {
  note('tick', root)
  if (waits) raw.log('proxy_done ' + raw.proxy_done().toString())
  waits = false
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  raw.log('request ' + context.toString() + ' ' + raw.header(0, ':path'))
  return 0
}

export function proxy_on_log(context: u32): void {
  raw.log('log ' + context.toString() + ' ' + raw.header(0, ':path') + ' ' + raw.header(2, ':status') + ' ' + raw.property('response\0code_details'))
}

export function proxy_on_done(context: u32): u32 {
  note('done', context)
  waits = has('wait')
  return waits ? 0 : 1
}

export function proxy_on_delete(context: u32): void {
  note('delete', context)
}
