/* Writes a line of each level per request, and answers with the level that the host says in the header x-level. */
import * as raw from './raw'

let level: u32 = 0

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function proxy_on_request_headers(context: u32, count: u32, end: u32): u32 {
  raw.proxy_get_log_level(raw.out)
  level = load<u32>(raw.out)
  for (let i: u32 = 0; i < 7; i++) {
    const text = String.UTF8.encode('level ' + i.toString())
    const status = raw.proxy_log(i, raw.start(text), text.byteLength)
    if (status != (i > 5 ? 2 : 0)) unreachable()
  }
  return 0
}

export function proxy_on_response_headers(context: u32, count: u32, end: u32): u32 {
  raw.add(2, 'x-level', level.toString())
  return 0
}
