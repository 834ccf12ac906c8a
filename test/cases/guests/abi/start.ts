/*
 * Counts what runs before the first callback, and has an allocator that a request may spoil: /clock asks it for the time,
 * which no allocator may; /log has it write a line; /none leaves it nothing to give.
 */
import * as raw from './raw'

@external('env', 'proxy_get_current_time_nanoseconds')
declare function proxy_get_current_time_nanoseconds(time: usize): u32

let wish = ''
let initialized = 0
let mains = 0

initialized += 1

export function proxy_abi_version_0_2_1(): void {}

/** Called behind `_initialize`. */
export function main(argc: i32, argv: i32): i32 {
  mains += 1 + argc + argv
  return 7
}

/** Not called: there is `_initialize`. */
export function _start(): void {
  unreachable()
}

export function malloc(size: usize): usize {
  if (wish == '/clock') proxy_get_current_time_nanoseconds(raw.out)
  if (wish == '/log') raw.log('from malloc')
  return wish == '/none' ? 0 : heap.alloc(size)
}

/** Not called: there is `malloc`. */
export function proxy_on_memory_allocate(size: usize): usize {
  unreachable()
  return 0
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  raw.log('initialized ' + initialized.toString() + ', main ' + mains.toString())
  return 1
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  wish = raw.header(0, ':path').slice(2)
  const path = raw.header(0, ':path')
  wish = ''
  raw.log('path ' + path)
  return 0
}
