/* Writes its WASI environment to the log, in the order of the host. */
import * as raw from './raw'

@external('wasi_snapshot_preview1', 'environ_sizes_get')
declare function environ_sizes_get(count: usize, size: usize): u32
@external('wasi_snapshot_preview1', 'environ_get')
declare function environ_get(pointers: usize, text: usize): u32

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size)
}

export function abort_(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable()
}

export function proxy_on_configure(root: u32, size: u32): u32 {
  environ_sizes_get(raw.out, raw.out + 4)
  const count = load<u32>(raw.out)
  const pointers = heap.alloc(4 * count)
  const status = environ_get(pointers, heap.alloc(load<u32>(raw.out, 4)))
  raw.log(count.toString() + ' variables, ' + load<u32>(raw.out, 4).toString() + ' bytes, ' + status.toString())
  for (let i: u32 = 0; i < count; i++) raw.log(textAt(load<u32>(pointers + 4 * i)))
  return 1
}

function textAt(start: usize): string {
  let end = start
  while (load<u8>(end) != 0) end++
  return String.UTF8.decodeUnsafe(start, end - start)
}
